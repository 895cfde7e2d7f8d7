"""What the recorder takes from a running session: where each thing comes in, with its time. Network thread.

Nothing here waits or raises: a session must not notice that it is recorded.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from protocol.picture.updates import can_be_read_from
from protocol.recording.entries import (
    DisplaySize,
    Entry,
    EntryKind,
    Marker,
    MarkerKind,
    VoicePacket,
    pack_note,
    pack_voice,
)
from protocol.transport.voice.codec import ReceivedVoice
from technician_app.recording.picture_tap import StillPicture

MAX_WAITING_BYTES = 96 * 1024 * 1024
"""More than this, and the disk is too slow to record on."""

OLDEST_STATE_S = 9.0
"""The customer's side makes a place to read from every eight seconds; one that does not is asked for it."""


@dataclass(frozen=True, slots=True)
class FullState:
    """The whole picture just before the update that follows; None while there was none. With what goes along."""

    t_ms: int
    picture: StillPicture | None
    beside: tuple[Entry, ...]

    @property
    def size_bytes(self) -> int:
        """How much memory it takes."""
        return 0 if self.picture is None else len(self.picture.pixels)


class Taking:
    """Collects entries until `take` asks for them. Nothing is collected while `paused`, but for the pause itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._waiting: deque[Entry | FullState] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._readable = False
        self._state_at = self._began
        self._paused = False
        self._shape: bytes | None = None
        self._place: bytes | None = None
        self._display: bytes | None = None
        self.skipped_at: float | None = None
        """When the first update came that cannot be shown, or is far from a full state (the clock's seconds)."""
        self.overrun = False
        """More came than could be written."""

    @property
    def now_ms(self) -> int:
        """Milliseconds since the recording began."""
        return int((self._clock() - self._began) * 1000)

    @property
    def has_state(self) -> bool:
        """Whether the picture can be shown from somewhere on."""
        return self._readable

    # --- what comes

    def wants_state(self, update: bytes) -> bool:
        """Return whether the picture as it is before `update` has to be known."""
        return not self._paused and can_be_read_from(update)

    def update_came(self, update: bytes, before: StillPicture | None) -> None:
        """Take an update of the screen stream; `before` is the picture before it if that was wanted."""
        if self._paused:
            self._readable = False
            return
        if can_be_read_from(update):
            self._readable, self.skipped_at, self._state_at = True, None, self._clock()
            self._put(FullState(self.now_ms, before, self._beside()))
        if self._readable:
            self._entry(EntryKind.UPDATE, update)
        far = self._clock() - self._state_at > OLDEST_STATE_S
        if self.skipped_at is None and (far or not self._readable):
            self.skipped_at = self._clock()

    def picture_lost(self) -> None:
        """What was shown is not known any more; the next epoch begins it anew."""
        self._readable = False

    def cursor_came(self, data: bytes, *, is_shape: bool) -> None:
        """Take a message of the cursor channel."""
        if is_shape:
            self._shape = data
        else:
            self._place = data
        if not self._paused:
            self._entry(EntryKind.CURSOR, data)

    def display_described(self, width: int, height: int) -> None:
        """Take the size of the customer's display."""
        self._display = pack_note(DisplaySize(width, height))
        if not self._paused:
            self._entry(EntryKind.DISPLAY, self._display)

    def voice_came(self, received: ReceivedVoice) -> None:
        """Take a packet of the customer's voice."""
        if not self._paused:
            frames = tuple((frame.age_samples, frame.data) for frame in received.frames)
            self._entry(EntryKind.VOICE, pack_voice(VoicePacket(True, received.timestamp, frames)))

    def voice_went(self, timestamp: int, data: bytes) -> None:
        """Take 20 ms of the technician's own voice."""
        if not self._paused:
            self._entry(EntryKind.VOICE, pack_voice(VoicePacket(False, timestamp, ((0, data),))))

    def note(self, kind: EntryKind, body: bytes) -> None:
        """Take a marker or a chat text."""
        if not self._paused:
            self._entry(kind, body)

    def pause(self, paused: bool, why: str = "") -> None:
        """Sharing was paused, or goes on: nothing between is kept but `why`, a sentence."""
        if paused != self._paused:
            self._paused = paused
            marker = Marker(MarkerKind.PAUSED, why) if paused else Marker(MarkerKind.RESUMED)
            self._entry(EntryKind.MARKER, pack_note(marker))

    def hide(self, count: int) -> None:
        """So many windows and areas are painted over at the customer's side."""
        words = "" if not count else "One area is hidden by the customer" if count == 1 else f"{count} areas are hidden"
        self._entry(EntryKind.MARKER, pack_note(Marker(MarkerKind.REDACTED, words)))

    # --- what is written

    async def wait(self, seconds: float) -> None:
        """Return when there is something to take, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def take(self) -> Entry | FullState | None:
        """Return the oldest thing that waits; None when nothing does."""
        if not self._waiting:
            self._news.clear()
            return None
        item = self._waiting.popleft()
        self._waiting_bytes -= _size(item)
        return item

    def _beside(self) -> tuple[Entry, ...]:
        """Return what has to be known besides the picture to show the screen from here on."""
        now = self.now_ms
        beside = ((EntryKind.DISPLAY, self._display), (EntryKind.CURSOR, self._shape), (EntryKind.CURSOR, self._place))
        return tuple(Entry(kind, now, body) for kind, body in beside if body is not None)

    def _entry(self, kind: EntryKind, body: bytes) -> None:
        self._put(Entry(kind, self.now_ms, body))

    def _put(self, item: Entry | FullState) -> None:
        if self._waiting_bytes + _size(item) > MAX_WAITING_BYTES:
            self.overrun = True
        if not self.overrun:
            self._waiting.append(item)
            self._waiting_bytes += _size(item)
        self._news.set()


def _size(item: Entry | FullState) -> int:
    return item.size_bytes if isinstance(item, FullState) else len(item.body)
