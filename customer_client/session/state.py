"""What the customer's window shows, and what the customer can do there. Crosses threads: frozen values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from customer_client.protection.contact import NOT_ANSWERED, ContactShown
from customer_client.session.relay_state import RelayIntents, RelayShown
from customer_client.session.troubles import Again

if TYPE_CHECKING:
    # The first page is shown before any of this is read from disk.
    from collections.abc import Mapping
    from pathlib import Path

    from customer_client.drawing.drawing import Drawing
    from customer_client.protection.alarms import Alarm
    from customer_client.protection.confirming import Asked
    from customer_client.protection.money import MoneyKind
    from customer_client.session.farewell_state import FarewellIntents, FarewellShown
    from customer_client.session.hiding_state import HidingIntents, HidingShown
    from protocol.chat import ChatLine
    from protocol.messages.consent import Capability
    from protocol.messages.diagnostics import Fact
    from protocol.transport.files.status import FileStatus
    from protocol.transport.voice.status import VoiceStatus


class Page(Enum):
    """The one page the window shows; there is never more than one decision on it."""

    CONTACT = "contact"
    RELAY = "relay"
    ROUTE = "route"
    CONNECTING = "connecting"
    PIN = "pin"
    CONSENT = "consent"
    SESSION = "session"
    DIAGNOSTICS = "diagnostics"
    ENDED = "ended"
    REPORT = "report"
    PROBLEM = "problem"
    MONEY = "money"
    SYSTEM_DIALOG = "system_dialog"
    """Wayland: the computer itself asks now."""


@dataclass(frozen=True)
class Colleague:
    """Another technician who would like to join. `helps`: they may ask for mouse and keyboard later."""

    invited_by: str
    helps: bool


@dataclass(frozen=True)
class PersonHere:
    """One of several technicians who are here; names as the organisation certified them."""

    session: str
    name: str
    organisation: str
    may: frozenset[Capability]
    in_charge: bool
    unheard: bool = False
    """Nothing comes through from them just now, and so nothing to them."""


@dataclass(frozen=True)
class Question:
    """A decision asked of the customer. Everything here came through the sealed channel and was verified."""

    id: int
    capabilities: tuple[Capability, ...]
    """One, or several when the technician asks for all that is needed at once: then each has a box of its own."""
    organisation: str
    technician: str
    ticket: str
    subject: str
    reason: str
    deadline: float
    """Monotonic seconds; no answer by then is no."""
    ticked: frozenset[Capability] = frozenset()
    """Ticked in advance: seeing, and what comes with it, when the technician introduces themselves; else nothing."""
    colleague: Colleague | None = None
    """The question is whether the technician named here may join another one; `see` is the answer yes."""


@dataclass(frozen=True)
class Answer:
    """The customer's answer to a question: what of it is allowed (nothing: no), and for how long."""

    allowed: frozenset[Capability] = frozenset()
    expires_in_s: int = 0
    """Seconds after which what is allowed ends by itself; 0: it lasts until it is taken back."""
    unlimited: frozenset[Capability] = frozenset()
    """Allowed without that time: words do no harm, half a recording proves little, pointing ends with seeing anyway."""
    refused: Mapping[Capability, str] = field(default_factory=dict)
    """What the customer was not even asked about, each with why, as a short code."""


@dataclass(frozen=True)
class Bar:
    """What the small always-on-top bar shows during a session."""

    technician: str
    organisation: str
    ticket: str
    started: float
    """Monotonic seconds when sharing began."""
    allowed: frozenset[Capability]
    until: Mapping[Capability, float] = field(default_factory=dict)
    """Monotonic seconds at which what is allowed for a time only ends."""
    paused: bool = False
    voice: VoiceStatus | None = None
    """Talking with the technician; None while it is not allowed."""
    unread: int | None = None
    """Texts of the technician that were not on screen yet; None while there is no chat."""
    clipboard: str = ""
    """What was just put on the clipboard, or sent from it."""
    notice: str = ""
    """One short line: reconnecting, your mouse has priority, diagnostics sent, ..."""
    warning: str = ""
    """A sentence to be careful about, such as another program for remote control that was started."""
    can_continue: bool = True
    """Whether Continue goes on after a pause; a page about money has a button of its own."""
    asked: Asked | None = None
    """The customer is asked whether to go on."""
    people: tuple[PersonHere, ...] = ()
    """Everybody who is here; empty while there is one technician only."""
    unheard: bool = False
    """Nothing comes through from any technician just now, and so nothing to them."""


@dataclass(frozen=True)
class MoneyShown:
    """The page about money. `go_on_from`: monotonic seconds from which sharing may go on."""

    kind: MoneyKind
    go_on_from: float


@dataclass(frozen=True)
class ChatShown:
    """What the chat's window shows. `technician` is the verified name; `lines` hold what people wrote, as it came."""

    technician: str
    lines: tuple[ChatLine, ...]
    unread: int
    can_write: bool
    shown: bool = False
    """The window is open."""
    said: str = ""
    """A sentence about the chat itself: a text could not be sent, the transcript was attached, ..."""


@dataclass(frozen=True)
class FileWish:
    """The technician would like to have a file: `what`, in their words."""

    what: str


@dataclass(frozen=True)
class FilesShown:
    """What the window with the files shows. `technician` is the verified name; `files` are oldest first."""

    technician: str
    files: tuple[FileStatus, ...]
    wish: FileWish | None
    folder: str
    """Where files that are accepted go."""
    shown: bool = False
    """The window is open."""
    said: str = ""
    """A sentence about the newest thing that did not work."""

    @property
    def asks(self) -> bool:
        """Whether something on the window waits for a decision."""
        from protocol.files.transfer import Stage

        waits = any(file.stage is Stage.OFFERED and not file.outgoing for file in self.files)
        return self.shown and (waits or self.wish is not None)


@dataclass(frozen=True)
class Pasted:
    """Text for this computer's clipboard. Each `number` is put there once."""

    number: int
    text: str


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
    chat: ChatShown | None = None
    """The chat, in a window of its own beside whatever page there is; None while there is nobody to write to."""
    pasted: Pasted | None = None
    """The newest text the technician put on the clipboard."""
    files: FilesShown | None = None
    """Files on their way, in a window of their own; None until there was one."""
    hiding: HidingShown | None = None
    """What is hidden on the shared screen, in a window of its own; None until it was opened."""
    drawing: Drawing | None = None
    """What the technician draws and points at on the shared display; None: nothing."""
    facts: tuple[Fact, ...] = ()
    """On Page.DIAGNOSTICS: the facts exactly as they would be sent."""
    collecting: bool = False
    """On Page.DIAGNOSTICS: facts are still being collected."""
    contact: ContactShown = NOT_ANSWERED
    """On Page.CONTACT: where the first question stands."""
    relay_asked: RelayShown = field(default_factory=RelayShown)
    """On Page.RELAY: which support server is asked about."""
    tools: tuple[str, ...] = ()
    """Other programs for remote control that run on this computer, as people call them."""
    money: MoneyShown | None = None
    """During a session: a window about money came to the front, so nothing is shared; above every other page."""
    alarm: Alarm | None = None
    """On Page.PROBLEM: it is about somebody who may be deceiving the customer."""
    text: str = ""
    """The sentence of the CONNECTING, ENDED and PROBLEM pages."""
    dialog_open: bool = False
    """On Page.SYSTEM_DIALOG: the system's own question is on the screen; else `text` says what became of it."""
    next_step: str = ""
    """On Page.PROBLEM: what the person can do now."""
    again: Again = Again.NO
    """On Page.PROBLEM: how they can go on from there."""
    summary: tuple[str, ...] = field(default_factory=tuple)
    """On Page.ENDED: what was done, one line each."""
    farewell: FarewellShown | None = None
    """On Page.ENDED and Page.REPORT: the rest; None when nothing was shared."""


class FileIntents(Protocol):
    """What the customer can do with files. Called on the GUI thread; must return at once."""

    def show(self, shown: bool) -> None:
        """Open the window with the files, or close it."""

    def accept(self, transfer: bytes) -> None:
        """Save an offered file."""

    def decline(self, transfer: bytes) -> None:
        """Do not save it."""

    def send(self, paths: tuple[Path, ...]) -> None:
        """Give the technician files the customer has just chosen."""

    def refuse_wish(self) -> None:
        """Give nothing for what the technician asked for."""

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a file on its way, or let it go on."""

    def cancel(self, transfer: bytes) -> None:
        """Give a file on its way up."""

    def choose_folder(self, folder: Path) -> None:
        """Save files there from now on."""


class ProtectionIntents(Protocol):
    """What the customer answers to the questions that protect them. Called on the GUI thread; must return at once."""

    def contacted(self, by_customer: bool) -> None:
        """Who contacted whom: the customer the technician (true), or not."""

    def insist(self) -> None:
        """Go on in spite of the warning about callers."""

    def type_sentence(self, text: str) -> None:
        """The sentence that is asked for then, as the customer typed it."""

    def go_on(self, wanted: bool) -> None:
        """Answer the question on the bar: go on (true), or let nobody see the screen any more."""

    def leave_money(self, never_again: bool) -> None:
        """Share again though a window about money is in front; `never_again`: it is not about money."""


class CustomerIntents(Protocol):
    """What the customer can do. Called on the GUI thread; must return at once."""

    @property
    def protection(self) -> ProtectionIntents:
        """What concerns the customer's protection."""

    @property
    def relay(self) -> RelayIntents:
        """What concerns the support server, where none is built in."""

    @property
    def files(self) -> FileIntents:
        """What concerns files."""

    @property
    def hiding(self) -> HidingIntents:
        """What concerns hiding parts of the screen."""

    @property
    def farewell(self) -> FarewellIntents:
        """What can be done when the session is over."""

    def enter_route(self, text: str) -> None:
        """The customer typed a route or spoken route."""

    def begin_again(self) -> None:
        """Go on from the problem page, in the way it offers."""

    def ask_system_again(self) -> None:
        """Let the system ask once more which screen to share (Wayland)."""

    def answer(self, question_id: int, answer: Answer) -> None:
        """Settle the question on screen."""

    def pause(self) -> None:
        """Stop the picture and input now; keep the session."""

    def resume(self) -> None:
        """Continue after Pause."""

    def take_back(self, capability: Capability) -> None:
        """Revoke one capability; the session goes on."""

    def talk(self, wanted: bool) -> None:
        """Open the microphone (true) or close it."""

    def choose_sound(self, microphone: str, speaker: str) -> None:
        """Talk through these devices from now on; an empty name is what the computer prefers."""

    def open_chat(self, shown: bool) -> None:
        """Open the chat's window, or close it."""

    def write_chat(self, text: str) -> None:
        """Send a text to the technician."""

    def read_chat(self) -> None:
        """All that was written is on the screen."""

    def send_clipboard(self, text: str) -> None:
        """Put `text`, which the customer has read, on the technician's clipboard."""

    def clipboard_refused(self, why: str) -> None:
        """What is on the clipboard cannot be sent: say why (a sentence)."""

    def send_diagnostics(self, ticked: frozenset[str]) -> None:
        """Send the facts with these ids."""

    def decline_diagnostics(self) -> None:
        """Send nothing."""

    def remove(self, session: str) -> None:
        """Send one of several technicians away; the others stay."""

    def stop(self) -> None:
        """End the session now, whatever the network does."""

    def quit(self) -> None:
        """Close the program (stops a running session first)."""
