"""Erasing sessions on request and when their time is over. Runs on the relay's event loop, or in a command."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from protocol.errors import PeerError
from relay.review.acts import RETENTION, By
from relay.review.kinds_of_data import Kind, RetentionPlan
from relay.storage.engine import Database
from relay.storage.erasure import DueSession, ErasureStore
from relay.storage.retention import RetentionStore

_log = logging.getLogger(__name__)


class RecordingShelf(Protocol):
    """Where recordings of sessions are kept."""

    async def erase(self, session_id: str) -> int:
        """Delete every recording of a session and return how many there were."""

    async def older_than(self, before_ms: int) -> Mapping[str, int]:
        """Return how many recordings that were made before this moment each session has."""


@dataclass(frozen=True)
class Due:
    """Data of one kind of one session that is kept longer than it shall be."""

    kind: Kind
    session: str
    items: int
    on_hold: bool


class ErasureDesk:
    """Deletes for good: from the tables, from the journal of the database, and from the store of recordings."""

    def __init__(self, database: Database, recordings: RecordingShelf, log_wanted: Callable[[], None]) -> None:
        """`log_wanted` is called when an erasure is on disk and its leaf waits for the log."""
        self._database = database
        self._store = ErasureStore(database)
        self._settings = RetentionStore(database)
        self._recordings = recordings
        self._log_wanted = log_wanted

    async def erase(self, session_id: str, *, by: By, basis: str, now_ms: int) -> None:
        """Erase a session and those of colleagues who joined it.

        Raises:
            PeerError: `not_found`, `session_on_hold`, `session_running`.
        """
        sessions = await self._store.affected(session_id)
        recordings = sum([await self._recordings.erase(one) for one in sessions])
        await self._store.erase(session_id, by=by, basis=basis, recordings=recordings, now_ms=now_ms)
        await self._database.forget_deleted()
        self._log_wanted()
        _log.info("session erased", extra={"session": session_id, "by": by.role})

    async def due(self, now_ms: int) -> tuple[Due, ...]:
        """Return what is kept longer than it shall be, and what of it a hold keeps all the same."""
        return await self._due(await self._settings.plan(), now_ms)

    async def expire(self, now_ms: int) -> tuple[Due, ...]:
        """Erase what is kept longer than it shall be and is not on hold; return it."""
        plan = await self._settings.plan()
        gone = [
            one for one in await self._due(plan, now_ms) if not one.on_hold and await self._expire(one, plan, now_ms)
        ]
        if gone:
            await self._database.forget_deleted()
            self._log_wanted()
            _log.info("retention", extra={"erased": len(gone)})
        return tuple(gone)

    async def _due(self, plan: RetentionPlan, now_ms: int) -> tuple[Due, ...]:
        found: list[Due] = []
        for kind in Kind:
            for one in await self._due_of(kind, plan.before_ms(kind, now_ms)):
                found.append(Due(kind, one.session, one.items, one.on_hold))
        return tuple(found)

    async def _due_of(self, kind: Kind, before_ms: int) -> tuple[DueSession, ...]:
        if kind is not Kind.RECORDINGS:
            return await self._store.due(kind, before_ms)
        old = await self._recordings.older_than(before_ms)
        return tuple([DueSession(one, count, await self._store.held(one)) for one, count in old.items()])

    async def _expire(self, due: Due, plan: RetentionPlan, now_ms: int) -> bool:
        basis, before_ms = plan.basis(due.kind), plan.before_ms(due.kind, now_ms)
        try:
            if due.kind is Kind.RECORDINGS:
                count = await self._recordings.erase(due.session)
                await self._store.note_recordings(due.session, count, by=RETENTION, basis=basis, now_ms=now_ms)
            else:
                await self._store.expire(
                    due.kind, due.session, by=RETENTION, basis=basis, before_ms=before_ms, now_ms=now_ms
                )
        except PeerError as error:
            _log.info("retention waits", extra={"session": due.session, "code": error.code})
            return False
        return True
