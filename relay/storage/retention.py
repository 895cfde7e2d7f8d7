"""For how long each kind of data is kept, on disk."""

from sqlalchemy import select

from relay.review.acts import Act, By
from relay.review.kinds_of_data import Kind, RetentionPlan, retention_plan
from relay.storage.engine import Database
from relay.storage.log_acts import note_act
from relay.storage.review_schema import RetentionRow


class RetentionStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self) -> RetentionPlan:
        """Return what was set, else the defaults."""
        async with self._database.reading() as session:
            return retention_plan({row.kind: row.days for row in await session.scalars(select(RetentionRow))})

    async def change(self, kind: Kind, days: int, *, by: By, now_ms: int) -> None:
        """Keep data of `kind` for so many days from now on; the change is noted for the log."""
        act = Act("config", "", by, now_ms, {"retention": kind.value, "days": days})
        async with self._database.writing() as session:
            await session.merge(RetentionRow(kind=kind.value, days=days))
            await note_act(session, act.leaf())
