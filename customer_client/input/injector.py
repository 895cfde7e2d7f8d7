"""What an injector of remote input is. Pure: no display is opened here."""

from dataclasses import dataclass
from typing import Protocol

from customer_client.capture.source import Display
from protocol.messages.input import Button

COORDINATE_MAX = 65535
"""Coordinates are 0..65535 across the shared display, origin top left."""

WHEEL_UNITS_PER_NOTCH = 120


def pixel_at(shared: Display, x: int, y: int) -> tuple[int, int]:
    """Return the pixel of the whole desktop that (x, y), each 0..65535, means; never one outside of `shared`.

    The desktop's origin is the primary display's corner on some systems, so the result may be negative.
    """
    return shared.left + _along(x, shared.width), shared.top + _along(y, shared.height)


def _along(coordinate: int, size: int) -> int:
    clamped = max(0, min(coordinate, COORDINATE_MAX))
    return round(clamped * (size - 1) / COORDINATE_MAX)


class WheelRest:
    """Adds parts of wheel notches up to whole ones; what is left over waits for more of the same direction."""

    def __init__(self) -> None:
        self._rest = [0, 0]

    def notches(self, dx: int, dy: int) -> tuple[int, int]:
        """Return the whole notches (right, up) that `dx` and `dy`, in 120ths of a notch, complete."""
        return self._add(0, dx), self._add(1, dy)

    def _add(self, axis: int, units: int) -> int:
        rest = self._rest[axis]
        total = units if rest * units < 0 else rest + units
        notches = int(total / WHEEL_UNITS_PER_NOTCH)
        self._rest[axis] = total - notches * WHEEL_UNITS_PER_NOTCH
        return notches


@dataclass(frozen=True)
class DroppedInput:
    """How many events were not injected, and why."""

    too_fast: int = 0
    too_many_held: int = 0
    unknown: int = 0
    """Keys without a counterpart here and characters that cannot be typed."""
    own_window: int = 0
    """Presses and characters meant for a window of Deskside's own: only the customer answers there."""
    hidden: int = 0
    """Presses and characters meant for what the customer hides, such as a password manager."""


class HiddenPlaces(Protocol):
    """Knows what the technician cannot see, and so must not use. Places are pixels of the whole desktop. Any thread.

    Both may raise EnvironmentFault `display_gone`.
    """

    def hides(self, x: int, y: int) -> bool:
        """Say whether a place is hidden."""

    def has_keyboard(self) -> bool:
        """Say whether what is typed would go to a hidden window."""


class NothingHidden:
    """Hides nothing."""

    def hides(self, x: int, y: int) -> bool:
        """Return False."""
        return False

    def has_keyboard(self) -> bool:
        """Return False."""
        return False


class Injector(Protocol):
    """Plays the technician's keyboard and mouse. Thread-safe. Every method may raise EnvironmentFault `display_gone`.

    Nothing is pressed or typed in a window of Deskside's own (X11). It does not decide whether input is allowed: ask
    `InputGate` first. At most 64 keys and buttons are held and at most 500 events a second injected; what is more is
    dropped and counted. A release is never dropped.
    """

    no_secure_attention: str
    """Why Ctrl+Alt+Del cannot be pressed, a short code such as `windows`; empty where it can."""

    def key(self, code: str, down: bool) -> None:
        """Press or release the physical key with this W3C UI Events code. Keys repeat by themselves while down."""

    def text(self, text: str) -> None:
        """Type these characters, whatever the keyboard layout; may take a second unless `types_at_once`."""

    def types_at_once(self, text: str) -> bool:
        """Say whether `text` would be typed without waiting for anything."""

    def interrupt(self) -> None:
        """Let a `text` under way on another thread end at once, and every later one until `go_on`. Never waits."""

    def go_on(self) -> None:
        """Type again after `interrupt`."""

    def button(self, button: Button, down: bool, x: int, y: int) -> None:
        """Move to (x, y), then press or release a button."""

    def wheel(self, dx: int, dy: int, x: int, y: int) -> None:
        """Move to (x, y), then turn the wheel; 120 units are a notch, positive is right and up; parts add up."""

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""

    def release_all(self) -> None:
        """Release every key and button held. Harmless to call again."""

    def held(self) -> frozenset[str]:
        """Return the codes of held keys and `button:` + names of held buttons."""

    def dropped(self) -> DroppedInput:
        """Return what was not injected so far."""

    def close(self) -> None:
        """Release everything and let go of the display. Harmless to call again."""
