"""One side's view of what two people write to each other: texts, delivery marks, what to send again. Pure.

Both programs keep one. A text is known by its sender and number, so that whatever comes twice changes nothing.
"""

from dataclasses import dataclass, replace
from enum import Enum

from protocol.clean_text import clean_text
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.chat import MAX_CHAT_CHARACTERS, ChatDelivered, ChatMessage, ChatSeen, ChatSent

MAX_TEXTS = 1000
"""Of one person in one session: more is no conversation."""

BURST_TEXTS = 40
TEXTS_PER_S = 1.0
"""Nobody writes faster than this for long."""

ARRIVING_BURST = 200
"""Of the other side: all it may write during the longest outage comes at once."""


class Mark(Enum):
    """How far an own text has come."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"


_ORDER = list(Mark)


@dataclass(frozen=True)
class ChatLine:
    """One text. `mark` is that of an own text; what came is `DELIVERED`, and `SEEN` once it was on screen here."""

    mine: bool
    id: int
    text: str
    at_ms: int
    mark: Mark


class Allowance:
    """How many texts may still come: a bucket of `burst` that fills with TEXTS_PER_S. Time is passed in."""

    def __init__(self, burst: int) -> None:
        self._burst = burst
        self._left = float(burst)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Take one at `now` (monotonic seconds); return whether there was one."""
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * TEXTS_PER_S)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class ChatLog:
    """The texts of both people in the order they came here."""

    def __init__(self) -> None:
        self._lines: list[ChatLine] = []
        self._mine: dict[int, int] = {}
        self._came = 0
        self._seen_here = 0
        self._writing = Allowance(BURST_TEXTS)
        self._arriving = Allowance(ARRIVING_BURST)

    @property
    def lines(self) -> tuple[ChatLine, ...]:
        """Every text, oldest first."""
        return tuple(self._lines)

    @property
    def unread(self) -> int:
        """How many texts of the other person were not on screen yet."""
        return sum(not line.mine and line.mark is not Mark.SEEN for line in self._lines)

    def write(self, text: str, *, at_ms: int, now: float) -> ChatSent:
        """Take a text of this side's person, cleaned, and return what is to be sent.

        Raises:
            EnvironmentFault: nothing is left of it (`chat_empty`), it is too long (`chat_too_long`), or there are too
                many (`chat_too_many`).
        """
        cleaned = clean_text(text).strip()
        if not cleaned:
            raise EnvironmentFault("an empty text", code="chat_empty", user_text="There is nothing to send.")
        if len(cleaned) > MAX_CHAT_CHARACTERS:
            limit = f"This is too long to send at once. The limit is {MAX_CHAT_CHARACTERS} characters."
            raise EnvironmentFault(f"{len(cleaned)} characters", code="chat_too_long", user_text=limit)
        if len(self._mine) >= MAX_TEXTS or not self._writing.take(now):
            raise EnvironmentFault(
                "too many texts", code="chat_too_many", user_text="That was a lot at once. Please wait a little."
            )
        sent = ChatSent(len(self._mine) + 1, cleaned, at_ms)
        self._mine[sent.id] = len(self._lines)
        self._lines.append(ChatLine(True, sent.id, cleaned, at_ms, Mark.WAITING))
        return sent

    def left(self, id: int) -> None:
        """The own text `id` was handed to the line."""
        self._advance(id, Mark.SENT)

    def receive(self, message: ChatMessage, *, now: float) -> bool:
        """Take a text or a mark of the other side; return whether anything changed.

        Raises:
            PeerError: a mark for a text that was never written (`chat_impossible`), or too many texts
                (`too_many_messages`).
        """
        match message:
            case ChatSent():
                return self._take(message, now)
            case ChatDelivered(id=id):
                return self._confirm(id, Mark.DELIVERED)
            case ChatSeen(id=id):
                return self._confirm(id, Mark.SEEN)
        raise PeerError(f"{type(message).__name__} in a conversation", code="not_allowed")

    def marks(self) -> list[ChatDelivered | ChatSeen]:
        """Return what tells the other side how far its texts have come."""
        told: list[ChatDelivered | ChatSeen] = [ChatDelivered(self._came)] if self._came else []
        return [*told, ChatSeen(self._seen_here)] if self._seen_here else told

    def see(self) -> ChatSeen | None:
        """Everything is on screen here now; return what tells the other side, None when that is nothing new."""
        if self._seen_here == self._came:
            return None
        self._seen_here = self._came
        self._lines = [line if line.mine else replace(line, mark=Mark.SEEN) for line in self._lines]
        return ChatSeen(self._came)

    def own(self) -> list[ChatSent]:
        """Return every own text, oldest first."""
        return [ChatSent(line.id, line.text, line.at_ms) for line in self._lines if line.mine]

    def waiting(self) -> list[ChatSent]:
        """Return the own texts that were not handed to the line, oldest first."""
        waiting = {line.id for line in self._lines if line.mine and line.mark is Mark.WAITING}
        return [sent for sent in self.own() if sent.id in waiting]

    def line_changed(self) -> None:
        """There is another line: own texts of which it is not known that they arrived wait again."""
        for place in self._mine.values():
            if self._lines[place].mark is Mark.SENT:
                self._lines[place] = replace(self._lines[place], mark=Mark.WAITING)

    def _take(self, message: ChatSent, now: float) -> bool:
        if message.id <= self._came:
            return False
        came = len(self._lines) - len(self._mine)
        if came >= MAX_TEXTS or not self._arriving.take(now):
            raise PeerError(f"{came} texts", code="too_many_messages")
        self._came = message.id
        self._lines.append(ChatLine(False, message.id, message.text, message.at_ms, Mark.DELIVERED))
        return True

    def _confirm(self, id: int, mark: Mark) -> bool:
        if id > len(self._mine):
            raise PeerError(f"{mark.value} {id} of {len(self._mine)} texts", code="chat_impossible")
        advanced = False
        while id and self._advance(id, mark):
            advanced, id = True, id - 1
        return advanced

    def _advance(self, id: int, mark: Mark) -> bool:
        place = self._mine[id]
        line = self._lines[place]
        if _ORDER.index(line.mark) >= _ORDER.index(mark):
            return False
        self._lines[place] = replace(line, mark=mark)
        return True
