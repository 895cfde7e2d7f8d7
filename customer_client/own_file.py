"""What this program's own file says about where it came from: its name, and the browser's note on the download."""

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from customer_client.route_carriers import LONGEST, Carried, Carrier, route_in

FILE_VARIABLE = "DESKSIDE_FILE"
"""Set by the self-extracting file: where it lies, which the unpacked program cannot know."""

_ORIGINS = ("user.xdg.origin.url", "user.xdg.referrer.url")
_AGAIN = r"(\s?\(\d+\))?"
"""What browsers put into the name of a second download."""
_ARCHIVE = re.compile(rf"Deskside.*(\.tar{_AGAIN}\.gz|\.zip){_AGAIN}", re.IGNORECASE)
_WINDOWS_MARKS = ("HostUrl=", "ReferrerUrl=")


def own_file(environment: Mapping[str, str], command: str) -> Path:
    """Return the file the person opened; `command` is how the program was called (`sys.argv[0]`)."""
    return Path(environment.get(FILE_VARIABLE) or command)


def carried_by(file: Path) -> list[Carried]:
    """Return everything `file` says; reads attributes of the file system and nothing from the network."""
    own = _said_of(file)
    if any(route_in(one) is not None for one in own):
        return own
    # Unpacked from an archive it has lost its name: the archive lies beside it, or its name is the folder's.
    archive = _archive_beside(file)
    beside = _said_of(archive) if archive is not None else []
    return [*own, Carried(Carrier.FILE_NAME, file.absolute().parent.name), *beside]


def _said_of(file: Path) -> list[Carried]:
    """Return what the browser noted about `file`, and its name."""
    addresses = _windows_mark(file) if sys.platform == "win32" else _extended_attributes(file)
    notes = [Carried(Carrier.DOWNLOAD_ADDRESS, address[:LONGEST]) for address in addresses]
    return [*notes, Carried(Carrier.FILE_NAME, file.name)]


def _archive_beside(file: Path) -> Path | None:
    """Return the newest archive of Deskside in the folder of `file`, which it may have come out of."""
    try:
        with os.scandir(file.absolute().parent) as entries:
            found = [entry for entry in entries if _ARCHIVE.fullmatch(entry.name) and entry.is_file()]
            newest = max(found, key=lambda entry: entry.stat().st_mtime, default=None)
    except OSError:
        return None
    return Path(newest.path) if newest is not None else None


def _extended_attributes(file: Path) -> list[str]:
    """Return the freedesktop notes that Chromium, curl and wget leave on a file (Linux only; Python has no other)."""
    found = []
    if sys.platform == "linux":
        for name in _ORIGINS:
            with suppress(OSError):  # no such note, or a file system without notes
                found.append(os.getxattr(file, name).decode("utf-8", "replace"))
    return found


def _windows_mark(file: Path) -> list[str]:
    """Return the addresses in the Mark of the Web. Written to Microsoft's documentation, not run here."""
    with suppress(OSError), Path(f"{file}:Zone.Identifier").open(encoding="utf-8", errors="replace") as stream:
        lines = stream.read(4 * LONGEST).splitlines()
        return [line.removeprefix(mark) for line in lines for mark in _WINDOWS_MARKS if line.startswith(mark)]
    return []
