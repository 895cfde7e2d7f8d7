"""The built customer clients in the downloads folder: which there are, and for what."""

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

CLIENT_FOLDER = "client"
"""Where in the relay's data the builds lie unless it was told another folder."""

_PIECE_BYTES = 1 << 20


class Platform(Enum):
    """A kind of computer; the value is its name, the same in every language."""

    WINDOWS = "Windows"
    MACOS = "macOS"
    LINUX = "Linux"


_NAMES = (
    (re.compile(r"Deskside(\.exe)"), Platform.WINDOWS),
    (re.compile(r"Deskside-macos(?:-[a-z0-9_]+)?(\.zip)"), Platform.MACOS),
    (re.compile(r"Deskside(\.tar\.gz)"), Platform.LINUX),
)
"""What builds are called, each with its ending. Whatever else lies in the folder is not a customer's program."""


@dataclass(frozen=True)
class ClientFile:
    """One built client. `name` is its file name in the folder, `suffix` what its name ends with."""

    name: str
    path: Path
    platform: Platform
    suffix: str
    size_bytes: int
    sha256: str

    @property
    def size_text(self) -> str:
        """The size as people read it."""
        return f"{self.size_bytes / 1_000_000:.1f} MB"

    def download_name(self, written_route: str) -> str:
        """Return the name the browser saves: the route tells the program where to go.

        No address is in it. Whom a program trusts never comes from a name that anybody can give a file.
        """
        return f"Deskside-{written_route}{self.suffix}"


class ClientShelf:
    """The files in one folder, which may change while the relay runs. Reads the disk: not for the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[Path, int, int], str] = {}

    def files(self) -> list[ClientFile]:
        """Return the clients that can be downloaded, by platform; files with other names than builds have are left out.

        Raises:
            OSError: the folder or a file in it cannot be read.
        """
        if not self._folder.is_dir():
            return []
        paths = (path for path in sorted(self._folder.iterdir()) if path.is_file() and not path.is_symlink())
        found = [client for path in paths if (client := self._client_file(path)) is not None]
        order = [platform for _, platform in _NAMES]
        return sorted(found, key=lambda client: (order.index(client.platform), client.name))

    def _client_file(self, path: Path) -> ClientFile | None:
        for name, platform in _NAMES:
            found = name.fullmatch(path.name)
            if found is not None:
                return ClientFile(path.name, path, platform, found[1], path.stat().st_size, self._sha256(path))
        return None

    def _sha256(self, path: Path) -> str:
        """Return the hash of the file in hex; it is worked out once for each state of the file."""
        status = path.stat()
        state = (path, status.st_mtime_ns, status.st_size)
        if state not in self._known:
            digest = hashlib.sha256()
            with path.open("rb") as stream:
                while piece := stream.read(_PIECE_BYTES):
                    digest.update(piece)
            self._known[state] = digest.hexdigest()
        return self._known[state]


class Visitor(Enum):
    """What a page is read on when it is no computer Deskside could help."""

    PHONE = "phone"
    UNKNOWN = "unknown"


def read_on(user_agent: str) -> Platform | Visitor:
    """Return what the browser says it runs on. Only a first guess: everything else stays offered."""
    said = user_agent.lower()
    if any(word in said for word in ("android", "iphone", "ipad", "ipod", "mobile")):
        return Visitor.PHONE
    if "windows" in said:
        return Platform.WINDOWS
    if "mac os x" in said or "macintosh" in said:
        return Platform.MACOS
    return Platform.LINUX if "linux" in said or "x11" in said else Visitor.UNKNOWN
