"""Talking to the person at the terminal: passwords in, tables out."""

import getpass
import sys
from collections.abc import Sequence

from protocol.errors import PeerError


def read_secret(prompt: str, *, from_stdin: bool, twice: bool = False) -> str:
    """Return a password or passphrase: the first line of stdin, or typed without showing it.

    Raises:
        PeerError: the two typings differ (`passwords_differ`).
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    secret = getpass.getpass(f"{prompt}: ")
    if twice and getpass.getpass(f"{prompt} again: ") != secret:
        raise PeerError("typed differently", code="passwords_differ", user_text="The two are not the same.")
    return secret


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows under headings to stdout, columns aligned."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        write_line("  ".join(cells).rstrip())


def write_line(text: str) -> None:
    """Write one line to stdout."""
    sys.stdout.write(text + "\n")
