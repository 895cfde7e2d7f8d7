"""What the technician is told about the picture: why it is reduced, and how long it was on its way. Pure."""

from protocol.messages.picture import PicturePreset, PictureQuality
from protocol.transport.line_signs import WindowedMinimum

LEAST_LOSS_PERMILLE = 5
"""Less loss is not worth a word."""

THRIFTY_KBIT = 950
"""So much on the thrifty preset is its own limit, not the line's."""

_CLOCK_RANGE_MS = 1 << 32
_WINDOW_S = 30.0


def reason(quality: PictureQuality | None, preset: PicturePreset) -> str:
    """Return why the picture is reduced, like `line 0.8 Mbit/s, loss 3 %`; empty when it is not."""
    if quality is None or not quality.reduced:
        return ""
    if preset is PicturePreset.THRIFTY and quality.rate_kbit >= THRIFTY_KBIT:
        line = "thrifty, at most 1 Mbit/s"
    else:
        line = f"line {_rate(quality.rate_kbit)}"
    if quality.loss_permille < LEAST_LOSS_PERMILLE:
        return line
    return f"{line}, loss {max(1, round(quality.loss_permille / 10))} %"


def measures(quality: PictureQuality | None) -> str:
    """Return what the picture is limited to, like `15 updates/s, photos 40 %, half size`; empty while unknown."""
    if quality is None:
        return ""
    parts = [f"{quality.updates_per_s} updates/s", f"photos {quality.photo_quality} %"]
    if quality.scale_percent < 100:
        parts.append("half size" if quality.scale_percent == 50 else f"size {quality.scale_percent} %")
    return ", ".join(parts)


def _rate(kbit: int) -> str:
    return f"{kbit / 1000:.1f} Mbit/s" if kbit >= 100 else f"{kbit} kbit/s"


class NetworkTime:
    """How long updates are on their way, from two clocks with an unknown offset.

    The quickest update of the last 30 to 60 s is taken to have needed half of the shortest round trip; one that came
    later than it would have, by the customer's clock, was on its way for so much longer: a queue, a lost packet, its
    own size. Time the customer's computer lost between looking and sending counts too when it varies.
    """

    def __init__(self) -> None:
        self._transits = WindowedMinimum(_WINDOW_S)
        self._round_trips = WindowedMinimum(_WINDOW_S)
        self._first: tuple[int, float] | None = None
        self._newest_ms: float | None = None

    @property
    def newest_ms(self) -> float | None:
        """The newest update's time in ms; None before the first, or before a round trip was measured."""
        shortest_ms, least_ms = self._round_trips.value, self._transits.value
        if shortest_ms is None or least_ms is None or self._newest_ms is None:
            return None
        return shortest_ms / 2 + self._newest_ms - least_ms

    def round_trip_measured(self, round_trip_ms: float, now: float) -> None:
        """Note a round trip time, at `now` (monotonic s)."""
        self._round_trips.add(round_trip_ms, now)

    def arrived(self, captured_ms: int, now: float) -> None:
        """Note that an update taken at `captured_ms` (the customer's clock, low 32 bits) was complete at `now`."""
        if self._first is None:
            self._first = (captured_ms, now)
        first_ms, first_at = self._first
        since_ms = (now - first_at) * 1000
        # The clock wraps every 50 days, and an update is never near half of that late.
        passed_ms = (captured_ms - first_ms - round(since_ms) + _CLOCK_RANGE_MS // 2) % _CLOCK_RANGE_MS
        transit_ms = since_ms - round(since_ms) - (passed_ms - _CLOCK_RANGE_MS // 2)
        self._newest_ms = transit_ms
        self._transits.add(transit_ms, now)
