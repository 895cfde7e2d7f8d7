"""Times as people read them. Pure: the current time is an argument."""

from datetime import datetime

from technician_app.models.received_text import shown_line

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment_short(iso: str, now: datetime) -> str:
    """Return an ISO 8601 time in `now`'s time zone: `14:03` today, else `21 Nov 14:03`, with the year when it differs.

    Text that is no time is returned as safe text.
    """
    moment = _parse(iso, now)
    if moment is None:
        return shown_line(iso, 40)
    clock = f"{moment.hour:02d}:{moment.minute:02d}"
    if moment.date() == now.date():
        return clock
    day = f"{moment.day} {_MONTHS[moment.month - 1]}"
    return f"{day} {clock}" if moment.year == now.year else f"{day} {moment.year}"


def moment_long(iso: str, now: datetime) -> str:
    """Return an ISO 8601 time in full, in `now`'s time zone, like `21 Nov 2026 14:03:09`."""
    moment = _parse(iso, now)
    if moment is None:
        return shown_line(iso, 40)
    clock = f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year} {clock}"


def size_text(size_bytes: int) -> str:
    """Return a size like `812 bytes`, `14 KB` or `1.2 MB` (1 KB is 1000 bytes)."""
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.0f} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def _parse(iso: str, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso)
        return moment.astimezone(now.tzinfo) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
