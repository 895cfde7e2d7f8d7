"""Times as people read them: in UTC, and in the local time an export was made in."""

from datetime import UTC, datetime, timedelta, timezone


def offset_name(utc_offset_min: int) -> str:
    """Return an offset from UTC in minutes (-1439..1439) like `UTC+01:00`."""
    hours, minutes = divmod(abs(utc_offset_min), 60)
    return f"UTC{'-' if utc_offset_min < 0 else '+'}{hours:02d}:{minutes:02d}"


def local_moment(t_ms: int, utc_offset_min: int) -> str:
    """Return Unix time in ms as `2026-03-01 15:03:22 UTC+01:00`; in the first and last day of all times, as UTC."""
    try:
        local = datetime.fromtimestamp(t_ms // 1000, UTC).astimezone(timezone(timedelta(minutes=utc_offset_min)))
    except OverflowError:
        return f"{datetime.fromtimestamp(t_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC+00:00"
    return f"{local:%Y-%m-%d %H:%M:%S} {offset_name(utc_offset_min)}"


def duration(milliseconds: int) -> str:
    """Return a length of time in words, like `2 min 5 s`; `0 s` for less than a second."""
    seconds = max(0, milliseconds) // 1000
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{seconds % 60} s"]
    return " ".join(part for part in parts[: 2 if hours else 3] if part) or "0 s"
