"""The customer's displays as a session window shows them, and what the technician can do with the picture.

Crosses threads: frozen values only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from protocol.messages.displays import DisplayThumbnail, ListedDisplay
from protocol.messages.drawing import DrawingMessage


@dataclass(frozen=True)
class DisplaysShown:
    """What there is to choose from, and how the last wish went."""

    listed: tuple[ListedDisplay, ...] = ()
    """As the customer's computer lists them; empty while unknown."""
    shared: tuple[int, ...] = ()
    """Ids of those in the picture."""
    thumbnails: Mapping[int, DisplayThumbnail] = field(default_factory=dict)
    """For some of them, by id."""
    said: str = ""
    """A sentence about the displays or a screenshot: too large together, attached to the ticket, ..."""


@dataclass(frozen=True)
class Screenshot:
    """A lossless picture of (part of) the customer's screen."""

    png: bytes
    width: int
    height: int
    exact: bool
    """Whether the picture had come to rest: every pixel is the customer's."""
    taken_at_ms: int
    """Unix milliseconds of this computer's clock."""
    error_at: tuple[int, int] | None = None
    """The middle of a grabbed error, each 0..65535 of the shared display; None for an ordinary screenshot."""


class ScreenIntents(Protocol):
    """What the technician does with the picture beside input. Called like SessionIntents."""

    def draw(self, message: DrawingMessage) -> None:
        """Draw on the customer's screen; dropped unless `point` is granted."""

    def point(self, x: int, y: int, visible: bool) -> None:
        """Point at (x, y), each 0..65535 of the shared display, or nowhere; dropped unless `point` is granted."""

    def share_displays(self, ids: tuple[int, ...]) -> None:
        """See this display, or these together."""

    def want_thumbnails(self) -> None:
        """Get new small pictures of the displays."""

    def keep_screenshot(self, shot: Screenshot) -> None:
        """Attach a screenshot to the ticket; of an error, with the window it is in."""
