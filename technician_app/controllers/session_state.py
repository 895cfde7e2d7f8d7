"""What a session window shows, and what the technician can do there. Crosses threads: frozen values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from protocol.chat import ChatLine
from protocol.consent import Standing
from protocol.messages.consent import Capability
from protocol.messages.diagnostics import Fact
from protocol.messages.input import InputMessage
from protocol.messages.picture import PictureWanted
from protocol.messages.protection import PauseReason
from protocol.messages.relay_api import OpenedSession
from protocol.picture.geometry import Rect
from protocol.transport.files.status import FileStatus
from protocol.transport.voice.status import VoiceStatus
from technician_app.controllers.colleagues_state import ColleagueIntents, ColleaguesShown
from technician_app.controllers.screen_state import DisplaysShown, ScreenIntents

OPENED_AGAIN = (
    "Somebody opened this session's link a second time and was refused. Ask your customer whether that was them; "
    "if it was not, end the session and send a new link."
)


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
class Permission:
    """Where one capability stands; `until` is the monotonic time its grant ends at, None when not by itself."""

    standing: Standing = Standing.DENIED
    until: float | None = None
    expired: bool = False
    """It was allowed until its time was over, or that of seeing, and has not been asked for since."""


@dataclass(frozen=True)
class LinkStatus:
    """The status line's figures; None while unknown."""

    path: str = ""
    """`direct`, `stun`, `turn`, `tunnel` or empty while unknown."""
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
    limits: str = ""
    """What the picture is limited to, like `15 updates/s, photos 40 %`; empty while unknown."""


@dataclass(frozen=True)
class ChatShown:
    """What the two people wrote, as it came. `said` is a sentence about the chat itself."""

    lines: tuple[ChatLine, ...] = ()
    unread: int = 0
    can_write: bool = True
    said: str = ""


@dataclass(frozen=True)
class FilesShown:
    """The files of this session, oldest first. `folder` is where those of the customer go.

    `wish` is what the customer was asked for and has not answered; `waiting` counts files that are not offered yet;
    `said` is a sentence about the newest thing that did not work.
    """

    files: tuple[FileStatus, ...] = ()
    folder: str = ""
    wish: str = ""
    waiting: int = 0
    said: str = ""


@dataclass(frozen=True)
class ClipboardShown:
    """The newest push: text that came from the customer, to be put on the clipboard here once, or that went there."""

    number: int
    text: str
    came: bool


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
    """The standing of `Capability.CONTROL`, which much of the window looks at."""
    permissions: Mapping[Capability, Permission] = field(default_factory=dict)
    """What can be asked for in this session and where it stands, in the order of Capability."""
    voice: VoiceStatus | None = None
    """Talking with the customer; None while it is not allowed."""
    paused: bool = False
    paused_because: PauseReason = PauseReason.CUSTOMER
    no_secure_attention: str = ""
    """Why Ctrl+Alt+Del cannot be pressed at the customer's, a short code like `windows`; empty when it can."""
    suspended: bool = False
    """The customer's own input has priority right now."""
    unstable: bool = False
    """Nothing heard for 2.5 s."""
    outage: str = ""
    """A sentence while nothing is heard, and for a few seconds after; empty otherwise."""
    link_status: LinkStatus = LinkStatus()
    sight_lost: str = ""
    """Why the customer's program cannot see their screen just now, a code like `secure_desktop`; empty when it can."""
    hidden_areas: int = 0
    """How many windows and areas of the customer's desktop are painted over in the picture."""
    display_size: tuple[int, int] | None = None
    colleagues: ColleaguesShown = field(default_factory=ColleaguesShown)
    """Who else is in the session, and whether this technician is in charge."""
    displays: DisplaysShown = field(default_factory=DisplaysShown)
    picture: PictureFigures = PictureFigures()
    chat: ChatShown | None = None
    """The conversation; None while there is nobody to write to."""
    files: FilesShown = FilesShown()
    clipboard: ClipboardShown | None = None
    diagnostics: tuple[Fact, ...] = ()
    diagnostics_pending: bool = False
    diagnostics_attached: bool = False
    record_status: str = ""
    """`signed by both`, `one-sided`, ... once ended; how many events are stored before."""
    record_path: str = ""
    """The exported record file, once written."""


def first_state(opened: OpenedSession, colleagues: ColleaguesShown | None = None) -> SessionViewState:
    """Return what a session's window shows before anything has happened."""
    colleagues = colleagues or ColleaguesShown()
    waiting = "Send the link or read out the code. Waiting for the customer …"
    return SessionViewState(
        phase=Phase.CONNECTING if colleagues.joined else Phase.WAITING_FOR_CUSTOMER,
        session=opened.session,
        ticket=opened.ticket,
        subject=opened.subject,
        link=opened.link,
        route=opened.route,
        spoken_route=opened.spoken_route,
        status="Joining your colleague's session …" if colleagues.joined else waiting,
        colleagues=colleagues,
    )


class FileIntents(Protocol):
    """What the technician can do with files. Called like SessionIntents."""

    def send(self, paths: tuple[str, ...]) -> None:
        """Offer files to the customer."""

    def ask_for(self, what: str) -> None:
        """Ask the customer for a file; `what` is for them to read."""

    def answer(self, transfer: bytes, accepted: bool) -> None:
        """Save a file the customer offers, or do not."""

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a file on its way, or let it go on."""

    def cancel(self, transfer: bytes) -> None:
        """Give a file up."""

    def choose_folder(self, folder: str) -> None:
        """Save files there from now on."""


class ExchangeIntents(Protocol):
    """What the technician gives to the customer. Called like SessionIntents."""

    @property
    def files(self) -> FileIntents:
        """What concerns files."""

    def write_chat(self, text: str) -> None:
        """Send a text to the customer."""

    def read_chat(self) -> None:
        """All that was written is on the screen."""

    def attach_chat(self) -> None:
        """Attach what was written to the ticket; the customer is told."""

    def send_clipboard(self, text: str) -> None:
        """Put `text` on the customer's clipboard; refused unless that is granted."""


class SessionIntents(Protocol):
    """What the technician can do in a session window. Called on the GUI thread; must return at once."""

    @property
    def exchange(self) -> ExchangeIntents:
        """What goes to the customer beside input."""

    @property
    def screen(self) -> ScreenIntents:
        """What is done with the picture beside input."""

    @property
    def colleagues(self) -> ColleagueIntents:
        """What concerns other technicians."""

    def enter_pin(self, text: str) -> None:
        """The technician typed the PIN the customer read out (checked for its check digit by the view first)."""

    def request_control(self) -> None:
        """Ask the customer for mouse and keyboard."""

    def release_control(self) -> None:
        """Give control back."""

    def ask_for(self, capabilities: tuple[Capability, ...]) -> None:
        """Ask the customer for one permission, or for several in one question."""

    def give_back(self, capability: Capability) -> None:
        """Give a permission back, or take a request for it back."""

    def talk(self, wanted: bool) -> None:
        """Open the microphone (true) or close it; nothing happens unless voice is granted."""

    def choose_sound(self, microphone: str, speaker: str) -> None:
        """Talk through these devices from now on; an empty name is what the computer prefers."""

    def send_input(self, message: InputMessage) -> None:
        """Send one key, text, button or wheel event; dropped unless control is granted."""

    def send_pointer(self, x: int, y: int) -> None:
        """Move the pointer to (x, y), each 0..65535 of the shared display."""

    def picture_painted(self, number: int) -> None:
        """The window has painted the picture's change `number` (or needs nothing of it): the next may be decoded."""

    def want_picture(self, wish: PictureWanted) -> None:
        """Say what the picture gives up first when the line is thin, and whether its figures are watched."""

    def request_diagnostics(self) -> None:
        """Ask the customer for a diagnostics report."""

    def end(self, note: str) -> None:
        """End the session (or give up waiting); `note` goes to the ticket when not empty."""

    def export_record(self, path: str) -> None:
        """Write the session's record file."""
