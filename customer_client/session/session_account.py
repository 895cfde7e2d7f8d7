"""What a session was like, in numbers and names, read from the customer's own record. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from customer_client.filled_sentences import size_said
from customer_client.languages import _, counted, marked, some_of
from protocol.audit.events import EventType
from protocol.audit.moved_files import file_stories
from protocol.audit.session_record import HeldEvent
from protocol.messages.consent import Capability

_MOST_FILES = 6
_OVER = (EventType.SESSION_END, EventType.SESSION_SEAL)
_UNITS = ((1024 * 1024, "MB"), (1024, "KB"))


def what_it_was_like(events: Sequence[HeldEvent], *, name: str = "") -> tuple[str, ...]:
    """Return lines for the end page; `events` is this side's lane of the record.

    `name` is whose stay among several it is about; empty: the whole session.
    """
    if not events:
        return ()
    return tuple(_lines(events, name))


def duration_words(seconds: float) -> str:
    """Return a duration as `40 seconds`, `1 minute` or `2 hours 5 minutes`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return counted("{number} second", "{number} seconds", whole)
    hours, minutes = divmod(round(whole / 60), 60)
    parts = [counted("{number} hour", "{number} hours", hours)] if hours else []
    return " ".join(
        [*parts, counted("{number} minute", "{number} minutes", minutes)] if minutes or not parts else parts
    )


def _lines(events: Sequence[HeldEvent], name: str) -> Iterator[str]:
    began, ended = events[0].event, events[-1].event
    lasted = duration_words((ended.mono_ms - began.mono_ms) / 1000)
    stayed = _("{name} was there for {time}, from {start} to {end}.")
    words = stayed if name else _("It lasted {time}, from {start} to {end}.")
    yield words.format(name=name, time=lasted, start=_clock(began.t_ms), end=_clock(ended.t_ms))
    controlled = _allowed_s(events, Capability.CONTROL)
    if controlled:
        yield _("They could use your mouse and keyboard for {time}.").format(time=duration_words(controlled))
    paused = _paused(events)
    if paused:
        times = counted("once", "{number} times", len(paused))
        words = _("Sharing was paused {times}, for {time} together.")
        yield words.format(times=times, time=duration_words(sum(paused)))
    yield from _files(events)
    if any(held.event.type is EventType.AREAS_HIDDEN and any(held.body.values()) for held in events):
        yield _("Parts of your screen were hidden from them.")


def _files(events: Sequence[HeldEvent]) -> Iterator[str]:
    here = events[0].event.lane
    stories = file_stories(events)
    for words, broken_words, sent in (
        (marked("Files you got: {names}."), marked("Files that did not arrive: {names}."), False),
        (marked("Files you sent: {names}."), marked("Files you did not send to the end: {names}."), True),
    ):
        ours = [story for story in stories if (story.offered_by == here) is sent]
        whole = [f"{story.name} ({_size(story.size_bytes)})" for story in ours if story.is_whole]
        begun = [story for story in ours if story.began or (not sent and story.answered == "accepted")]
        broken = [f"{story.name} ({_(story.outcome)})" for story in begun if not story.is_whole]
        yield from _naming(words, whole)
        yield from _naming(broken_words, broken)


def _naming(words: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield _(words).format(names=some_of(names, _MOST_FILES))


def _allowed_s(events: Sequence[HeldEvent], capability: Capability) -> float:
    """Return for how many seconds a permission was live."""
    total_ms, since, until = 0, None, None
    for held in events:
        now = held.event.mono_ms
        about = held.body.get("capability") == capability.value
        ends = held.event.type in _OVER or (about and held.event.type is EventType.CONSENT_REVOKE)
        if since is not None and ends:
            total_ms += min(now, until or now) - since
            since = None
        if since is None and about and held.event.type is EventType.CONSENT_GRANT:
            lasts_s = held.body.get("expires_in_s")
            since, until = now, now + lasts_s * 1000 if isinstance(lasts_s, int) and lasts_s else None
    return total_ms / 1000


def _paused(events: Sequence[HeldEvent]) -> list[float]:
    """Return how long each pause was, in seconds."""
    pauses, since = [], None
    for held in events:
        if held.event.type is EventType.SHARING_PAUSE and since is None:
            since = held.event.mono_ms
        elif since is not None and held.event.type in (EventType.SHARING_RESUME, *_OVER):
            pauses.append((held.event.mono_ms - since) / 1000)
            since = None
    return pauses


def _size(size_bytes: int) -> str:
    for unit, word in _UNITS:
        if size_bytes >= unit:
            return size_said(f"{size_bytes / unit:.1f} {word}", _)
    return counted("{number} byte", "{number} bytes", size_bytes)


def _clock(t_ms: int) -> str:
    """Return Unix ms as the time of day on this computer, like 14:03."""
    return datetime.fromtimestamp(t_ms / 1000).astimezone().strftime("%H:%M")
