"""What the program can be told on its command line. Customers open it with a click, so nothing is parsed then."""

from collections.abc import Sequence
from pathlib import Path

from protocol.catalogues import LANGUAGES

SHORTEST_LIMIT_S, LONGEST_LIMIT_S = 10, 3600
"""What `--allow-for` may offer: never longer than what the page offers anyway."""


class Arguments:
    """What was said; the defaults are what a click says."""

    route: str | None = None
    relay: str | None = None
    organisation: str | None = None
    data: Path | None = None
    language: str | None = None
    allow_for: int | None = None
    """Seconds."""
    log_level: str = "WARNING"


def read_arguments(words: Sequence[str]) -> Arguments:
    """Return what `words` say; where they say nothing that is known, say so and end the program."""
    arguments = Arguments()
    if not words:
        return arguments
    import argparse  # here, because the window of a program opened with a click does not wait for it

    parser = argparse.ArgumentParser(
        prog="deskside-customer",
        description="Let a technician of your support see your screen. Nothing is shared before you say yes.",
    )
    parser.add_argument("route", nargs="?", help="the code from the link or from your technician, e.g. K7QF-2MXP-PBW5")
    parser.add_argument("--relay", metavar="URL", help="address of your support server")
    parser.add_argument("--organisation", metavar="HEX", help="fingerprint of the organisation you trust (root id)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder for the record (default: the person's own for programs)"
    )
    parser.add_argument("--language", choices=list(LANGUAGES), help="language of the windows (default: the system's)")
    parser.add_argument(
        "--allow-for",
        type=limit,
        metavar="SECONDS",
        help=f"offer this time first when asked for how long ({SHORTEST_LIMIT_S} to {LONGEST_LIMIT_S}; default: 900)",
    )
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    return parser.parse_args(words, namespace=arguments)


def limit(text: str) -> int:
    """Return the seconds in `text`, for how long what the customer allows lasts unless they choose another time.

    Raises:
        ValueError: it is no whole number from 10 to 3600.
    """
    seconds = int(text)
    if not SHORTEST_LIMIT_S <= seconds <= LONGEST_LIMIT_S:
        raise ValueError(f"{seconds} s is not in {SHORTEST_LIMIT_S}..{LONGEST_LIMIT_S}")
    return seconds
