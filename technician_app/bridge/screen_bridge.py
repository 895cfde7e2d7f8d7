"""What the technician does with the picture, handed to a session's controller on the network thread, in order."""

from collections.abc import Callable
from typing import Protocol

from protocol.messages.drawing import DrawingMessage
from technician_app.controllers.screen_state import ScreenIntents, Screenshot


class HasScreen(Protocol):
    """The part of a session controller this hands to."""

    @property
    def screen(self) -> ScreenIntents:
        """What goes beside input."""


class ScreenBridge:
    """Implements `ScreenIntents` on the GUI thread; `on_session` runs an act on the network thread."""

    def __init__(self, on_session: Callable[[Callable[[HasScreen], None]], None]) -> None:
        self._on_session = on_session

    def draw(self, message: DrawingMessage) -> None:
        """Draw on the customer's screen."""
        self._on_session(lambda session: session.screen.draw(message))

    def point(self, x: int, y: int, visible: bool) -> None:
        """Point at (x, y), or nowhere."""
        self._on_session(lambda session: session.screen.point(x, y, visible))

    def share_displays(self, ids: tuple[int, ...]) -> None:
        """See these displays."""
        self._on_session(lambda session: session.screen.share_displays(ids))

    def want_thumbnails(self) -> None:
        """Get new small pictures of the displays."""
        self._on_session(lambda session: session.screen.want_thumbnails())

    def keep_screenshot(self, shot: Screenshot) -> None:
        """Attach a screenshot to the ticket."""
        self._on_session(lambda session: session.screen.keep_screenshot(shot))
