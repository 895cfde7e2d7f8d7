"""What can be hidden and how it is counted. Pure; any thread."""

from dataclasses import dataclass
from enum import Enum

from protocol.picture.geometry import Rect


class HiddenKind(Enum):
    """Why something is painted over; the record and the technician learn no more than this."""

    PASSWORD_MANAGER = "password_manager"  # noqa: S105  a class of programs, no secret
    NOTIFICATION = "notification"
    CHOSEN_WINDOW = "chosen_window"
    AREA = "area"
    OWN = "own"
    """A window of Deskside's own that is for the customer alone, such as the list of windows to hide."""
    UNSURE = "unsure"
    """A window that had gone before anybody could ask whose it was."""


@dataclass(frozen=True)
class HiddenWindow:
    """A window that is painted over: its number, why, and where it is, in pixels of the whole desktop."""

    id: int
    kind: HiddenKind
    rect: Rect


@dataclass(frozen=True)
class ListedWindow:
    """A window the customer may choose to hide. `title` and `program` are for the customer's own eyes only."""

    id: int
    title: str
    program: str
    hidden: HiddenKind | None = None


@dataclass(frozen=True)
class Look:
    """What a look at the windows found.

    `now` are the hidden windows on the desktop; `passed` names every place one of them has been at since the look
    before, by the window's number; `stirred` says that one came or went where the desktop may show that as a movement.
    """

    now: tuple[HiddenWindow, ...] = ()
    passed: tuple[tuple[int, Rect], ...] = ()
    stirred: bool = False


@dataclass(frozen=True)
class HiddenCounts:
    """How much is painted over now."""

    password_managers: int = 0
    notifications: int = 0
    windows: int = 0
    areas: int = 0

    @property
    def total(self) -> int:
        """Everything together."""
        return self.password_managers + self.notifications + self.windows + self.areas

    def body(self) -> dict[str, object]:
        """Return what the record says of it: counts by class, no titles and no places."""
        return {
            "password_managers": self.password_managers,
            "notifications": self.notifications,
            "windows": self.windows,
            "areas": self.areas,
        }


def count(windows: tuple[HiddenWindow, ...], areas: int) -> HiddenCounts:
    """Return the counts for `windows` and a number of areas."""
    kinds = [window.kind for window in windows]
    return HiddenCounts(
        password_managers=kinds.count(HiddenKind.PASSWORD_MANAGER),
        notifications=kinds.count(HiddenKind.NOTIFICATION),
        windows=kinds.count(HiddenKind.CHOSEN_WINDOW),
        areas=areas,
    )
