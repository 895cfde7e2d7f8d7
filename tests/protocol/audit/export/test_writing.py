import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.audit.events import EventType
from protocol.audit.export.local_time import duration, local_moment
from protocol.audit.export.report_csv import COLUMNS, safe_cell
from protocol.audit.export.writing import BundledSession, ExportedBy, bundle_bytes, write_bundle
from protocol.audit.findings import Verdict
from protocol.audit.record_file import write_record
from protocol.errors import LocalError, PeerError
from tests.support.exported_session import CREATED_MS, JANE, check, exported, members_of
from tests.support.recorded_session import CERTIFICATE, MANIFEST, TwoParties, sealed_session, smallest_session

ANYBODY = ExportedBy("Anybody", "customer")


def bundled(*sessions: BundledSession, exporter: ExportedBy = ANYBODY) -> bytes:
    return bundle_bytes(sessions, exporter=exporter, created_ms=CREATED_MS)


def busy_session() -> TwoParties:
    """Files, messages, a permission that runs out, one that is taken back, and words that want to be HTML."""
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant("control", 60)
    parties.advance(90_000)
    parties.ask_and_grant("files_to_customer")
    named = {"sha256": "ab" * 32, "name": "<script>alert(1)</script>", "size_bytes": 1234567, "asked": False}
    parties.write("T", EventType.FILE_OFFERED, named)
    parties.deliver()
    for kind in (EventType.FILE_ACCEPTED, EventType.FILE_RECEIVED):
        parties.write("C", kind, named, answers=parties.records["C"].count("T") - 1)
    parties.write("C", EventType.CHAT_SENT, {"sha256": "cd" * 32, "bytes": 5, "id": 1})
    parties.write("C", EventType.CONSENT_REVOKE, {"capability": "files_to_customer"})
    parties.write("C", EventType.NOTE, {"text": '=HYPERLINK("http://evil")'})
    parties.deliver()
    parties.end_and_seal()
    return parties


class Page(HTMLParser):
    """What a browser would see: tags, and the texts between them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += f"{data} "


def test_equal_input_gives_equal_bytes():
    assert exported() == exported()
    assert exported() != exported(smallest_session())


def test_the_record_goes_in_byte_for_byte_and_the_manifest_lists_everything():
    members = members_of(exported())
    record = write_record(MANIFEST, sealed_session().filed())
    assert record in members.values()
    listed = [entry["name"] for entry in json.loads(members["manifest.json"])["files"]]
    assert sorted([*listed, "manifest.json", "manifest.sig"]) == list(members)


def test_sessions_come_by_id_and_only_once_and_of_one_organisation():
    one = BundledSession(write_record(MANIFEST, []))
    other = BundledSession(write_record(replace(MANIFEST, session="ff" * 16), []))
    assert bundled(one, other) == bundled(other, one)
    foreign = BundledSession(write_record(replace(MANIFEST, session="ee" * 16, organisation_key=bytes(32)), []))
    for wrong in ((), (one, one), (one, foreign)):
        with pytest.raises(LocalError):
            bundled(*wrong)
    with pytest.raises(PeerError):
        bundled(BundledSession(b"nonsense"))
    with pytest.raises(LocalError):
        bundled(one, exporter=ExportedBy("Jane Doe", "technician", CERTIFICATE, None))


def test_a_record_that_was_changed_is_exported_with_what_was_found():
    lines = write_record(MANIFEST, sealed_session().filed()).splitlines(keepends=True)
    data = bundled(BundledSession(b"".join(lines[:3] + lines[4:2:-1] + lines[5:])))
    assert check(data).verdict is Verdict.INVALID
    assert "Do not rely on this record" in Page(members_of(data)["report.html"]).words


def test_it_is_written_to_any_file():
    file = io.BytesIO()
    write_bundle(file, [BundledSession(write_record(MANIFEST, []))], exporter=JANE, created_ms=CREATED_MS)
    assert check(file.getvalue()).signer == "Jane Doe"


def test_the_page_tells_a_manager_what_happened():
    words = re.sub(r"\s+", " ", Page(members_of(exported(busy_session()))["report.html"]).words)
    for expected in (
        "Jane Doe, Example Ltd",
        "2026-03-01 14:00:00 UTC (2026-03-01 15:00:00 UTC+01:00)",
        "DS-2026-000123",
        "the time was up",
        "1 min 0 s",
        "taken or given back",
        "<script>alert(1)</script> 1,234,567 the technician received and checked",
        "1 from the customer, 0 from the technician",
        "Both sides signed every event, nothing was changed, and nothing is missing.",
        "independent witnesses have confirmed that: alpha on",
        "I reviewed this record",
    ):
        assert expected in words


def test_the_page_has_no_scripts_links_or_anything_from_elsewhere():
    page = Page(members_of(exported(busy_session()))["report.html"])
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "code", "span"),
        *("table", "thead", "tbody", "tr", "th", "td", "ul", "li"),
    }
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert b"url(" not in members_of(exported())["report.html"]


def test_the_page_says_plainly_what_is_missing():
    words = Page(members_of(exported(witnesses=(), with_body=False))["report.html"]).words
    assert "it is not everything" in words
    assert "not enough independent witnesses" in words


def test_the_table_has_a_line_for_each_event_and_no_formula():
    table = list(csv.reader(io.StringIO(members_of(exported(busy_session()))["report.csv"].decode(), newline="")))
    assert tuple(table[0]) == COLUMNS
    parties = busy_session()
    assert len(table) == 1 + parties.records["C"].count("C") + parties.records["C"].count("T")
    assert {len(row) for row in table} == {len(COLUMNS)}


@given(st.text(max_size=30))
def test_no_cell_becomes_a_formula(text):
    assert not safe_cell(text).lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.integers(0, 253_402_300_799_999), st.integers(-1439, 1439))
@settings(max_examples=200)
def test_every_moment_has_a_local_time(t_ms, offset):
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC[+-]\d\d:\d\d", local_moment(t_ms, offset))


def test_lengths_of_time_are_words():
    assert [duration(ms) for ms in (0, 5_000, 65_000, 3_600_000, 3_725_000)] == [
        "0 s",
        "5 s",
        "1 min 5 s",
        "1 h",
        "1 h 2 min",
    ]
