"""The rate controller as a function of what real sessions sent and heard: traces of a dragged window on shaped lines.

Recorded at the customer's side in the picture benchmark. One line an event, each with tenths of a millisecond since the
one before: `s` bytes of a packet that left, `p` a packet sent again, `r` a report (number, highest packet, received
bytes, lost packets, arrived, held and delay in microseconds).
"""

from pathlib import Path
from statistics import median

import pytest

from protocol.messages.picture import PictureReport
from protocol.transport.rate_control import MAX_WINDOW_BYTES, RateController

TRACES = Path(__file__).with_name("rate_traces")
LINES = [("2mbit_80ms_1loss", 2e6, 0.08), ("10mbit_40ms_5loss", 10e6, 0.04)]
SETTLED_S = 1.5


def reported(fields: list[str]) -> PictureReport:
    number, highest, received, lost, arrived, held = map(int, fields[:6])
    return PictureReport(
        number=number,
        highest_packet=highest,
        received_bytes=received,
        lost_packets=lost,
        arrived_us=arrived,
        held_us=held,
        delay_us=None if fields[6] == "-" else int(fields[6]),
        completed_update=-1,
        applied_update=-1,
        new_epoch=False,
    )


def replayed(name: str) -> tuple[RateController, list[tuple[float, int]]]:
    """Return the controller at the end, and its pace (bit/s) after each report, with the trace's time (s)."""
    rates, now, paces = RateController(), 0.0, []
    for line in (TRACES / f"{name}.txt").read_text(encoding="ascii").splitlines():
        kind, since, *fields = line.split()
        now += int(since) / 1e4
        if kind == "s":
            rates.sent(int(fields[0]), now)
        elif kind == "p":
            rates.repaired(now)
        else:
            rates.reported(reported(fields), now)
            paces.append((now, rates.rate_bps))
        assert rates.room_bytes(now) <= MAX_WINDOW_BYTES
    return rates, paces


@pytest.mark.parametrize(("name", "line_bps", "round_trip_s"), LINES)
def test_the_pace_settles_at_what_the_line_took(name: str, line_bps: float, round_trip_s: float) -> None:
    rates, paces = replayed(name)
    settled = [pace for at, pace in paces if at >= SETTLED_S]
    assert len(settled) > 50
    assert 0.7 * line_bps < median(settled) < 1.2 * line_bps
    assert max(settled) < 1.5 * line_bps
    assert min(settled) > 0.4 * line_bps
    assert round_trip_s <= (rates.base_round_trip_s or 0.0) < round_trip_s + 0.02


@pytest.mark.parametrize("name", [line[0] for line in LINES])
def test_the_same_trace_always_gives_the_same_paces(name: str) -> None:
    assert replayed(name)[1] == replayed(name)[1]
