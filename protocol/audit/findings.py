"""What the verifier found, how bad each thing is, and the verdict that follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

MAX_FINDINGS = 200
"""More are counted, not kept: a hostile file must not fill the memory or the screen."""


class Severity(Enum):
    """How much a finding weighs."""

    CONTRADICTION = "contradiction"
    """Something cannot be true: the record was changed or a rule was broken."""

    MISSING = "missing"
    """Something is not there: what is there holds, but it is not everything."""

    NOTICE = "notice"
    """Worth a look; the record holds."""


class Verdict(Enum):
    """The answer about a whole record."""

    VALID = "valid"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"


@dataclass(frozen=True)
class Finding:
    """One thing found. `line` of the file, `lane` and `seq` of the event say where; None where there is no such place.

    `text` may hold words from the file and must be escaped before it is shown (`timeline.visible`).
    """

    severity: Severity
    code: str
    text: str
    line: int | None = None
    lane: str | None = None
    seq: int | None = None


class Findings:
    """Collects findings of one verification."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._left_out = 0
        self._verdict = Verdict.VALID

    @property
    def verdict(self) -> Verdict:
        """The verdict so far: the worst finding decides, kept or not."""
        return self._verdict

    def add(self, finding: Finding) -> None:
        """Count `finding` and keep it when there is room."""
        if finding.severity is Severity.CONTRADICTION:
            self._verdict = Verdict.INVALID
        elif finding.severity is Severity.MISSING and self._verdict is Verdict.VALID:
            self._verdict = Verdict.INCOMPLETE
        if len(self._kept) < MAX_FINDINGS:
            self._kept.append(finding)
        else:
            self._left_out += 1

    def in_order(self) -> tuple[Finding, ...]:
        """Return the findings, the worst first, each kind by line."""
        weight = list(Severity).index
        kept: Iterable[Finding] = sorted(self._kept, key=lambda found: (weight(found.severity), found.line or 0))
        if not self._left_out:
            return tuple(kept)
        return (*kept, Finding(Severity.NOTICE, "more_findings", f"{self._left_out} more findings are not listed."))
