"""The base of every message and the one way to encode and decode them (MessagePack, strict)."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from protocol.errors import PeerError

Key32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""Exactly 32 bytes: a nonce, a public key, a hash or a tag."""

Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
"""An Ed25519 signature."""

ShortText = Annotated[str, msgspec.Meta(max_length=200)]
LongText = Annotated[str, msgspec.Meta(max_length=4000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A sequence number, a size or a time in milliseconds."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A message; its `tag` names it on the wire, unknown fields are refused."""


_encoder = msgspec.msgpack.Encoder()


def encode(message: Message) -> bytes:
    """Return the MessagePack bytes of `message`."""
    return _encoder.encode(message)


def strict_decoder(union: Any, *, max_bytes: int, what: str) -> Callable[[bytes], Any]:
    """Return a decoder for the messages of `union` that raises only PeerError, whatever the bytes."""
    decoder = msgspec.msgpack.Decoder(union)

    def decode(data: bytes) -> Any:
        if len(data) > max_bytes:
            raise PeerError(f"{what}: {len(data)} bytes, at most {max_bytes} allowed", code="frame_too_large")
        try:
            return decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PeerError(f"{what}: {error}", code="frame_malformed") from error

    return decode
