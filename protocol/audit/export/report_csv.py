"""`report.csv`: one line for each event, for spreadsheets; no cell can become a formula."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from protocol.audit.events import LANES
from protocol.audit.export.examine import ExaminedSession
from protocol.audit.export.local_time import local_moment
from protocol.audit.proven_events import PARTY, ProvenEvent
from protocol.audit.timeline import describe, moment, visible

COLUMNS = ("session", "side", "number", "time (UTC)", "time (local)", "event", "what happened", "details", "sha256")
_FORMULA_SIGNS = ("=", "+", "-", "@")
_LONGEST_DETAILS = 6144


def csv_heading() -> str:
    """Return the first line of the table."""
    return _lines([COLUMNS])


def csv_lines(one: ExaminedSession, utc_offset_min: int) -> str:
    """Return the lines (CRLF) of all events of a session that hold, lane C before lane T."""
    return _lines([tuple(map(safe_cell, _row(proven, utc_offset_min))) for proven in _events(one)])


def safe_cell(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and never runs it; control characters are made visible."""
    shown = visible(text, _LONGEST_DETAILS)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_SIGNS) else shown


def _lines(rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _events(one: ExaminedSession) -> Iterator[ProvenEvent]:
    for lane in LANES:
        if lane in one.verification.lanes:
            yield from one.verification.lanes[lane].events.values()


def _row(proven: ProvenEvent, utc_offset_min: int) -> tuple[str, ...]:
    event = proven.event
    details = "withheld" if proven.body is None else json.dumps(proven.body, ensure_ascii=False, sort_keys=True)
    return (
        event.sid,
        PARTY[event.lane],
        str(event.seq),
        moment(event.t_ms),
        local_moment(event.t_ms, utc_offset_min),
        event.type.value,
        describe(proven),
        details,
        proven.hash,
    )
