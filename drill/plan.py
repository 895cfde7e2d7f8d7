"""How much of each part is done, cut into pieces that processes share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from drill import parts
from drill.parts import Figures
from fuzz.catalogue import TARGETS
from fuzz.running import is_possible

Work = Callable[[int, int], Figures]


@dataclass(frozen=True)
class Part:
    """A part: what is done, how often in all, and how much of it one process does at a time."""

    words: str
    work: Work
    usually: int
    full: int
    piece: int


PARTS: dict[str, Part] = {
    "relays": Part("relays killed", parts.killed_relays, 200, 1_000, 100),
    "clients": Part("clients killed", parts.killed_clients, 200, 1_000, 100),
    "matrix": Part("the whole matrix of roles and endpoints", parts.endpoint_matrix, 1, 1, 1),
    "disk": Part("changes of the relay's disk", parts.tampered_disk, 600, 6_000, 300),
    "mutations": Part("mutations of an export", parts.mutated_exports, 200_000, 1_000_000, 50_000),
    "schedules": Part("schedules of a hostile relay", parts.hostile_relay, 20_000, 1_000_000, 5_000),
    "split view": Part("orders of asking three witnesses", parts.two_faced_log, 10_000, 100_000, 5_000),
}
FUZZ_SECONDS, FUZZ_SECONDS_FULL = 20, 1_800


@dataclass(frozen=True)
class Piece:
    """One piece of work for one process."""

    part: str
    words: str
    work: Work
    seed: int
    count: int


def pieces(*, full: bool, seed: int, only: tuple[str, ...] = (), share: float = 1.0) -> Iterator[Piece]:
    """Yield the pieces of the chosen parts (all without a choice), long ones first; `share` 0.1: a tenth of each."""
    for name, part in PARTS.items():
        if only and name not in only:
            continue
        count, number = max(1, round(share * (part.full if full else part.usually))), 0
        while count > 0:
            size = min(part.piece, count)
            yield Piece(name, f"{size:,} {part.words}", part.work, seed * 1_000_003 + number, size)
            count, number = count - size, number + 1
    if is_possible() and (not only or "fuzz" in only):
        seconds = max(1, round(share * (FUZZ_SECONDS_FULL if full else FUZZ_SECONDS)))
        for name in TARGETS:
            yield Piece("fuzz", f"{seconds} s of the target {name}", partial(parts.fuzzed, name), seed % 2**31, seconds)
