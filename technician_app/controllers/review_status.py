"""How a session stands, in words of a few letters for the table of results. Pure."""

from dataclasses import dataclass
from enum import Enum

from protocol.messages.review_api import FoundSession


class Tone(Enum):
    """How words are coloured; the colour repeats what they say, it never says it alone."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True)
class Words:
    """A few words and their tone."""

    text: str
    tone: Tone


def status_of(found: FoundSession) -> tuple[Words, ...]:
    """Return how a session stands as the relay states it; its page verifies that."""
    said = [_sealed(found)]
    if found.missing:
        said.append(Words("Gaps", Tone.BAD))
    if found.witness == "witnessed":
        said.append(Words("Witnessed", Tone.GOOD))
    else:
        said.append(Words("Unwitnessed", Tone.WARN))
    if found.signatures:
        said.append(Words("Signed" if found.signatures == 1 else f"Signed x{found.signatures}", Tone.GOOD))
    if found.erased:
        said.append(Words("Erased" if "session" in found.erased else f"Erased: {', '.join(found.erased)}", Tone.WARN))
    if found.on_hold:
        said.append(Words("On hold", Tone.PLAIN))
    return tuple(said)


def _sealed(found: FoundSession) -> Words:
    if found.sealed_by_customer and found.sealed_by_technician:
        return Words("Sealed by both", Tone.GOOD)
    if not found.sealed_by_customer and not found.sealed_by_technician:
        return _BEFORE_ITS_END.get(found.state, Words("Not sealed", Tone.WARN))
    side = "customer" if found.sealed_by_customer else "technician"
    return Words(f"One-sided: {side} only", Tone.WARN)


_BEFORE_ITS_END = {
    "waiting": Words("Not begun", Tone.PLAIN),
    "expired": Words("Never begun", Tone.PLAIN),
    "active": Words("Not sealed yet", Tone.WARN),
}
