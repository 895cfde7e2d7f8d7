import io
import tempfile
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.audit.export import spool as spool_module
from protocol.audit.export import writing
from protocol.audit.export.container import write_container
from protocol.audit.export.manifest import file_entry
from protocol.audit.export.spool import MemberSpool
from protocol.audit.export.writing import BundledSession, BundleWriter
from protocol.audit.record_file import write_record
from protocol.errors import LocalError
from tests.support.exported_session import CREATED_MS, JANE, check
from tests.support.recorded_session import MANIFEST

MIB = 1 << 20


@given(st.lists(st.lists(st.binary(max_size=40), max_size=4), max_size=6))
@settings(max_examples=60)
def test_files_made_of_pieces_in_any_order_become_the_container_of_their_contents(contents: list[list[bytes]]) -> None:
    members = {f"f{number}": b"".join(pieces) for number, pieces in enumerate(contents)}
    with MemberSpool() as spool:
        kept = [[spool.keep(piece) for piece in pieces] for pieces in contents]
        for number, pieces in reversed(list(enumerate(kept))):
            spool.join(f"f{number}", pieces)
        assert spool.entries() == tuple(file_entry(name, [data]) for name, data in sorted(members.items()))
        made, expected = io.BytesIO(), io.BytesIO()
        spool.write(made)
    write_container(members, expected)
    assert made.getvalue() == expected.getvalue()


def test_a_file_comes_once() -> None:
    with MemberSpool() as spool:
        spool.add("a", b"1")
        assert "a" in spool
        with pytest.raises(LocalError):
            spool.add("a", b"2")


@pytest.mark.parametrize(("limit", "value"), [("MAX_BUNDLE_BYTES", 10), ("MAX_MEMBERS", 1)])
def test_what_no_verifier_would_read_is_refused_before_it_is_written(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(spool_module, limit, value)
    with MemberSpool() as spool:
        spool.add("a", b"12345678")
        with pytest.raises(LocalError) as caught:
            spool.add("b", b"12345678")
    assert caught.value.code == "bundle_too_large"
    assert "Export fewer sessions" in caught.value.user_text


def test_more_events_than_a_verifier_reads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_EVENTS", 2)
    with BundleWriter(exporter=JANE, created_ms=CREATED_MS) as writer, pytest.raises(LocalError) as caught:
        writer.add(BundledSession(write_record(MANIFEST, []) + b"\n\n\n"))
    assert caught.value.code == "bundle_too_large"


def test_an_export_takes_the_memory_of_one_session_and_not_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "IN_MEMORY_BYTES", MIB)
    sessions, size = 12, 4 * MIB
    with tempfile.TemporaryFile() as file:
        tracemalloc.start()
        try:
            with BundleWriter(exporter=JANE, created_ms=CREATED_MS) as writer:
                for number in range(sessions):
                    head = write_record(replace(MANIFEST, session=f"{number:032x}"), [])
                    writer.add(BundledSession(head + b"x" * size))
                writer.finish(file)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert file.tell() > sessions * size
        assert most < sessions * size / 2
        file.seek(0)
        assert len(check(file.read()).sessions) == sessions
