"""`deskside-relay hold`: keep a session from erasure and retention, let it go again, or say how it stands."""

from pathlib import Path

from protocol.ids import parse_session_id
from protocol.messages.review_api import SessionCare
from relay.clock import Clock
from relay.commands.erase import required_words
from relay.commands.review_desk import ReviewDesk, with_review
from relay.commands.terminal import write_line, write_table
from relay.review.acts import OPERATOR


def change_hold(data_dir: Path, clock: Clock, *, session: str, held: bool, reason: str) -> int:
    """Set (`held`) or lift the legal hold of `session`; return the exit code.

    Raises:
        PeerError: no such session, it stands like that already, or no reason.
        EnvironmentFault: the storage refuses.
    """
    wanted, words = parse_session_id(session), required_words(reason, "--reason")

    async def act(desk: ReviewDesk) -> None:
        await desk.store.care(wanted)
        await desk.acts.change_hold(wanted, held=held, reason=words, by=OPERATOR, now_ms=clock())

    with_review(data_dir, clock, act)
    write_line(f"Session {wanted} is on hold." if held else f"Session {wanted} is not on hold any more.")
    return 0


def show_hold(data_dir: Path, clock: Clock, *, session: str) -> int:
    """Write every hold that was set on `session` or lifted; return the exit code.

    Raises:
        PeerError: no such session.
        EnvironmentFault: the storage refuses.
    """
    wanted = parse_session_id(session)

    async def act(desk: ReviewDesk) -> SessionCare:
        return await desk.store.care(wanted)

    care = with_review(data_dir, clock, act)
    rows = [(one.at, "set" if one.held else "lifted", one.by, one.reason) for one in care.holds]
    write_table(("AT", "HOLD", "BY", "REASON"), rows)
    return 0
