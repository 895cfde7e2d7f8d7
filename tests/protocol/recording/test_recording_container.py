"""A recording as bytes: what was written is read, and what was changed, cut or mixed is never shown."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.recording.container import HEAD_BYTES, START_BYTES, header_length, read_header, write_header
from protocol.recording.entries import (
    ChatText,
    Entry,
    EntryKind,
    Marker,
    MarkerKind,
    VoicePacket,
    pack_note,
    pack_voice,
    read_voice,
)
from protocol.recording.reader import BytesSource, RecordingReader
from tests.support.recordings import Tape, header

NOTES = [
    Entry(EntryKind.MARKER, 100, pack_note(Marker(MarkerKind.EVENT, "Customer allowed control", "C", 4))),
    Entry(EntryKind.CHAT, 900, pack_note(ChatText(True, "It is over there"))),
    Entry(EntryKind.VOICE, 950, pack_voice(VoicePacket(True, 960, ((0, b"opus"), (960, b"before"))))),
    Entry(EntryKind.MARKER, 8_000, pack_note(Marker(MarkerKind.PAUSED))),
    Entry(EntryKind.MARKER, 50_000, pack_note(Marker(MarkerKind.RESUMED))),
]


def small_tape(*, finished: bool = True) -> Tape:
    tape = Tape()
    for number, entry in enumerate(NOTES):
        tape.writer.add(entry)
        if number % 2:
            tape.flush()
    if finished:
        tape.finish(60_000)
    else:
        tape.flush()
    return tape


def shown(reader: RecordingReader) -> list[Entry]:
    return [entry for number in range(len(reader.segments)) for entry in reader.entries(number)]


def test_what_was_recorded_is_read_again_with_its_index() -> None:
    tape = small_tape()
    reader = tape.reader()
    assert shown(reader)[:-1] == NOTES
    assert reader.header == header()
    assert reader.is_whole
    index = reader.index()
    assert [mark.marker.text for mark in index.marks] == ["Customer allowed control", "", ""]
    assert [(pause.begins_ms, pause.ends_ms) for pause in index.pauses] == [(8_000, 50_000)]
    assert [written.chat.text for written in index.chat] == ["It is over there"]
    assert index.duration_ms == reader.duration_ms == 60_000
    assert index.idle_until(20_000) == 50_000
    assert index.idle_until(120) is None
    assert reader.chain(len(reader.segments) - 1) == tape.chains[-1]


def test_an_index_that_was_never_written_is_put_together_from_the_rest() -> None:
    whole, broken = small_tape().reader(), small_tape(finished=False).reader()
    assert not broken.is_whole
    written, found = whole.index(), broken.index()
    assert (found.marks, found.chat, found.busy, found.pauses) == (
        written.marks,
        written.chat,
        written.busy,
        written.pauses,
    )


def test_cut_anywhere_everything_before_the_cut_is_read_and_the_cut_is_noticed() -> None:
    tape = small_tape()
    data, first = bytes(tape.data), len(tape.writer.start)
    for length in range(first, len(data)):
        reader = RecordingReader(BytesSource(data[:length]))
        reader.unlock(tape.key)
        assert not reader.is_whole
        entries = shown(reader)
        assert entries == NOTES[: len(entries)]
    for length in range(first):
        with pytest.raises(PeerError):
            RecordingReader(BytesSource(data[:length]))


def test_no_changed_bit_shows_anything_else_than_was_recorded() -> None:
    tape = small_tape()
    start = len(tape.writer.start)
    for position in range(len(tape.data)):
        data = bytearray(tape.data)
        data[position] ^= 1 << position % 8
        try:
            reader = RecordingReader(BytesSource(bytes(data)))
            reader.unlock(tape.key)
            entries = []
            for number in range(len(reader.segments)):
                entries += reader.entries(number)
        except PeerError:
            continue
        assert position < start or entries == NOTES[: len(entries)]
        if position >= start:
            assert not reader.is_whole
        else:
            pytest.fail("a changed header was taken")


def test_segments_of_another_recording_or_another_place_are_refused() -> None:
    tape, other = small_tape(), small_tape()
    reader = tape.reader()
    first, second = reader.segments[0], reader.segments[1]
    begin = first.offset - HEAD_BYTES
    middle = second.offset - HEAD_BYTES
    end = second.offset + second.head.sealed_bytes
    data = bytes(tape.data)
    swapped = RecordingReader(BytesSource(data[:begin] + data[middle:end] + data[begin:middle] + data[end:]))
    assert swapped.segments == ()
    mixed = RecordingReader(BytesSource(data[:middle] + bytes(other.data)[middle:]))
    mixed.unlock(tape.key)
    assert list(mixed.entries(0)) == NOTES[:2]
    with pytest.raises(PeerError):
        list(mixed.entries(1))
    with pytest.raises(PeerError):
        mixed.chain(len(mixed.segments) - 1)
    mixed.index()
    assert len(mixed.segments) == 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2**32), st.booleans())
def test_arbitrary_bytes_raise_only_peer_error(junk: bytes, seed: int, appended: bool) -> None:
    tape = small_tape()
    data = bytearray(tape.data)
    at = random.Random(seed).randrange(len(data))
    data[at:at] = junk
    with suppress(PeerError):
        reader = RecordingReader(BytesSource(bytes(data) if appended else junk))
        reader.unlock(tape.key)
        reader.index()
        for number in range(len(reader.segments)):
            list(reader.entries(number))
    with suppress(PeerError):
        read_voice(junk)
    with suppress(PeerError):
        read_header(junk)
    with suppress(PeerError):
        header_length(junk)


def test_another_key_opens_nothing() -> None:
    tape = small_tape()
    with pytest.raises(PeerError) as refused:
        tape.reader().unlock(bytes(32))
    assert refused.value.code == "recording_damaged"


def test_lengths_are_checked_before_anything_is_read() -> None:
    start = write_header(header())
    with pytest.raises(PeerError):
        header_length(start[: START_BYTES - 4] + (2**31).to_bytes(4, "little"))
    tape = Tape()
    tape.writer.add(Entry(EntryKind.UPDATE, 2**32, b""))
    with pytest.raises(LocalError):
        tape.flush()
