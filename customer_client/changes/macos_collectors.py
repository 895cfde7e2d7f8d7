"""What is installed and set up on a macOS computer, from its folders and its own tools.

Written to the documented places and to `scutil`, `security` and `crontab`; not run here.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from customer_client.changes.collectors import Collector, Deadline
from customer_client.changes.files import answer_of, files_in, folders_in, lines_of
from customer_client.changes.snapshot import ChangeKind, Entries, bounded

_KEYCHAIN = "/Library/Keychains/System.keychain"
_CHROMIUM_PROFILES = ("Google/Chrome", "Microsoft Edge", "BraveSoftware/Brave-Browser", "Chromium")


def macos_collectors(home: Path) -> Mapping[ChangeKind, Sequence[Collector]]:
    """Return the collectors for this computer; `home` is the person's folder."""
    library = home / "Library"
    extensions = [library / "Application Support" / folder for folder in _CHROMIUM_PROFILES]
    firefox = [library / "Application Support/Firefox/Profiles"]
    agents = [library / "LaunchAgents", Path("/Library/LaunchAgents")]
    daemons = [Path("/Library/LaunchDaemons")]
    return {
        ChangeKind.HOSTS: [lambda _left: bounded((line, "") for line in lines_of(Path("/etc/hosts")))],
        ChangeKind.PROXY: [partial(_asked, ["scutil", "--proxy"])],
        ChangeKind.DNS: [lambda _left: bounded((line, "") for line in lines_of(Path("/etc/resolv.conf")))],
        ChangeKind.STARTUP: [lambda left: files_in(agents, left, by_content=True)],
        ChangeKind.EXTENSIONS: [
            lambda left: files_in(extensions, left, pattern="*/Extensions/*/*"),
            lambda left: files_in(firefox, left, pattern="*/extensions/*"),
        ],
        ChangeKind.CERTIFICATES: [partial(_certificates, [_KEYCHAIN])],
        ChangeKind.SERVICES: [lambda left: files_in(daemons, left, by_content=True)],
        ChangeKind.PROGRAMS: [
            lambda left: folders_in([Path("/Applications"), home / "Applications"], left, pattern="*.app")
        ],
        ChangeKind.SCHEDULED: [partial(_asked, ["crontab", "-l"])],
    }


def _asked(command: list[str], left: Deadline) -> Entries:
    lines = answer_of(command, left)
    return Entries({}, complete=False) if lines is None else bounded((line.strip(), "") for line in lines)


def _certificates(keychains: list[str], left: Deadline) -> Entries:
    """Return the names and SHA-256 of the certificates everybody on this computer trusts."""
    lines = answer_of(["security", "find-certificate", "-a", "-Z", *keychains], left) or []
    hashes = [line.partition(":")[2].strip() for line in lines if line.startswith("SHA-256")]
    labels = [line.partition("=")[2].strip('"') for line in lines if '"labl"' in line]
    return bounded(zip(labels, hashes, strict=False))
