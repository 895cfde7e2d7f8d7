"""The bar during a session, and the windows that open beside it, each with an ordinary state. Pure."""

from dataclasses import replace

from customer_client.protection.confirming import Asked, Why
from customer_client.protection.money import MoneyKind
from customer_client.redaction.hidden import HiddenKind, ListedWindow
from customer_client.session.hiding_state import HidingShown, ShownArea
from customer_client.session.state import (
    ChatShown,
    CustomerViewState,
    FilesShown,
    FileWish,
    MoneyShown,
    Page,
    PersonHere,
)
from demo.shown_page import NOW, ORGANISATION, TECHNICIAN, ShownPage, bar, session
from protocol.chat import ChatLine, Mark
from protocol.files.transfer import Stage
from protocol.messages.consent import Capability
from protocol.messages.diagnostics import Fact, FactStatus
from protocol.picture.geometry import Rect
from protocol.transport.files.status import FileStatus
from protocol.transport.voice.status import VoiceStatus

_AT_MS = 1_790_000_000_000


def _fact(place: str, group: str, label: str, value: str, status: FactStatus = FactStatus.OK, note: str = "") -> Fact:
    return Fact(place, group, label, status, value, note, 3)


_FACTS = (
    _fact("system.name", "System", "Operating system", "Debian GNU/Linux 12 (bookworm)"),
    _fact("system.up", "System", "Running since", "3 days 4 hours"),
    _fact("memory.main", "Hardware", "Memory", "5.1 GiB available of 15.9 GiB"),
    _fact("disk.volumes.1", "Hardware", "Volume 1", "/ (ext4): 48.2 GiB free of 238.5 GiB (20 %)"),
    _fact("disk.volumes.2", "Hardware", "Volume 2", "", FactStatus.DENIED),
    _fact("network.1", "Network", "Interface 1", "eth0: up, 1000 Mbit/s, 192.168.1.20"),
)

_CHAT = ChatShown(
    TECHNICIAN,
    (
        ChatLine(
            False, 1, "Hello! Please open the printer's window. https://support.example.org/printer", _AT_MS, Mark.SEEN
        ),
        ChatLine(True, 1, "Which one is that?", _AT_MS + 60_000, Mark.SEEN),
        ChatLine(False, 2, "The one with the small printer in the corner.", _AT_MS + 90_000, Mark.SEEN),
        ChatLine(True, 2, "I see it. Thank you!", _AT_MS + 150_000, Mark.DELIVERED),
    ),
    0,
    True,
    shown=True,
)

_FILES = FilesShown(
    TECHNICIAN,
    (
        FileStatus(b"1", "printer-log.txt", "Text document", 18_400, "77B1 0C2E 9A40", True, Stage.SAVED, 18_400),
        FileStatus(
            b"2", "manual.pdf", "PDF document", 4_400_000, "1F0B 55A2 C310", False, Stage.MOVING, 1_900_000, 410_000.0
        ),
        FileStatus(b"3", "driver-settings.pdf", "PDF document", 1_240_000, "3F9A 22C1 07BE", False, Stage.OFFERED),
    ),
    FileWish("a photo of the printer's display"),
    "/home/you/Downloads",
    shown=True,
)

_HIDING = HidingShown(
    windows=(
        ListedWindow(1, "Letter to the tax office", "Writer"),
        ListedWindow(2, "Passwords", "KeePassXC", HiddenKind.PASSWORD_MANAGER),
        ListedWindow(3, "Family photos", "Pictures", HiddenKind.CHOSEN_WINDOW),
    ),
    areas=(ShownArea(1, Rect(40, 60, 480, 300)),),
    shown=True,
)

_PEOPLE = (
    PersonHere("a", TECHNICIAN, ORGANISATION, frozenset({Capability.SEE, Capability.CONTROL}), True),
    PersonHere("b", "Ben Ortiz", ORGANISATION, frozenset({Capability.SEE}), False),
)


def bars() -> tuple[ShownPage, ...]:
    """Return the bar as it comes to look."""
    return (
        ShownPage(
            "bar",
            "The bar",
            "On top of everything while somebody can see the screen. Pause and Stop need no network. "
            "Ctrl+Alt+Shift+Home brings the keyboard to it, Escape takes it back.",
            session(),
        ),
        ShownPage(
            "bar-control",
            "The bar while somebody helps",
            "Take back control with one press, or stop everything with Ctrl+Alt+Shift+End.",
            session(replace(bar(Capability.SEE, Capability.CONTROL, Capability.CHAT), unread=2)),
        ),
        ShownPage(
            "bar-list",
            "What is allowed",
            "Each with its own way to take it back, and with what the customer can send by themselves.",
            session(
                replace(
                    bar(Capability.SEE, Capability.POINT, Capability.CLIPBOARD_TO_TECHNICIAN),
                    until={Capability.SEE: NOW + 700.0},
                )
            ),
            open_first="permissions",
        ),
        ShownPage(
            "bar-asked",
            "Still there?",
            "After a while without a word the bar asks. Silence means no.",
            session(replace(bar(), asked=Asked(Why.IDLE, NOW + 45.0))),
        ),
        ShownPage(
            "bar-voice",
            "Talking",
            "The microphone is open only while the button is held, and the bar says so in red.",
            session(
                replace(bar(Capability.SEE, Capability.VOICE), voice=VoiceStatus(on=True, talking=True, level_db=-18))
            ),
        ),
        ShownPage(
            "bar-people",
            "Two technicians",
            "Everybody who is here, what they can do, and a button that sends them away.",
            session(replace(bar(Capability.SEE, Capability.CONTROL), people=_PEOPLE)),
        ),
        ShownPage(
            "bar-paused",
            "Paused",
            "Nobody sees anything until Continue is pressed.",
            session(replace(bar(), paused=True)),
        ),
    )


def windows() -> tuple[ShownPage, ...]:
    """Return what opens beside the bar, or takes its place."""
    return (
        ShownPage(
            "chat",
            "Writing to each other",
            "Web addresses open only after their whole text was shown.",
            replace(session(bar(Capability.SEE, Capability.CHAT)), chat=_CHAT),
        ),
        ShownPage(
            "files",
            "Files",
            "Each file is shown with its kind, size and check number before it is saved. Nothing is opened by itself.",
            replace(session(bar(Capability.SEE, Capability.FILES_TO_CUSTOMER)), files=_FILES),
        ),
        ShownPage(
            "hiding",
            "Hiding something",
            "Windows and areas that are painted over before anything leaves the computer.",
            replace(session(), hiding=_HIDING),
        ),
        ShownPage(
            "diagnostics",
            "Facts about the computer",
            "Every fact is shown with what would be sent of it, and each can be unticked. "
            "Other languages translate its words.",
            CustomerViewState(Page.DIAGNOSTICS, bar=bar(), facts=_FACTS),
        ),
        ShownPage(
            "money",
            "A window about money",
            "When a bank or a shop for gift cards comes to the front, sharing stops by itself.",
            CustomerViewState(Page.SESSION, bar=bar(), money=MoneyShown(MoneyKind.BANK, NOW + 20.0)),
        ),
    )
