"""`deskside-relay retention`: what is kept longer than it shall be goes, or is only listed."""

from collections.abc import Sequence
from pathlib import Path

from relay.clock import Clock
from relay.commands.review_desk import ReviewDesk, with_review
from relay.commands.terminal import write_line, write_table
from relay.review.acts import OPERATOR
from relay.review.erasing import Due
from relay.review.kinds_of_data import Kind, RetentionPlan, parse_setting


def apply_retention(data_dir: Path, clock: Clock, *, dry_run: bool) -> int:
    """Erase what is due, or with `dry_run` only list it; return the exit code.

    Raises:
        EnvironmentFault: the storage refuses.
    """

    async def act(desk: ReviewDesk) -> tuple[RetentionPlan, tuple[Due, ...]]:
        plan = await desk.retention.plan()
        return plan, await (desk.erasing.due(clock()) if dry_run else desk.erasing.expire(clock()))

    plan, found = with_review(data_dir, clock, act)
    _write_plan(plan)
    going = [one for one in found if not one.on_hold]
    write_table(
        ("KIND", "SESSION", "ITEMS", "STATE"),
        [(one.kind.value, one.session, str(one.items), _state(one, dry_run=dry_run)) for one in found],
    )
    write_line(f"{len(going)} would go. Nothing was changed." if dry_run else f"{len(going)} erased.")
    return 0


def set_retention(data_dir: Path, clock: Clock, *, settings: Sequence[str]) -> int:
    """Keep data as long as `settings` (like `chat=365`, in days) say from now on; return the exit code.

    Raises:
        PeerError: not a setting; then none of them is changed.
        EnvironmentFault: the storage refuses.
    """
    wanted = [parse_setting(text) for text in settings]

    async def act(desk: ReviewDesk) -> RetentionPlan:
        for kind, days in wanted:
            await desk.retention.change(kind, days, by=OPERATOR, now_ms=clock())
        return await desk.retention.plan()

    _write_plan(with_review(data_dir, clock, act))
    return 0


def _write_plan(plan: RetentionPlan) -> None:
    write_line("Kept for: " + ", ".join(f"{kind.value} {plan.days[kind]} days" for kind in Kind))


def _state(due: Due, *, dry_run: bool) -> str:
    if due.on_hold:
        return "on hold, stays"
    return "would go" if dry_run else "erased"
