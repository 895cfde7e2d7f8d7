import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.canonical import encode_canonical
from protocol.audit.record_file import MAX_FILE_BYTES, RecordMalformed, read_record, write_record
from protocol.errors import PeerError
from tests.support.recorded_session import MANIFEST, smallest_session

PARTIES = smallest_session()
DATA = PARTIES.file()
LINES = DATA.splitlines(keepends=True)


def with_line(number: int, **fields: object) -> bytes:
    """The file with fields of one line (from 1) replaced."""
    line = encode_canonical(json.loads(LINES[number - 1]) | fields) + b"\n"
    return b"".join([*LINES[: number - 1], line, *LINES[number:]])


def bad_line(data: bytes) -> int:
    with pytest.raises(RecordMalformed) as caught:
        read_record(data)
    assert f"line {caught.value.line}:" in str(caught.value)
    return caught.value.line


def test_what_is_written_reads_back_with_line_numbers():
    record = read_record(DATA)
    assert record.manifest == MANIFEST
    assert [event.line for event in record.events] == [2, 3, 4, 5, 6, 7]
    assert write_record(record.manifest, record.events) == DATA


def test_withheld_bodies_read_back_as_none():
    record = read_record(PARTIES.file(with_body=False))
    assert all(event.salt is None and event.body is None for event in record.events)
    assert len(record.events) == 6


def test_events_are_written_lane_c_first_whatever_order_they_come_in():
    assert write_record(MANIFEST, reversed(PARTIES.filed())) == DATA


def test_the_lines_are_the_specified_json():
    first, second = json.loads(LINES[0]), json.loads(LINES[1])
    assert set(first) == {"format", "session", "organisation_key", "technician_certificate", "customer_key"}
    assert first["format"] == "deskside.record/1"
    assert set(second) == {"body", "event", "lane", "sig"}
    assert set(second["body"]) == {"data", "salt"}
    assert json.loads(base64.b64decode(second["event"]))["type"] == "session.open"


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "deskside.record/2"},
        {"session": "0" * 31},
        {"session": "0" * 32 + "\n"},
        {"organisation_key": "AB" * 32},
        {"organisation_key": "ab" * 31},
        {"customer_key": "ab" * 32 + "\n"},
        {"customer_key": "xy" * 32},
        {"technician_certificate": ""},
        {"technician_certificate": MANIFEST.technician_certificate.hex() + "\n"},
        {"technician_certificate": "ab" * 2049},
        {"more": 1},
    ],
)
def test_a_wrong_first_line_is_named(fields):
    assert bad_line(with_line(1, **fields)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"lane": "X"},
        {"lane": "T"},
        {"sig": base64.b64encode(bytes(63)).decode()},
        {"sig": base64.b64encode(bytes(64)).decode() + "\n"},
        {"event": ""},
        {"event": "e30"},
        {"event": base64.b64encode(bytes(4097)).decode()},
        {"event": "e31="},
        {"body": {}},
        {"body": {"data": "e30=", "salt": base64.b64encode(bytes(31)).decode()}},
        {"body": {"data": "e30=", "salt": base64.b64encode(bytes(32)).decode(), "more": 1}},
        {"body": "e30="},
        {"more": 1},
    ],
)
def test_a_wrong_event_line_is_named(fields):
    where = bad_line(with_line(3, **fields))
    assert where == (4 if fields == {"lane": "T"} else 3), "a line that is right alone is noticed at the next one"


def test_base64_has_one_spelling():
    event = json.loads(LINES[2])["event"]
    assert event.endswith("=") or len(event) % 4 == 0
    for other in (event + "=", event + "====", " " + event, event[:40] + "\n" + event[40:]):
        assert bad_line(with_line(3, event=other)) == 3


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", 1),
        (b"\n", 1),
        (DATA[:-1], 7),
        (DATA + b"\n", 8),
        (DATA.replace(b"\n", b"\r\n"), 1),
        (b"\xef\xbb\xbf" + DATA, 1),
        (DATA + b"x", 8),
        (b"".join(LINES[1:]), 1),
        (b"".join([*LINES[:2], b"\n", *LINES[2:]]), 3),
        (bytes(MAX_FILE_BYTES + 1), 1),
        (b"\n" * 1_000_002, 1),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(data, line):
    assert bad_line(data) == line


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_peer_error(data):
    with suppress(PeerError):
        read_record(data)


@given(st.integers(0, len(LINES)), st.binary(max_size=100))
def test_arbitrary_lines_raise_only_peer_error(place, line):
    with suppress(PeerError):
        read_record(b"".join([*LINES[:place], line + b"\n", *LINES[place:]]))
