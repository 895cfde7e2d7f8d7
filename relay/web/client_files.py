"""The built customer clients in `<data>/client/`: which there are, and the name a download gets."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CLIENT_FOLDER = "client"

# What the file name ends with, and the system people know it by; the longest suffix first.
_SYSTEMS = {
    ".tar.gz": "Linux",
    ".AppImage": "Linux",
    ".deb": "Linux (Debian, Ubuntu)",
    ".exe": "Windows",
    ".msi": "Windows",
    ".dmg": "macOS",
    ".pkg": "macOS",
    ".zip": "macOS",
}


@dataclass(frozen=True)
class ClientFile:
    """One built client. `name` is its file name in the folder, `suffix` what its name ends with."""

    name: str
    path: Path
    system: str
    suffix: str
    size_bytes: int

    @property
    def size_text(self) -> str:
        """The size as people read it."""
        return f"{self.size_bytes / 1_000_000:.1f} MB"

    def download_name(self, origin: str, written_route: str) -> str:
        """Return the name the browser saves: the relay's host and the route tell the client where to go."""
        return f"Deskside-{urlsplit(origin).hostname}-{written_route}{self.suffix}"


def client_files(data_dir: Path) -> list[ClientFile]:
    """Return the clients that can be downloaded, by name; files of an unknown kind are left out."""
    folder = data_dir / CLIENT_FOLDER
    if not folder.is_dir():
        return []
    found = (_client_file(path) for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink())
    return [client for client in found if client is not None]


def _client_file(path: Path) -> ClientFile | None:
    for suffix, system in _SYSTEMS.items():
        if path.name.endswith(suffix):
            return ClientFile(path.name, path, system, suffix, path.stat().st_size)
    return None
