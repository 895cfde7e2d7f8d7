"""Recognises Ctrl+Alt+Shift+End among the events of a system. Pure."""

from dataclasses import dataclass

from customer_client.input.system_events import Kind, SystemEvent


@dataclass(frozen=True)
class PanicChord:
    """The system's numbers of the key that completes the chord, and of the modifiers of which one each must be down."""

    end: frozenset[int]
    modifiers: tuple[frozenset[int], ...]


WINDOWS_CHORD = PanicChord(
    end=frozenset({0x23}),
    modifiers=(frozenset({0x10, 0xA0, 0xA1}), frozenset({0x11, 0xA2, 0xA3}), frozenset({0x12, 0xA4, 0xA5})),
)
"""Virtual keys; VK_END is the key on the keypad, too."""

MACOS_CHORD = PanicChord(
    end=frozenset({0x77}),
    modifiers=(frozenset({0x38, 0x3C}), frozenset({0x3B, 0x3E}), frozenset({0x3A, 0x3D})),
)
"""Virtual key codes of HIToolbox: Shift, Control, Option. Keyboards without End have it as Fn and the right arrow."""


class PanicKeys:
    """Says when the chord is pressed; a key that repeats counts once."""

    def __init__(self, chord: PanicChord) -> None:
        self._chord = chord
        self._down: set[int] = set()

    def pressed(self, event: SystemEvent) -> bool:
        """Take note of `event`; return whether it completes the panic keys."""
        if event.kind is Kind.KEY_UP:
            self._down.discard(event.code)
            return False
        if event.kind is not Kind.KEY_DOWN:
            return False
        repeated = event.code in self._down
        self._down.add(event.code)
        held = all(self._down & keys for keys in self._chord.modifiers)
        return event.code in self._chord.end and not repeated and held
