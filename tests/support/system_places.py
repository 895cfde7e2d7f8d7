"""The places in which a system keeps whom it trusts, which drivers it loads and what starts by itself."""

from pathlib import Path

TRUST_AND_DRIVERS = (
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/hosts",
    "/etc/modprobe.d",
    "/etc/modules",
    "/etc/modules-load.d",
    "/etc/pki",
    "/etc/ssl",
    "/etc/udev",
    "/etc/xdg/autostart",
    "/lib/modules",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
)
OF_A_PERSON = (".pki", ".mozilla", ".config/autostart", ".config/systemd", ".local/share/applications", "Library")
"""Below the person's folder: browsers' and desktops' own stores."""


def places(home: Path) -> dict[str, tuple[int, int, int]]:
    """Return every file and folder in these places with its mode, size and time of change in nanoseconds."""
    found = {}
    for top in [*map(Path, TRUST_AND_DRIVERS), *(home / name for name in OF_A_PERSON)]:
        for path in [top, *top.rglob("*")] if top.exists() else []:
            standing = path.lstat()
            found[str(path)] = (standing.st_mode, standing.st_size, standing.st_mtime_ns)
    return found
