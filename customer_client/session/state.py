"""What the customer's window shows, and what the customer can do there. Crosses threads: frozen values only."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from protocol.messages.consent import Capability
from protocol.messages.diagnostics import Fact


class Page(Enum):
    """The one page the window shows; there is never more than one decision on it."""

    ROUTE = "route"
    CONNECTING = "connecting"
    PIN = "pin"
    CONSENT = "consent"
    SESSION = "session"
    DIAGNOSTICS = "diagnostics"
    ENDED = "ended"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Question:
    """A decision asked of the customer. Everything here came through the sealed channel and was verified."""

    id: int
    capability: Capability
    organisation: str
    technician: str
    ticket: str
    subject: str
    reason: str
    deadline: float
    """Monotonic seconds; no answer by then is no."""


@dataclass(frozen=True)
class Bar:
    """What the small always-on-top bar shows during a session."""

    technician: str
    organisation: str
    ticket: str
    started: float
    """Monotonic seconds when sharing began."""
    allowed: frozenset[Capability]
    paused: bool = False
    notice: str = ""
    """One short line: reconnecting, your mouse has priority, diagnostics sent, ..."""


@dataclass(frozen=True)
class CustomerViewState:
    """All the window needs to draw itself."""

    page: Page
    route: str = ""
    relay: str = ""
    pin: str = ""
    """The nine digits in groups, `493 027 156`; empty while none may be shown."""
    attempts_left: int = 3
    pause_until: float = 0.0
    """Monotonic seconds until which no new PIN is shown after three failures; 0 when not pausing."""
    question: Question | None = None
    """On Page.CONSENT, and above the bar on Page.SESSION when control is asked for."""
    bar: Bar | None = None
    facts: tuple[Fact, ...] = ()
    """On Page.DIAGNOSTICS: the facts exactly as they would be sent."""
    collecting: bool = False
    """On Page.DIAGNOSTICS: facts are still being collected."""
    text: str = ""
    """The sentence of the CONNECTING, ENDED and PROBLEM pages."""
    next_step: str = ""
    """On Page.PROBLEM: what the person can do now."""
    summary: tuple[str, ...] = field(default_factory=tuple)
    """On Page.ENDED: what was done, one line each."""


class CustomerIntents(Protocol):
    """What the customer can do. Called on the GUI thread; must return at once."""

    def enter_route(self, text: str) -> None:
        """The customer typed a route or spoken route."""

    def answer(self, question_id: int, accepted: bool) -> None:
        """Yes or no to the question on screen."""

    def pause(self) -> None:
        """Stop the picture and input now; keep the session."""

    def resume(self) -> None:
        """Continue after Pause."""

    def take_back(self, capability: Capability) -> None:
        """Revoke one capability; the session goes on."""

    def send_diagnostics(self, ticked: frozenset[str]) -> None:
        """Send the facts with these ids."""

    def decline_diagnostics(self) -> None:
        """Send nothing."""

    def stop(self) -> None:
        """End the session now, whatever the network does."""

    def quit(self) -> None:
        """Close the program (stops a running session first)."""
