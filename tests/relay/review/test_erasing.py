"""Retention: what is kept longer than it shall be goes, kind by kind, and what is on hold stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from relay.review.acts import OPERATOR
from relay.review.erasing import Due, ErasureDesk
from relay.review.kinds_of_data import DEFAULT_DAYS, Kind
from relay.storage.recording_files import FOLDER, RecordingFolder
from relay.storage.recording_store import RecordingStore
from relay.storage.retention import RetentionStore
from relay.storage.review_acts import ReviewActStore
from tests.support.kept_sessions import KeptSession, ReviewStage, review_stage
from tests.support.relay_in_process import served_relay


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ReviewStage]:
    async with served_relay(tmp_path / "data") as relay:
        yield await review_stage(relay)


def desk(stage: ReviewStage) -> ErasureDesk:
    return ErasureDesk(stage.relay.database, recordings(stage), lambda: None)


def recordings(stage: ReviewStage) -> RecordingStore:
    return RecordingStore(stage.relay.database, RecordingFolder(stage.relay.data_dir / FOLDER))


async def with_everything(stage: ReviewStage) -> KeptSession:
    """A session that left one of each kind."""
    kept = await stage.keep()
    for kind in ("diagnostics", "chat"):
        attachment = {"kind": kind, "name": kind, "content": b"sealed", "session": kept.session}
        answer = await stage.ask("technician", "POST", f"/api/v1/tickets/{kept.ticket}/attachments", attachment)
        assert answer.status_code == 201, answer.text
    await recordings(stage).append(kept.session, 0, 0, b"sealed film", last=True, now_ms=stage.relay.clock())
    return kept


async def test_each_kind_goes_when_its_own_time_is_over_and_not_before(stage: ReviewStage) -> None:
    kept, retention = await with_everything(stage), desk(stage)
    gone: dict[Kind, int] = {}
    day = 0
    for until in (29, 31, 91, 366, DEFAULT_DAYS[Kind.AUDIT] + 1):
        stage.relay.clock.advance(hours=24 * (until - day))
        day = until
        for due in await retention.expire(stage.relay.clock()):
            gone[due.kind] = until
    assert gone == {Kind.DIAGNOSTICS: 31, Kind.RECORDINGS: 91, Kind.CHAT: 366, Kind.AUDIT: DEFAULT_DAYS[Kind.AUDIT] + 1}
    await stage.sign_everybody_in()
    reviewed = await stage.reviewed(kept.session)
    assert reviewed.found.erased == ("diagnostics", "recordings", "chat", "audit")
    assert {event.sealed_body for event in reviewed.events} == {b""}
    assert {notice.by for notice in reviewed.erasures} == {"Retention"}
    assert await recordings(stage).list(kept.session) == ()


async def test_a_hold_keeps_everything_and_a_dry_look_changes_nothing(stage: ReviewStage) -> None:
    kept, retention = await with_everything(stage), desk(stage)
    acts = ReviewActStore(stage.relay.database)
    await acts.change_hold(kept.session, held=True, reason="court", by=OPERATOR, now_ms=stage.relay.clock())
    stage.relay.clock.advance(hours=24 * 4000)
    due = await retention.due(stage.relay.clock())
    assert {(one.kind, one.on_hold) for one in due} == {(kind, True) for kind in Kind}
    assert await retention.expire(stage.relay.clock()) == ()
    await acts.change_hold(kept.session, held=False, reason="over", by=OPERATOR, now_ms=stage.relay.clock())
    assert len(await retention.due(stage.relay.clock())) == len(Kind)
    assert len(await retention.due(stage.relay.clock())) == len(Kind)
    assert len(await retention.expire(stage.relay.clock())) == len(Kind)
    assert await retention.due(stage.relay.clock()) == ()


async def test_another_time_can_be_set_for_a_kind(stage: ReviewStage) -> None:
    kept, settings = await stage.keep(), RetentionStore(stage.relay.database)
    await settings.change(Kind.AUDIT, 10, by=OPERATOR, now_ms=stage.relay.clock())
    assert (await settings.plan()).days == {**DEFAULT_DAYS, Kind.AUDIT: 10}
    stage.relay.clock.advance(hours=24 * 11)
    assert await desk(stage).due(stage.relay.clock()) == (
        Due(Kind.AUDIT, kept.session, len(kept.events) + 2, on_hold=False),
    )


async def test_attachments_of_others_on_the_ticket_stay(stage: ReviewStage) -> None:
    kept = await stage.keep()
    path = f"/api/v1/tickets/{kept.ticket}/attachments"
    other = {"kind": "contract", "name": "contract.pdf", "content": b"sealed"}
    await stage.ask("technician", "POST", path, other)
    late = {"kind": "screenshot", "name": "old.png", "content": b"sealed"}
    await stage.ask("technician", "POST", path, late)
    await desk(stage).erase(kept.session, by=OPERATOR, basis="asked", now_ms=stage.relay.clock())
    ticket = (await stage.ask("technician", "GET", f"/api/v1/tickets/{kept.ticket}")).json()
    # one that names no session belongs to it by ticket, author and time
    assert [one["name"] for one in ticket["attachments"]] == ["contract.pdf"]
