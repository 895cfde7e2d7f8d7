"""Policy sentences over a selection of sessions, one after another, with progress. Network thread."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from protocol.audit.assertions import AssertedSession, Assertion, Breach, Outcome, check_assertions, outcome
from protocol.errors import DesksideError
from technician_app.controllers.review_reader import ReadSession, ReviewReader


@dataclass(frozen=True)
class PolicyResult:
    """How the sentences stand for the `done` of `total` sessions that were looked at so far.

    `unread` says of a session why it could not be looked at, `tickets` which ticket each of the others is about.
    `running`: more will come.
    """

    total: int
    done: int = 0
    running: bool = True
    breaches: tuple[Breach, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    tickets: Mapping[str, str] = field(default_factory=dict)

    def outcome_of(self, assertion: Assertion) -> Outcome:
        """Return how one sentence stands; it cannot hold for what was not read or not looked at yet."""
        found = outcome(assertion, self.breaches)
        incomplete = self.unread or self.done < self.total
        return Outcome.UNKNOWN if found is Outcome.HOLDS and incomplete else found

    def breaches_of(self, assertion: Assertion) -> tuple[Breach, ...]:
        """Return where one sentence does not hold or cannot be judged, failures first."""
        found = [each for each in self.breaches if each.assertion is assertion]
        return tuple(sorted(found, key=lambda each: each.outcome is not Outcome.FAILS))


async def run_policy(
    reader: ReviewReader, sessions: Sequence[str], publish: Callable[[PolicyResult], None]
) -> PolicyResult:
    """Read, verify and judge every session, and return the result; stops when cancelled.

    A session that cannot be read is told, not raised.
    """
    result = PolicyResult(len(sessions))
    publish(result)
    for session in sessions:
        try:
            read = await reader.read(session)
        except DesksideError as error:
            result = replace(result, unread=(*result.unread, (session, error.user_text)))
        else:
            found = await asyncio.to_thread(_judged, read)
            tickets = {**result.tickets, session: read.reviewed.found.ticket}
            result = replace(result, breaches=result.breaches + found, tickets=tickets)
        result = replace(result, done=result.done + 1)
        publish(result)
    result = replace(result, running=False)
    publish(result)
    return result


def _judged(read: ReadSession) -> tuple[Breach, ...]:
    examined = read.evidence.examined
    # receipts that cannot be checked here, for want of the log's certificate, are neither there nor missing
    unknown = bool(read.reviewed.receipts) and not read.evidence.log_certificate
    asserted = AssertedSession(
        verification=examined.verification,
        lanes=examined.verification.lanes,
        ticket_state=read.reviewed.found.ticket_state_at_opening,
        receipts=None if unknown else len(examined.proven),
    )
    return check_assertions([asserted])
