"""What became of each file of a session, told from its `file.*` events. Pure.

`file.sent` is written before the first byte leaves and says no more than that: a file has moved when its receiver wrote
`file.received`, or, for who holds only the sender's lane, when no `file.cancelled` follows.

Names come from the record: they were written by strangers, and are escaped where they are shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from protocol.audit.events import Event, EventType, other_lane

_ANSWERS = (EventType.FILE_ACCEPTED, EventType.FILE_DECLINED, EventType.FILE_RECEIVED)
"""They name the offer they answer, so each tells the file's story even where the others are withheld."""

_UNITS = ((1024 * 1024, "MB"), (1024, "KB"), (1, "bytes"))


class Recorded(Protocol):
    """An event and its body, None when that is withheld: what is held of it, or proven."""

    @property
    def event(self) -> Event:
        """The event."""

    @property
    def body(self) -> Mapping[str, object] | None:
        """Its body."""


@dataclass
class FileStory:
    """One file that was offered by the party of lane `offered_by`, as far as the events given tell.

    `cancelled_after` is how many bytes had moved when it was given up, None when it was not.
    """

    name: str
    size_bytes: int
    sha256: str
    offered_by: str
    answered: str = ""
    """`accepted` or `declined`; empty when no answer is recorded."""
    began: bool = False
    received: bool = False
    cancelled_after: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of it moved."""
        return self.received or (self.began and self.cancelled_after is None)

    @property
    def outcome(self) -> str:
        """What became of it, like `cancelled after 2 of 8 MB`."""
        if self.received:
            return "received and checked"
        if self.cancelled_after is not None:
            return f"cancelled after {amount_words(self.cancelled_after, self.size_bytes)}"
        if self.began:
            return "began to move; no end is recorded"
        return self.answered or "only offered"


def amount_words(moved_bytes: int, size_bytes: int) -> str:
    """Return how much of a file has moved, like `2 of 8 MB`, in the unit of its size."""
    unit, word = next(((unit, word) for unit, word in _UNITS if size_bytes >= unit), _UNITS[-1])
    moved, size = (f"{count / unit:.1f}".removesuffix(".0") for count in (moved_bytes, size_bytes))
    return f"{moved} of {size} {word}"


def file_stories(events: Iterable[Recorded]) -> tuple[FileStory, ...]:
    """Return the files `events` speak of; each lane's events in their order, of one lane or of both.

    What is withheld is left out. A cancellation belongs to the newest transfer of that file in its lane.
    """
    stories: dict[tuple[str, int], FileStory] = {}
    newest: dict[tuple[str, object], FileStory] = {}
    for held in events:
        lane, body = held.event.lane, held.body
        if body is None or not held.event.type.value.startswith("file."):
            continue
        place = (lane, body.get("sha256"))
        if held.event.type is EventType.FILE_OFFERED:
            newest[place] = stories.setdefault((lane, held.event.seq), _begun(body, lane))
        elif held.event.type in _ANSWERS:
            offerer = other_lane(lane)
            newest[place] = stories.setdefault((offerer, held.event.req), _begun(body, offerer))
        if place in newest:
            _go_on(newest[place], held.event, body)
    return tuple(stories.values())


def _begun(body: Mapping[str, object], offered_by: str) -> FileStory:
    size = body.get("size_bytes")
    return FileStory(
        name=str(body.get("name", "")),
        size_bytes=size if isinstance(size, int) else 0,
        sha256=str(body.get("sha256", "")),
        offered_by=offered_by,
    )


def _go_on(story: FileStory, event: Event, body: Mapping[str, object]) -> None:
    match event.type:
        case EventType.FILE_ACCEPTED:
            story.answered = "accepted"
        case EventType.FILE_DECLINED:
            story.answered = "declined"
        case EventType.FILE_SENT:
            story.began = True
        case EventType.FILE_RECEIVED:
            story.received = True
        case EventType.FILE_CANCELLED:
            moved = body.get("moved_bytes")
            if event.lane != story.offered_by:
                story.received = False  # its receiver knows: given up at the very last moment
            story.cancelled_after = moved if isinstance(moved, int) else 0
