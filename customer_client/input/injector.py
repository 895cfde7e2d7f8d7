"""What an injector of remote input is. Pure: no display is opened here."""

from dataclasses import dataclass
from typing import Protocol

from protocol.messages.input import Button

COORDINATE_MAX = 65535
"""Coordinates are 0..65535 across the shared display, origin top left."""

WHEEL_UNITS_PER_NOTCH = 120


@dataclass(frozen=True)
class DroppedInput:
    """How many events were not injected, and why."""

    too_fast: int = 0
    too_many_held: int = 0
    unknown: int = 0
    """Keys without a counterpart here and characters that cannot be typed."""


class Injector(Protocol):
    """Plays the technician's keyboard and mouse. Thread-safe. Every method may raise EnvironmentFault `display_gone`.

    It does not decide whether input is allowed: ask `InputGate` first. At most 64 keys and buttons are held and at most
    500 events a second injected; what is more is dropped and counted. A release is never dropped.
    """

    def key(self, code: str, down: bool) -> None:
        """Press or release the physical key with this W3C UI Events code. Keys repeat by themselves while down."""

    def text(self, text: str) -> None:
        """Type these printable characters, whatever the keyboard layout; may take some 100 ms for rare ones."""

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
