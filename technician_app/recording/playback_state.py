"""What a player's window shows, and what can be done there. Crosses threads: frozen values only."""

from dataclasses import dataclass
from typing import Protocol

from protocol.recording.entries import MarkerKind
from protocol.recording.index import Mark, RecordingIndex

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class PlaybackState:
    """`index` is None until the recording was opened. Times are ms since the recording began."""

    session: str = ""
    ticket: str = ""
    started_at_ms: int = 0
    """Unix time."""
    index: RecordingIndex | None = None
    position_ms: int = 0
    playing: bool = False
    speed: float = 1.0
    skips_idle: bool = False
    seeking: bool = False
    is_indexed: bool = True
    """Whether `index` says more than how long it lasts: of a recording without its end it comes later."""
    is_whole: bool = True
    """Whether the recording is there to its end."""
    card: str = ""
    """A sentence in place of the picture: sharing was paused, something is painted over, ..."""
    display_size: tuple[int, int] | None = None
    fetched: float = 1.0
    """How much of the recording has come from the relay (0..1)."""
    saving: float | None = None
    """How much of a video was saved (0..1); None while none is."""
    said: str = ""
    """How the last saving went."""
    problem: str = ""
    """Why the recording cannot be shown."""

    @property
    def duration_ms(self) -> int:
        """How long the recording lasts."""
        return 0 if self.index is None else self.index.duration_ms


class PlaybackIntents(Protocol):
    """What can be done with a recording. Called on the GUI thread; must return at once."""

    def play(self, playing: bool) -> None:
        """Play, or stand still."""

    def seek(self, t_ms: int) -> None:
        """Show the recording as it was then."""

    def choose_speed(self, speed: float) -> None:
        """Play at one of `SPEEDS`; voice is heard at 1."""

    def skip_idle(self, skips: bool) -> None:
        """Leave stretches out in which nothing happens."""

    def painted(self, number: int) -> None:
        """The picture's change `number` is on the screen."""

    def save_video(self, begins_ms: int, ends_ms: int, path: str) -> None:
        """Save a stretch as ordinary video."""


def card_of(index: RecordingIndex, t_ms: int) -> str:
    """Return the card that stands over the picture at `t_ms`; empty when there is none."""
    pause = index.pause_at(t_ms)
    if pause is None:
        return ""
    said = (mark.marker.text for mark in _paused(index, pause.begins_ms))
    return f"{next(said, 'The customer paused sharing')}, {clock_words(pause.ends_ms - pause.begins_ms)}"


def _paused(index: RecordingIndex, begins_ms: int) -> list[Mark]:
    paused = [mark for mark in index.marks if mark.marker.kind is MarkerKind.PAUSED and mark.marker.text]
    return [mark for mark in paused if mark.t_ms == begins_ms]


def hidden_at(index: RecordingIndex, t_ms: int) -> str:
    """Return what was painted over in the picture at `t_ms`, in words; empty when nothing was."""
    said = [mark.marker.text for mark in index.marks if mark.marker.kind is MarkerKind.REDACTED and mark.t_ms <= t_ms]
    return said[-1] if said else ""


def clock_words(t_ms: int) -> str:
    """Return a time as 0:42, 12:07 or 1:02:03."""
    seconds = t_ms // 1000
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours}:{minutes % 60:02d}:{seconds % 60:02d}"
    return f"{minutes}:{seconds % 60:02d}"
