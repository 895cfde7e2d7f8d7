"""In a session: every channel's messages, the picture, the datagrams under both, and what a person is shown."""

from collections.abc import Sequence

from fuzz.target import Parser, Target, family, seeds_of
from protocol.clean_text import clean_text, utf8_size
from protocol.errors import EnvironmentFault
from protocol.files.file_types import is_blocked, type_words
from protocol.files.safe_filename import MAX_BYTES, MAX_CHARACTERS, safe_filename
from protocol.messages.base import encode
from protocol.messages.chat import decode_chat
from protocol.messages.clipboard import MAX_CLIPBOARD_BYTES, decode_clipboard
from protocol.messages.consent import Capability, CapabilityRequested
from protocol.messages.diagnostics import decode_diagnostics
from protocol.messages.drawing import decode_drawing, decode_pointing
from protocol.messages.files import FileChunk, decode_bulk, decode_files
from protocol.messages.input import PointerMoved, decode_input, decode_pointer
from protocol.messages.picture import decode_cursor, decode_picture_report
from protocol.messages.resume import decode_fence
from protocol.messages.session import decode_control
from protocol.messages.signaling import decode_from_relay, decode_to_relay
from protocol.pairing.pin import parse_pin
from protocol.pairing.route import new_route, parse_route, parse_route_or_spoken, route_in_file_name, write_route
from protocol.picture.short_heads import HeadRestorer
from protocol.picture.updates import begins_epoch, can_be_read_from, captured_ms_of, decode_update
from protocol.recording.full_state import full_state
from protocol.transport.clipboard_exchange import needs_preview, pushable
from protocol.transport.guards import decode_sctp_params, parse_stun_message
from protocol.transport.h264_sps import picture_size
from protocol.transport.picture_packets import pack_packet, parse_packet, split_update
from protocol.transport.update_assembly import UpdateAssembler
from protocol.transport.voice.packets import checked_frame, unpack_redundant
from protocol.tunnel import datagram_frame, parse_datagram
from protocol.web_links import find_links

CHANNELS: list[Parser] = [
    decode_control,
    decode_input,
    decode_pointer,
    decode_cursor,
    decode_clipboard,
    decode_chat,
    decode_diagnostics,
    decode_files,
    decode_bulk,
    decode_picture_report,
    decode_drawing,
    decode_pointing,
    decode_fence,
    decode_to_relay,
    decode_from_relay,
]
"""`tests/properties/test_fuzz_targets.py` sees that no `decode_*` of protocol/messages is missing."""


def _channel_seeds() -> Sequence[bytes]:
    messages = [
        CapabilityRequested(Capability.CONTROL, "to help", 0),
        PointerMoved(1, 2, 3),
        FileChunk(bytes(16), 0, b"data"),
    ]
    return seeds_of(CHANNELS, [encode(message) for message in messages])


def _assembled(data: bytes) -> None:
    """Take packets of one byte of length each, as if every one had arrived."""
    assembler, heads = UpdateAssembler(), HeadRestorer()
    while data:
        length, data = data[0], data[1:]
        for whole in assembler.add(parse_packet(data[:length]).fragment, 0.0):
            decode_update(heads.restored(whole.data, starts_epoch=whole.starts_epoch))
        data = data[length:]


def _not_value_error(parse: Parser) -> Parser:
    """Return a parser whose ValueError, which aioice and aiortc survive, is as good as a PeerError."""

    def run(data: bytes) -> object:
        try:
            return parse(data)
        except ValueError:
            return None

    return run


SCREEN: list[Parser] = [
    decode_update,
    lambda data: (captured_ms_of(data), can_be_read_from(data), begins_epoch(data)),
    parse_packet,
    _assembled,
    lambda data: picture_size(data, max_pixels=4096 * 2304),
    unpack_redundant,
    checked_frame,
    parse_datagram,
    _not_value_error(parse_stun_message),
    _not_value_error(decode_sctp_params),
]


def _screen_seeds() -> Sequence[bytes]:
    update = full_state(bytes(4 * 64), (8, 8), 32)[0]
    packets = [
        pack_packet(one, number=1, round_trip_s=0.1) for one in split_update(update, update=1, starts_epoch=True)
    ]
    stun = bytes.fromhex("000100002112a442") + bytes(12)
    return seeds_of(SCREEN, [update, packets[0], datagram_frame(1, 2, b"x"), stun])


def _file_name(data: bytes) -> None:
    received = data.decode("utf-8", errors="surrogateescape")
    name = safe_filename(received)
    assert 0 < len(name) <= MAX_CHARACTERS
    assert len(name.encode()) <= MAX_BYTES
    assert not set(name) & set('/\\:*?"<>|\0\n\r\x1b'), name
    assert name == name.strip(" ."), name
    assert safe_filename(name) == name, name
    type_words(name)
    is_blocked(name, data)


def _route_name(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    found = route_in_file_name(text)
    assert found is None or parse_route(write_route(found)) == found
    family([_route, _pin])(data)


def _route(data: bytes) -> object:
    return parse_route_or_spoken(data.decode("utf-8", errors="replace"))


def _pin(data: bytes) -> object:
    return parse_pin(data.decode("utf-8", errors="replace"))


def _clipboard(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert not {
        character for character in clean if (character < " " and character not in "\n\t") or character == "\x7f"
    }
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
    needs_preview(clean)
    for link in find_links(clean):
        assert link.url.isascii()
    try:
        assert utf8_size(pushable(text)) <= MAX_CLIPBOARD_BYTES
    except EnvironmentFault:
        return


TARGETS = {
    "channels": Target(family(CHANNELS), _channel_seeds),
    "screen": Target(family(SCREEN), _screen_seeds),
    "file_names": Target(
        _file_name, lambda: [b"report.pdf", b"../../etc/passwd", b"CON.txt", "e\u0301\u202e.exe".encode()]
    ),
    "route_names": Target(
        _route_name,
        lambda: [f"Deskside-{write_route(new_route(lambda size: bytes(range(size))))} (1).exe".encode(), b"123 456"],
        200,
    ),
    "clipboard": Target(_clipboard, lambda: [b"ls\n", "\u202eabc\u200b".encode(), b"https://example.org/a?b"]),
}
