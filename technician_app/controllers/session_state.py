"""What a session window shows, and what the technician can do there. Crosses threads: frozen values only."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.messages.diagnostics import Fact
from protocol.messages.input import InputMessage
from protocol.picture.geometry import Rect


class Phase(Enum):
    """Where a session stands, as the technician sees it."""

    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    PIN_WANTED = "pin_wanted"
    CHECKING_PIN = "checking_pin"
    WAITING_FOR_CONSENT = "waiting_for_consent"
    CONNECTING = "connecting"
    LIVE = "live"
    ENDED = "ended"


class Control(Enum):
    """Whether the technician's mouse and keyboard reach the customer."""

    NONE = "none"
    ASKED = "asked"
    GRANTED = "granted"


@dataclass(frozen=True)
class LinkStatus:
    """The status line's figures; None while unknown."""

    path: str = ""
    """`direct`, `relayed` or empty while unknown."""
    rtt_ms: float | None = None
    fps: float | None = None
    kbit_per_s: float | None = None


@dataclass(frozen=True)
class Frame:
    """One decoded picture: `pixels` is (height, stride) BGRA, 8 bits a channel, top row first; stride in bytes."""

    width: int
    height: int
    stride: int
    pixels: bytes


@dataclass(frozen=True)
class PictureChange:
    """What changed in the frame buffer of a screen stream; rectangles in display pixels.

    `pixels` is the live buffer, (height, stride) BGRX: it holds what update `number` made of it and is written again
    once that was painted. A change of size or of buffer changes the whole picture, whatever `rects` says.
    """

    rects: tuple[Rect, ...]
    number: int
    size: tuple[int, int]
    stride: int
    pixels: memoryview
    decode_ms: float = 0.0


@dataclass(frozen=True)
class CursorShape:
    """The customer's pointer: `pixels` is width x height x 4 bytes BGRA, colours multiplied by alpha, no gaps."""

    serial: int
    width: int
    height: int
    hot_x: int
    hot_y: int
    pixels: bytes


@dataclass(frozen=True)
class RemoteCursor:
    """The customer's pointer and where its hot spot is, in display pixels; a part that is None is not shown."""

    shape: CursorShape | None
    position: tuple[int, int] | None


Shown = Frame | PictureChange | RemoteCursor
"""What crosses to the window beside its state, many times a second."""


@dataclass(frozen=True)
class PictureFigures:
    """How the picture is doing, newest values in ms; None while unknown. Paint and decode times the view adds."""

    capture_ms: float | None = None
    encode_ms: float | None = None
    network_ms: float | None = None
    updates_per_s: float | None = None
    reduced: str = ""
    """Why quality is reduced, like `line 0.8 Mbit/s, loss 3 %`; empty when it is not."""


@dataclass(frozen=True)
class SessionViewState:
    """All a session window needs to draw itself."""

    phase: Phase
    session: str
    ticket: str
    subject: str
    link: str
    route: str
    spoken_route: str = ""
    status: str = ""
    """One sentence: what is happening now, or why it ended."""
    problem: str = ""
    """A sentence when something went wrong (wrong PIN, declined, connection lost); empty otherwise."""
    customer_present: bool = False
    control: Control = Control.NONE
    paused: bool = False
    suspended: bool = False
    """The customer's own input has priority right now."""
    unstable: bool = False
    """Nothing heard for 2.5 s."""
    link_status: LinkStatus = LinkStatus()
    display_size: tuple[int, int] | None = None
    picture: PictureFigures = PictureFigures()
    diagnostics: tuple[Fact, ...] = ()
    diagnostics_pending: bool = False
    diagnostics_attached: bool = False
    record_status: str = ""
    """`signed by both`, `one-sided`, ... once ended; how many events are stored before."""
    record_path: str = ""
    """The exported record file, once written."""


class SessionIntents(Protocol):
    """What the technician can do in a session window. Called on the GUI thread; must return at once."""

    def enter_pin(self, text: str) -> None:
        """The technician typed the PIN the customer read out (checked for its check digit by the view first)."""

    def request_control(self) -> None:
        """Ask the customer for mouse and keyboard."""

    def release_control(self) -> None:
        """Give control back."""

    def send_input(self, message: InputMessage) -> None:
        """Send one key, text, button or wheel event; dropped unless control is granted."""

    def send_pointer(self, x: int, y: int) -> None:
        """Move the pointer to (x, y), each 0..65535 of the shared display."""

    def picture_painted(self, number: int) -> None:
        """The window has painted the picture's change `number` (or needs nothing of it): the next may be decoded."""

    def request_diagnostics(self) -> None:
        """Ask the customer for a diagnostics report."""

    def end(self, note: str) -> None:
        """End the session (or give up waiting); `note` goes to the ticket when not empty."""

    def export_record(self, path: str) -> None:
        """Write the session's record file."""
