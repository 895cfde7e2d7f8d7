"""Keyboard, buttons and wheel on the `input` channel (ordered); pointer moves on `pointer` (newest wins)."""

import unicodedata
from enum import Enum
from typing import Annotated, Any

import msgspec

from protocol.channels import INPUT, POINTER
from protocol.messages.base import Count, Message, strict_decoder

Coordinate = Annotated[int, msgspec.Meta(ge=0, le=65535)]
"""0..65535 across the shared display, origin top left, independent of either side's scaling."""


class Button(Enum):
    """A mouse button, named as in W3C UI Events."""

    PRIMARY = "primary"
    AUXILIARY = "auxiliary"
    SECONDARY = "secondary"
    BACK = "back"
    FORWARD = "forward"


class KeyChanged(Message, frozen=True, tag="key"):
    """A physical key went down or up. `code` is a W3C UI Events code such as `KeyA`, `ShiftLeft`, `ArrowUp`."""

    code: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9]{1,32}$")]
    down: bool


MAX_TEXT = 64
"""Characters in one TextTyped."""

_JOINERS = "\u200c\u200d"
"""Persian and emoji are written with these; other invisible characters (some turn text around) are not typed."""


def is_typable(character: str) -> bool:
    """Return whether `character` may be typed: letters, marks, digits, signs and spaces, no controls, no line ends."""
    category = unicodedata.category(character)
    return character in _JOINERS or not (category.startswith("C") or category in ("Zl", "Zp"))


class TextTyped(Message, frozen=True, tag="text"):
    """Characters to arrive as these characters whatever the keyboard layouts; those not `is_typable` are left out."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]


class ButtonChanged(Message, frozen=True, tag="button"):
    """A mouse button went down or up at a place."""

    button: Button
    down: bool
    x: Coordinate
    y: Coordinate


class WheelTurned(Message, frozen=True, tag="wheel"):
    """The wheel turned; 120 units are one notch, positive is up and right."""

    dx: Annotated[int, msgspec.Meta(ge=-12000, le=12000)]
    dy: Annotated[int, msgspec.Meta(ge=-12000, le=12000)]
    x: Coordinate
    y: Coordinate


class AllReleased(Message, frozen=True, tag="release_all"):
    """The technician's window lost focus or control ended: release every key and button held for it."""


class InputDescribed(Message, frozen=True, tag="input_described"):
    """From C, on `control`, with the grant of control: what injection cannot do here.

    `no_secure_attention` is why Ctrl+Alt+Del cannot be pressed (`windows`, `macos`), empty when it can.
    """

    no_secure_attention: Annotated[str, msgspec.Meta(pattern="^[a-z_]{0,32}$")] = ""


class PointerMoved(Message, frozen=True, tag="pointer"):
    """The pointer is here; a `seq` not above the last one seen is dropped."""

    seq: Count
    x: Coordinate
    y: Coordinate


InputMessage = KeyChanged | TextTyped | ButtonChanged | WheelTurned | AllReleased

_decode_input: Any = strict_decoder(InputMessage, max_bytes=INPUT.max_bytes, what="input message")
_decode_pointer: Any = strict_decoder(PointerMoved, max_bytes=POINTER.max_bytes, what="pointer message")


def decode_input(data: bytes) -> InputMessage:
    """Decode one message of the input channel (at most 1 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: InputMessage = _decode_input(data)
    return message


def decode_pointer(data: bytes) -> PointerMoved:
    """Decode one message of the pointer channel (at most 64 bytes).

    Raises:
        PeerError: too long, not MessagePack, unknown field.
    """
    message: PointerMoved = _decode_pointer(data)
    return message
