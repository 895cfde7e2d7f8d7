"""Messages about files in the order they came, each only when the signed events it speaks of are here.

Channels keep no order between each other: a message on `files` may overtake its event, which travels on `control`.
"""

from collections import deque

from protocol.errors import PeerError
from protocol.messages.files import FileAnswered, FileOffered, FileSaved, FilesMessage, FilesWanted
from protocol.transport.files.records import FileRecords

MAX_WAITING = 256


class FilesInbox:
    """Waits for events as long as the session lasts; `next` is called whenever one may have come."""

    def __init__(self, records: FileRecords) -> None:
        self._records = records
        self._waiting: deque[FilesMessage] = deque()

    def take(self, message: FilesMessage) -> None:
        """Keep a message that came.

        Raises:
            PeerError: too many wait (`too_many_messages`).
        """
        if len(self._waiting) >= MAX_WAITING:
            raise PeerError("too many messages about files", code="too_many_messages")
        self._waiting.append(message)

    def next(self) -> FilesMessage | None:
        """Return the next message that can be handled; None when there is none, or its event is missing."""
        if not self._waiting or not self._records.holds(*_events_of(self._waiting[0])):
            return None
        return self._waiting.popleft()


def _events_of(message: FilesMessage) -> tuple[int, ...]:
    """Return the events of the sender's lane that `message` speaks of."""
    match message:
        case FileOffered(event_seq=seq, ask_seq=ask_seq):
            return seq, ask_seq
        case FileAnswered(event_seq=seq) | FileSaved(event_seq=seq):
            return (seq,)
        case FilesWanted(ask_seq=seq):
            return (seq,)
    return ()
