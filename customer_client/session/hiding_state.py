"""What the window about hiding shows, and what the customer can do there. Crosses threads: frozen values only."""

from dataclasses import dataclass, field
from typing import Protocol

from customer_client.redaction.hidden import HiddenCounts, ListedWindow
from protocol.picture.geometry import Rect


@dataclass(frozen=True)
class ShownArea:
    """An area the customer has drawn, in pixels of the whole desktop."""

    number: int
    rect: Rect


@dataclass(frozen=True)
class HidingShown:
    """What is hidden and what could be. The titles of `windows` are for the customer's own eyes."""

    counts: HiddenCounts = field(default_factory=HiddenCounts)
    windows: tuple[ListedWindow, ...] = ()
    areas: tuple[ShownArea, ...] = ()
    notifications: bool = True
    shown: bool = False
    """The window is open."""
    said: str = ""
    """A sentence when something did not work."""


class HidingIntents(Protocol):
    """What the customer can hide. Called on the GUI thread; must return at once."""

    def show(self, shown: bool) -> None:
        """Open the window, or close it."""

    def look_again(self) -> None:
        """List the windows anew."""

    def hide_window(self, window: int, hidden: bool) -> None:
        """Hide a window wherever it goes, or no more."""

    def hide_area(self, area: Rect) -> None:
        """Hide a part of the desktop."""

    def show_area(self, number: int) -> None:
        """Hide it no more."""

    def hide_notifications(self, hidden: bool) -> None:
        """Hide notifications, or no more."""
