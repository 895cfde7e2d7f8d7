"""Messages of one channel in the order they came, each only when the signed events it speaks of are here.

Channels keep no order between each other: a message may overtake its event, which travels on `control`.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from protocol.audit.events import other_lane
from protocol.audit.session_record import SessionRecord
from protocol.errors import PeerError
from protocol.messages.diagnostics import DiagnosticsMessage, DiagnosticsReport, DiagnosticsRequested

MAX_WAITING = 256

M = TypeVar("M")


class EventInbox(Generic[M]):
    """Keeps messages for as long as the session lasts.

    `events_of` names the events of the sender's lane a message speaks of, `holds` says whether all of them are here
    (a negative number stands for none), and `handle` gets the message then, one after the other.
    """

    def __init__(
        self,
        *,
        events_of: Callable[[M], tuple[int, ...]],
        holds: Callable[..., bool],
        handle: Callable[[M], Awaitable[None]],
    ) -> None:
        self._events_of = events_of
        self._holds = holds
        self._handle = handle
        self._waiting: deque[M] = deque()

    async def take(self, message: M) -> None:
        """Handle a message that came, now or when its events are here.

        Raises:
            PeerError: too many wait (`too_many_messages`), or what `handle` says.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise PeerError("too many messages wait for their events", code="too_many_messages")
        self._waiting.append(message)
        await self.recorded()

    async def recorded(self) -> None:
        """An event of the other side came: what waited for it goes on.

        Raises:
            PeerError: what `handle` says.
        """
        while self._waiting and self._holds(*self._events_of(self._waiting[0])):
            await self._handle(self._waiting.popleft())


def diagnostics_inbox(
    record: SessionRecord, handle: Callable[[DiagnosticsMessage], Awaitable[None]]
) -> EventInbox[DiagnosticsMessage]:
    """Return an inbox for the channel `diagnostics`: a request waits for its question, a report for `diag.sent`."""
    lane = other_lane(record.lane)

    def holds(*seqs: int) -> bool:
        return all(record.event(lane, seq) is not None for seq in seqs)

    return EventInbox(events_of=_events_of_diagnostics, holds=holds, handle=handle)


def _events_of_diagnostics(message: DiagnosticsMessage) -> tuple[int, ...]:
    match message:
        case DiagnosticsRequested(event_seq=seq) | DiagnosticsReport(event_seq=seq):
            return (seq,)
    return ()
