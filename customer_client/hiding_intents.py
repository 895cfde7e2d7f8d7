"""What the customer hides, handed from the GUI thread to the session on the network thread."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from protocol.picture.geometry import Rect

if TYPE_CHECKING:
    from customer_client.session.customer_session import CustomerSession
    from customer_client.session.hiding import HidingDesk


class HidingOnLoop:
    """Implements `HidingIntents`; `on_loop` calls something with the session on its thread, when there is one."""

    def __init__(self, on_loop: Callable[[Callable[["CustomerSession"], object]], None]) -> None:
        self._on_loop = on_loop

    def show(self, shown: bool) -> None:
        """Open the window, or close it."""
        self._on_desk(lambda desk: desk.show(shown))

    def look_again(self) -> None:
        """List the windows anew."""
        self._on_desk(lambda desk: desk.look_again())

    def hide_window(self, window: int, hidden: bool) -> None:
        """Hide a window, or no more."""
        self._on_desk(lambda desk: desk.hide_window(window, hidden))

    def hide_area(self, area: Rect) -> None:
        """Hide a part of the desktop."""
        self._on_desk(lambda desk: desk.hide_area(area))

    def show_area(self, number: int) -> None:
        """Hide it no more."""
        self._on_desk(lambda desk: desk.show_area(number))

    def hide_notifications(self, hidden: bool) -> None:
        """Hide notifications, or no more."""
        self._on_desk(lambda desk: desk.hide_notifications(hidden))

    def _on_desk(self, act: Callable[["HidingDesk"], None]) -> None:
        self._on_loop(lambda session: act(session.hiding) if session.hiding is not None else None)
