"""What the watchdog decides. Pure: time is passed in (monotonic seconds), acts are returned."""

from dataclasses import dataclass

from customer_client.watchdog.frames import Frame, Word

SILENCE_S = 0.16
"""While keys are held the program is heard every `HEARTBEAT_S`; after this long without, the keys are released."""
HEARTBEAT_S = 0.04
BLOCK_WITHIN_S = 0.15
"""After the panic keys, capture and injection must have stopped within this long, or the program is killed."""
STOP_WITHIN_S = 2.0
"""... and its network thread must have heard of it within this long."""
LET_GO_WITHIN_S = 2.0
"""Where only the program itself can let go of keys: told to, it must be heard within this long, or it is killed."""


@dataclass(frozen=True)
class Release:
    """Release these, each a (KEY_UP or BUTTON_UP, keycode or button number)."""

    held: tuple[tuple[Word, int], ...]


@dataclass(frozen=True)
class Tell:
    """Say this to the program."""

    word: Word


@dataclass(frozen=True)
class Kill:
    """End the program at once, whatever it is doing."""

    because: str


Act = Release | Tell | Kill

_UP = {Word.KEY_DOWN: Word.KEY_UP, Word.BUTTON_DOWN: Word.BUTTON_UP}


class Vigil:
    """Knows what is held, when the program was last heard, and what it still has to confirm.

    Without `releases` only the program itself can let go of keys, and the system when the program has ended: one that
    is told to and is not heard again is killed.
    """

    def __init__(self, *, releases: bool = True) -> None:
        self._releases = releases
        self._end_by: float | None = None
        self._held: dict[tuple[Word, int], None] = {}
        self._heard_at = 0.0
        self._block_by: float | None = None
        self._stop_by: float | None = None

    @property
    def due(self) -> float | None:
        """When `tick` has something to do unless the program is heard before; None: never."""
        times = [at for at in (self._block_by, self._stop_by, self._end_by) if at is not None]
        if self._held:
            times.append(self._heard_at + SILENCE_S)
        return min(times, default=None)

    def heard(self, frame: Frame, now: float) -> None:
        """Take note of what the program says."""
        self._heard_at = now
        self._end_by = None
        word, detail = frame
        if word in _UP:
            self._held[_UP[word], detail] = None
        elif word in (Word.KEY_UP, Word.BUTTON_UP):
            self._held.pop((word, detail), None)
        elif word is Word.BLOCKED:
            self._block_by = None
        elif word is Word.STOPPED:
            self._block_by = self._stop_by = None

    def panic(self, now: float) -> list[Act]:
        """The customer pressed the panic keys."""
        if self._stop_by is None:
            self._block_by, self._stop_by = now + BLOCK_WITHIN_S, now + STOP_WITHIN_S
        return [*self._release(), Tell(Word.PANIC)]

    def tick(self, now: float) -> list[Act]:
        """Look at the time."""
        if self._block_by is not None and now >= self._block_by:
            return [*self._release(), self._kill("the panic keys were pressed and sharing did not stop")]
        if self._stop_by is not None and now >= self._stop_by:
            return [*self._release(), self._kill("the panic keys were pressed and the session did not end")]
        if self._end_by is not None and now >= self._end_by:
            self._end_by = None
            return [self._kill("keys were held and it was not heard any more")]
        if self._held and now >= self._heard_at + SILENCE_S:
            self._end_by = None if self._releases else now + LET_GO_WITHIN_S
            return [*self._release(), Tell(Word.RELEASED)]
        return []

    def gone(self) -> list[Act]:
        """The program has ended or closed its pipe."""
        return self._release()

    def _kill(self, because: str) -> Kill:
        self._block_by = self._stop_by = None
        return Kill(because)

    def _release(self) -> list[Act]:
        held, self._held = tuple(self._held), {}
        return [Release(held)] if held and self._releases else []
