"""What the verifier found, how bad each thing is, and the verdict that follows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

MAX_FINDINGS = 200
"""Of each severity. More are counted, not kept: a hostile file must not fill the memory or the screen."""


class Severity(Enum):
    """How much a finding weighs."""

    CONTRADICTION = "contradiction"
    """Something cannot be true: the record was changed or a rule was broken."""

    MISSING = "missing"
    """Something is not there: what is there holds, but it is not everything."""

    UNWITNESSED = "unwitnessed"
    """Everything is there and holds, but nobody independent has confirmed that it is the only version."""

    NOTICE = "notice"
    """Worth a look; the record holds."""


class Verdict(Enum):
    """The answer about a whole record, the better first."""

    VALID = "valid"
    UNWITNESSED = "unwitnessed"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"


@dataclass(frozen=True)
class Finding:
    """One thing found. `line` of the file, `lane` and `seq` of the event say where; None where there is no such place.

    In an export, `file` is the name inside it and `session` the session's id, empty where there is none.
    `text` may hold words from the file and must be escaped before it is shown (`timeline.visible`).
    """

    severity: Severity
    code: str
    text: str
    line: int | None = None
    lane: str | None = None
    seq: int | None = None
    file: str = ""
    session: str = ""


_VERDICTS = {
    Severity.CONTRADICTION: Verdict.INVALID,
    Severity.MISSING: Verdict.INCOMPLETE,
    Severity.UNWITNESSED: Verdict.UNWITNESSED,
    Severity.NOTICE: Verdict.VALID,
}


class Findings:
    """Collects findings of one verification."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[Severity] = Counter()
        self._left_out = 0
        self._verdict = Verdict.VALID

    @property
    def verdict(self) -> Verdict:
        """The verdict so far: the worst finding decides, kept or not."""
        return self._verdict

    def add(self, finding: Finding) -> None:
        """Count `finding` and keep it when there is room."""
        self._verdict = max(self._verdict, _VERDICTS[finding.severity], key=list(Verdict).index)
        self._counts[finding.severity] += 1
        if self._counts[finding.severity] <= MAX_FINDINGS:
            self._kept.append(finding)
        else:
            self._left_out += 1

    def in_order(self) -> tuple[Finding, ...]:
        """Return the findings, the worst first, each kind by line; those of an export as they were found."""
        weight = list(Severity).index
        kept: Iterable[Finding] = sorted(self._kept, key=lambda found: (weight(found.severity), _place(found)))
        if not self._left_out:
            return tuple(kept)
        return (*kept, Finding(Severity.NOTICE, "more_findings", f"{self._left_out} more findings are not listed."))


def _place(found: Finding) -> int:
    return 0 if found.file else found.line or 0
