"""One technician's place in a session, and what all places share. Network thread unless said otherwise."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.session.chat import CustomerChat
from customer_client.session.desktop import Desktop
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.live import LiveSession
from customer_client.session.questions import Questions
from customer_client.session.state import CustomerViewState
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.audit.events import TECHNICIAN, EventType
from protocol.messages.colleague import ColleaguePurpose
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, SessionLink
from protocol.transport.voice.sound_devices import SoundDevices

_FOLLOWS = ("page", "chat", "pasted", "files", "drawing", "facts", "collecting", "money")
"""What the window shows of the session in charge, beside its bar."""


class ColleagueView(View):
    """What the session of a colleague would show: nothing of it reaches the window until they are in charge."""

    def __init__(self, *, relay: str, changed: Callable[[], None]) -> None:
        super().__init__(self._changed, relay=relay)
        self._tell = changed
        self._window: View | None = None

    def take_charge(self, window: View) -> None:
        """From now on `window` shows this session."""
        self._window = window
        window.update(bar=self.state.bar)
        self._changed(self.state)

    def say(self, notice: str) -> None:
        """Show one short line on the bar."""
        if self.state.bar is not None:
            self.update(bar=replace(self.state.bar, notice=notice))

    def _changed(self, state: CustomerViewState) -> None:
        window = self._window
        if window is not None:
            changes: dict[str, Any] = {name: getattr(state, name) for name in _FOLLOWS}
            shown = window.state.bar
            if state.bar is not None:
                changes["bar"] = replace(state.bar, people=shown.people if shown is not None else ())
            window.update(**changes)
        self._tell()


@dataclass(eq=False)
class Seat:
    """A technician who is connected. `ended` is done when their session is over."""

    session: str
    technician: VerifiedTechnician
    live: LiveSession
    link: SessionLink
    keeper: RecordKeeper
    desktop: Desktop
    chat: CustomerChat
    view: ColleagueView | None = None
    """None for the first technician, whose session shows itself in the window."""
    purpose: ColleaguePurpose | None = None
    """None for the first technician."""
    opened: bool = False
    """The customer's lane of the record has its opening, so that what happens can be recorded."""
    delivered: bool = False
    """The relay has the whole record of a colleague's session that is over; nothing of it is kept here."""
    ended: "asyncio.Future[Ending]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def handed_to(self) -> str:
        """Return the session this one was handed over to, as its technician recorded it; empty when to none."""
        for held in reversed(self.keeper.record.peer_events):
            if held.event.type is EventType.SESSION_HANDED_OVER and held.event.lane == TECHNICIAN:
                return str(held.body["session"])
        return ""


@dataclass(frozen=True)
class Premises:
    """What all sessions of one run of this program share.

    `open_desktop` makes a session's own picture and input; `promoted` is told who is in charge now.
    """

    trust: Trust
    data: Path
    key: Ed25519PrivateKey
    questions: Questions
    view: View
    sounds: SoundDevices
    open_desktop: Callable[[LiveSession, bool, bool], Desktop]
    """Takes the session, whether the screen stream was negotiated, and whether input may be needed."""
    promoted: Callable[[Seat], None]
