"""What the technician does in a session that is live; before and after it, nothing happens. Network thread."""

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from protocol.messages.consent import Capability
from protocol.messages.input import InputMessage
from protocol.messages.picture import PictureWanted
from technician_app.controllers.picture import PictureController
from technician_app.controllers.session_live import TechnicianLive
from technician_app.controllers.session_state import SessionViewState


class LiveIntents(ABC):
    """The part of `SessionIntents` that needs a live session, to inherit from."""

    _live: TechnicianLive | None
    _picture: PictureController
    _state: SessionViewState

    @abstractmethod
    def _begin(self, coroutine: Coroutine[Any, Any, object], name: str) -> None:
        """Run work and show what goes wrong."""

    def request_control(self) -> None:
        """Ask the customer for mouse and keyboard."""
        self.ask_for((Capability.CONTROL,))

    def release_control(self) -> None:
        """Give control back."""
        self.give_back(Capability.CONTROL)

    def ask_for(self, capabilities: tuple[Capability, ...]) -> None:
        """Ask the customer for permissions, in one question."""
        if self._live is not None:
            self._begin(self._live.ask_for(capabilities), "ask for permissions")

    def give_back(self, capability: Capability) -> None:
        """Give a permission back."""
        if self._live is not None:
            self._begin(self._live.give_back(capability), "give a permission back")

    def talk(self, wanted: bool) -> None:
        """Open or close the microphone."""
        if self._live is not None:
            self._live.voice.talk(wanted)

    def choose_sound(self, microphone: str, speaker: str) -> None:
        """Talk through other devices."""
        if self._live is not None:
            self._live.voice.choose(microphone=microphone, speaker=speaker)

    def send_input(self, message: InputMessage) -> None:
        """Send one input event."""
        if self._live is not None:
            self._live.control.send_input(message)

    def send_pointer(self, x: int, y: int) -> None:
        """Move the pointer."""
        if self._live is not None:
            self._live.control.send_pointer(x, y)

    def picture_painted(self, number: int) -> None:
        """Let the next update be decoded."""
        self._picture.painted(number)

    def want_picture(self, wish: PictureWanted) -> None:
        """Tell the customer's side what matters in the picture."""
        self._picture.want(wish)

    def request_diagnostics(self) -> None:
        """Ask the customer for a report."""
        if self._live is not None and not self._state.diagnostics_pending:
            self._begin(self._live.request_diagnostics(), "request diagnostics")
