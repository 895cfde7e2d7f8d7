"""Which signed events a message of the channel `files` speaks of: it is handled when they are here."""

from collections.abc import Awaitable, Callable

from protocol.messages.files import FileAnswered, FileOffered, FileSaved, FilesMessage, FilesWanted
from protocol.transport.event_inbox import EventInbox
from protocol.transport.files.records import FileRecords


def files_inbox(records: FileRecords, handle: Callable[[FilesMessage], Awaitable[None]]) -> EventInbox[FilesMessage]:
    """Return an inbox for the channel `files`."""
    return EventInbox(events_of=_events_of, holds=records.holds, handle=handle)


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
