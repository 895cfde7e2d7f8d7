"""Loss repair for the screen stream: in place of aiortc's JitterBuffer and NackGenerator, driven by every packet.

Lost packets are asked for at once and again each round trip; updates leave in order; a hopeless gap asks for a new
epoch (PLI) while the last good picture stays. The sender's probes make sure that packets come while anything is
missing, so no timer is needed here. See `repair` for standard video.
"""

from dataclasses import replace

from aiortc.jitterbuffer import JitterFrame
from aiortc.rtp import RtpPacket

from protocol.errors import PeerError
from protocol.picture.short_heads import HeadRestorer
from protocol.transport.picture_packets import Fragment, nearest, parse_packet
from protocol.transport.reception import Reception, ReceptionCounter
from protocol.transport.repair_allowance import RepairAllowance
from protocol.transport.update_assembly import UpdateAssembler, WholeUpdate

NOTE_INTERVAL_S = 0.02
"""How often the reception is handed on while no update becomes whole."""

EARLY_NOTE_BYTES = 8 * 1200
"""When so much came sooner, the reception is handed on at once; the next early one takes twice as much."""

_HISTORY_PACKETS = 1024
"""A sender keeps no more for retransmission."""

_SHORTEST_REPEAT_S = 0.03
_UNKNOWN_REPEAT_S = 0.1
_MARGIN_S = 0.01
_FEW_MISSING = 8
"""So few are asked for twice in a round trip: the request or its answer may be lost too, and a second try is cheap."""

_PROBES_BETWEEN = 16
"""Packets of an epoch's first update are numbered one after another, but for a few repeated ones between them."""


class ScreenUpdates(JitterFrame):
    """What a packet completed: `updates` in order, perhaps none, and the reception so far.

    `arrived` is when (monotonic s); `completed` the number of the last update that was whole and in order.
    """

    def __init__(
        self,
        updates: list[WholeUpdate],
        *,
        reception: Reception,
        completed: int | None,
        arrived: float,
        timestamp: int,
    ) -> None:
        super().__init__(data=b"", timestamp=timestamp)
        self.updates = updates
        self.reception = reception
        self.completed = completed
        self.arrived = arrived


class ScreenStreamBuffer:
    """Answers like aiortc's jitter buffer: (send a PLI?, what to hand to the decoder or None)."""

    def __init__(self) -> None:
        self._assembler = UpdateAssembler()
        self._heads = HeadRestorer()
        self._counter = ReceptionCounter()
        self._noted = float("-inf")
        self._unnoted_bytes = 0
        self._early_bytes = EARLY_NOTE_BYTES

    def add(self, packet: RtpPacket, now: float) -> tuple[bool, ScreenUpdates | None]:
        """Take one packet at `now` (monotonic s); what is malformed is dropped."""
        try:
            parsed = parse_packet(packet.payload)
        except PeerError:
            return False, None
        self._counter.add(
            parsed.number,
            len(packet.payload),
            sent_units=packet.extensions.abs_send_time,
            round_trip_s=parsed.round_trip_s,
            now=now,
        )
        updates = [self._restored(update) for update in self._assembler.add(parsed.fragment, now)]
        new_epoch = self._assembler.new_epoch_due(now, parsed.round_trip_s)
        if not updates and not self._is_note_due(len(packet.payload), now):
            return new_epoch, None
        self._unnoted_bytes = 0
        reception = self._counter.taken()
        assert reception is not None
        self._noted = now
        completed = self._assembler.completed
        return new_epoch, ScreenUpdates(
            updates, reception=reception, completed=completed, arrived=now, timestamp=packet.timestamp
        )

    def _restored(self, update: WholeUpdate) -> WholeUpdate:
        return replace(update, data=self._heads.restored(update.data, starts_epoch=update.starts_epoch))

    def _is_note_due(self, size_bytes: int, now: float) -> bool:
        self._unnoted_bytes += size_bytes
        if now - self._noted >= NOTE_INTERVAL_S:
            self._early_bytes = EARLY_NOTE_BYTES
            return True
        if self._unnoted_bytes < self._early_bytes:
            return False
        self._early_bytes *= 2
        return True


class ScreenNacks:
    """Knows which packets to ask for again now, by RTP sequence number.

    What is asked for comes at once and beside the sender's pace, so a `RepairAllowance` bounds it. Nothing from before
    a new epoch is asked for.
    """

    def __init__(self) -> None:
        self._highest: int | None = None
        self._asked: dict[int, float] = {}
        self._allowance = RepairAllowance()

    def due(self, packet: RtpPacket, now: float) -> set[int]:
        """Take one packet at `now` (monotonic s); return the sequence numbers (0..65535) to ask for with a NACK."""
        if self._highest is None:
            self._highest = packet.sequence_number
        number = nearest(packet.sequence_number, self._highest)
        self._asked.pop(number, None)
        self._allowance.packet_came(len(packet.payload), now)
        for missing in range(max(self._highest + 1, number - _HISTORY_PACKETS), number):
            self._asked[missing] = float("-inf")
        self._highest = max(self._highest, number)
        return self._due(packet.payload, number, now) if self._asked else set()

    def _due(self, payload: bytes, number: int, now: float) -> set[int]:
        try:
            parsed = parse_packet(payload)
        except PeerError:
            return set()
        self._forget(parsed.fragment, number)
        repeat_s = _repeat_s(parsed.round_trip_s, len(self._asked))
        due: set[int] = set()
        for missing, asked in self._asked.items():
            if now - asked < repeat_s:
                continue
            if not self._allowance.take():
                break
            self._asked[missing] = now
            due.add(missing & 0xFFFF)
        return due

    def _forget(self, fragment: Fragment, number: int) -> None:
        """Give up what the sender no longer has, and what was sent before the epoch that begins with `fragment`."""
        assert self._highest is not None
        oldest = self._highest - _HISTORY_PACKETS
        if fragment.starts_epoch:
            oldest = max(oldest, number - fragment.index - _PROBES_BETWEEN)
        for missing in [missing for missing in self._asked if missing < oldest]:
            del self._asked[missing]


def _repeat_s(round_trip_s: float, missing: int) -> float:
    """Return how long to wait for what was asked for, before asking again."""
    if not round_trip_s:
        return _UNKNOWN_REPEAT_S
    return max(_SHORTEST_REPEAT_S, (round_trip_s / 2 if missing <= _FEW_MISSING else round_trip_s) + _MARGIN_S)
