"""What a system that lets programs listen (Windows, macOS) tells of mouse and keyboard, and whose doing it is. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

OUR_MARK = 0x44534B31
"""Goes along with everything this program injects; other programs that inject put their own there, or nothing."""


class Kind(Enum):
    """What happened."""

    KEY_DOWN = "key_down"
    KEY_UP = "key_up"
    BUTTON = "button"
    WHEEL = "wheel"
    MOVE = "move"


@dataclass(frozen=True)
class SystemEvent:
    """One event: `code` is the system's number of a key (0 for the mouse), `ours` that this program injected it."""

    kind: Kind
    code: int
    injected: bool
    ours: bool


def is_local(event: SystemEvent) -> bool:
    """Return whether the customer, or something that acts for them, made `event`.

    What another program than ours presses counts as the customer's: a keyboard on the screen and speech recognition
    inject, too. Moves of the pointer that are injected do not: programs put it where they want it.
    """
    return not event.ours and not (event.injected and event.kind is Kind.MOVE)


class Listening(Protocol):
    """Events are told, on a thread of its own, until `close`."""

    @property
    def working(self) -> bool:
        """Whether they still are."""

    def close(self) -> None:
        """Listen no more. Harmless to call again."""


Listen = Callable[[Callable[[SystemEvent], None], Callable[[], None] | None], Listening]
"""Begins to listen: what is called with each event, and what if that ends by itself. Raises EnvironmentFault."""


class ListeningActivity:
    """A `LocalActivity`. `on_activity` runs on the listening thread and must return at once, `on_lost` there too.

    Raises:
        EnvironmentFault: `listen`'s, such as `local_activity_unseen`.
    """

    def __init__(
        self, listen: Listen, on_activity: Callable[[], None], *, on_lost: Callable[[], None] | None = None
    ) -> None:
        self._on_activity = on_activity
        self._listening = listen(self._heard, on_lost)

    @property
    def watching(self) -> bool:
        """Whether events are still told."""
        return self._listening.working

    def stop(self) -> None:
        """Listen no more. Harmless to call again."""
        self._listening.close()

    def _heard(self, event: SystemEvent) -> None:
        if is_local(event):
            self._on_activity()
