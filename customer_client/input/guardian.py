"""What must know of each held key so that none stays down when this program hangs or dies. Pure."""

from typing import Protocol

from customer_client.input.ledger import EventKind


class Guardian(Protocol):
    """Told of keys and buttons before they go down and after they went up; callable from any thread, never blocks."""

    def going_down(self, kind: EventKind, detail: int) -> None:
        """`detail` (a keycode or button number) will be pressed; `kind` is KEY_DOWN or BUTTON_DOWN."""

    def went_up(self, kind: EventKind, detail: int) -> None:
        """`detail` was released; `kind` is KEY_UP or BUTTON_UP."""


class NoGuardian:
    """For injectors whose program nobody watches, as in tests."""

    def going_down(self, kind: EventKind, detail: int) -> None:
        """Tell nobody."""

    def went_up(self, kind: EventKind, detail: int) -> None:
        """Tell nobody."""
