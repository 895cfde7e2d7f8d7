"""Retention: what is kept longer than it shall be goes, kind by kind, and what is on hold stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from protocol.errors import PeerError
from relay.review.acts import OPERATOR
from relay.review.erasing import Due, ErasureDesk
from relay.review.kinds_of_data import DEFAULT_DAYS, Kind
from relay.storage.feedback import FeedbackStore
from relay.storage.feedback_schema import AbuseReportRow, SurveyRow
from relay.storage.recording_files import FOLDER, RecordingFolder
from relay.storage.recording_store import RecordingStore
from relay.storage.retention import RetentionStore
from relay.storage.review_acts import ReviewActStore
from relay.storage.schema import MailboxRow
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
    await tell(stage, kept)
    return kept


async def tell(stage: ReviewStage, kept: KeptSession) -> None:
    """Write a report and the answers to the survey, as the customer did afterwards."""
    async with stage.relay.database.writing() as session:
        at_ms = stage.relay.clock()
        session.add(AbuseReportRow(session_id=kept.session, at_ms=at_ms, text="They asked for my bank's password."))
        session.add(SurveyRow(session_id=kept.session, at_ms=at_ms, stars=1, text="It was odd."))


async def texts_kept(stage: ReviewStage) -> list[str]:
    async with stage.relay.database.reading() as session:
        return [*await session.scalars(select(AbuseReportRow.text)), *await session.scalars(select(SurveyRow.text))]


async def test_what_the_customer_wrote_is_erased_with_the_session_and_none_of_it_comes_back(stage: ReviewStage) -> None:
    kept, other = await with_everything(stage), await stage.keep()
    await tell(stage, other)
    await desk(stage).erase(kept.session, by=OPERATOR, basis="asked", now_ms=stage.relay.clock())
    assert await texts_kept(stage) == ["They asked for my bank's password.", "It was odd."], "the other session's"
    (notice,) = (await stage.reviewed(kept.session)).erasures
    assert (notice.scope, notice.feedback) == ("session", 2)
    token = b"t" * 32
    async with stage.relay.database.writing() as session:
        mailbox = await session.scalar(select(MailboxRow).where(MailboxRow.session_id == kept.session))
        assert mailbox is not None
        mailbox.customer_token = token
    with pytest.raises(PeerError) as refused:
        await FeedbackStore(stage.relay.database).report(kept.session, token, "more", stage.relay.clock())
    assert refused.value.code == "token_invalid"


async def test_a_hold_keeps_what_the_customer_wrote_inside_the_database_too(stage: ReviewStage) -> None:
    kept = await with_everything(stage)
    acts = ReviewActStore(stage.relay.database)
    await acts.change_hold(kept.session, held=True, reason="court", by=OPERATOR, now_ms=stage.relay.clock())
    for table in (AbuseReportRow, SurveyRow):
        with pytest.raises(IntegrityError, match="on hold"):
            async with stage.relay.database.writing() as session:
                await session.execute(delete(table).where(table.session_id == kept.session))
    assert len(await texts_kept(stage)) == 2


async def test_each_kind_goes_when_its_own_time_is_over_and_not_before(stage: ReviewStage) -> None:
    kept, retention = await with_everything(stage), desk(stage)
    gone: dict[Kind, int] = {}
    day = 0
    for until in (29, 31, 91, 366, DEFAULT_DAYS[Kind.AUDIT] + 1):
        stage.relay.clock.advance(hours=24 * (until - day))
        day = until
        for due in await retention.expire(stage.relay.clock()):
            gone[due.kind] = until
    assert gone == {
        Kind.DIAGNOSTICS: 31,
        Kind.RECORDINGS: 91,
        Kind.CHAT: 366,
        Kind.FEEDBACK: 366,
        Kind.AUDIT: DEFAULT_DAYS[Kind.AUDIT] + 1,
    }
    assert await texts_kept(stage) == []
    await stage.sign_everybody_in()
    reviewed = await stage.reviewed(kept.session)
    assert reviewed.found.erased == ("diagnostics", "recordings", "chat", "feedback", "audit")
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
