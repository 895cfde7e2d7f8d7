"""All targets by name."""

from fuzz import evidence_targets, pairing_targets, session_targets
from fuzz.target import Target

TARGETS: dict[str, Target] = {**pairing_targets.TARGETS, **session_targets.TARGETS, **evidence_targets.TARGETS}
