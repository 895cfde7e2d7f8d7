"""`deskside-relay erase`: delete what a session left behind, on request of the person it is about."""

from pathlib import Path

from protocol.errors import PeerError
from protocol.ids import parse_session_id
from protocol.messages.review_api import ErasureNotice
from relay.clock import Clock
from relay.commands.review_desk import ReviewDesk, with_review
from relay.commands.terminal import write_line
from relay.review.acts import OPERATOR

MAX_WORDS = 4000


def erase_session(data_dir: Path, clock: Clock, *, session: str, basis: str) -> int:
    """Erase `session` and those of colleagues who joined it, under `basis`; return the exit code.

    Raises:
        PeerError: no such session, on hold, still running, or no basis.
        EnvironmentFault: the storage refuses.
    """
    wanted, words = parse_session_id(session), required_words(basis, "--basis")

    async def act(desk: ReviewDesk) -> ErasureNotice:
        await desk.erasing.erase(wanted, by=OPERATOR, basis=words, now_ms=clock())
        return (await desk.store.care(wanted)).erasures[-1]

    notice = with_review(data_dir, clock, act)
    write_line(
        f"Erased session {wanted}: {notice.bodies} details of events, {notice.keys} keys, {notice.attachments} "
        f"attachments, {notice.recordings} recordings, {notice.feedback} texts of "
        "the customer. The signed events and their proofs stay."
    )
    write_line("Copies in backups of the data folder go with the backups: delete those within 35 days.")
    return 0


def required_words(text: str, option: str) -> str:
    """Return `text` without spaces around it.

    Raises:
        PeerError: empty or longer than 4000 characters (`invalid_request`).
    """
    words = text.strip()
    if not 1 <= len(words) <= MAX_WORDS:
        raise PeerError(option, code="invalid_request", user_text=f"{option} says why, in 1 to {MAX_WORDS} characters.")
    return words
