"""What a target is: one parser or one family of them, and how its inputs begin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Parser = Callable[[bytes], object]


@dataclass(frozen=True)
class Target:
    """`run` takes any bytes and may raise PeerError and nothing else; what it returns is not looked at.

    `seeds` makes the inputs the search begins with. `longest_bytes` is the longest input tried.
    """

    run: Parser
    seeds: Callable[[], Sequence[bytes]]
    longest_bytes: int = 4096


def family(parsers: Sequence[Parser]) -> Parser:
    """Return a parser whose first byte chooses one of `parsers` for the rest."""

    def run(data: bytes) -> object:
        return parsers[data[0] % len(parsers)](data[1:]) if data else None

    return run


def seeds_of(parsers: Sequence[Parser], seeds: Sequence[bytes]) -> list[bytes]:
    """Return every seed once for every one of `parsers`."""
    return [bytes([number]) + seed for number in range(len(parsers)) for seed in seeds]
