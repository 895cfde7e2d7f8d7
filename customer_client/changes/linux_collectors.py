"""What is installed and set up on a Linux computer, from its files; programs are asked only where there is no file.

`root` and `home` are where the files are, so that a test can make a computer of its own.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from customer_client.changes.collectors import Collector, Deadline
from customer_client.changes.files import answer_of, files_in, folders_in, lines_of
from customer_client.changes.snapshot import ChangeKind, Entries, bounded

_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_CHROMIUM_PROFILES = (
    ".config/chromium",
    ".config/google-chrome",
    ".config/microsoft-edge",
    ".config/BraveSoftware/Brave-Browser",
    ".config/vivaldi",
    ".config/opera",
    "snap/chromium/common/chromium",
    ".var/app/org.chromium.Chromium/config/chromium",
)
_FIREFOX_PROFILES = (
    ".mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ".librewolf",
)


def linux_collectors(root: Path, home: Path) -> Mapping[ChangeKind, Sequence[Collector]]:
    """Return the collectors for the computer whose files are under `root` and whose person's are under `home`."""
    units = [root / "etc/systemd/system", home / ".config/systemd/user", root / "etc/systemd/user"]
    autostart = [home / ".config/autostart", root / "etc/xdg/autostart"]
    jobs = [root / "etc/cron.d", root / "etc/cron.hourly", root / "etc/cron.daily"]
    authorities = [root / "etc/ssl/certs", root / "usr/local/share/ca-certificates"]
    trusted = [root / "etc/pki/ca-trust/source/anchors", home / ".pki/nssdb"]
    return {
        ChangeKind.HOSTS: [partial(_lines, root / "etc/hosts")],
        ChangeKind.PROXY: [partial(_proxy_of_files, root, home), _proxy_of_the_desktop],
        ChangeKind.DNS: [
            partial(_lines, root / "etc/resolv.conf"),
            partial(_lines, root / "etc/systemd/resolved.conf"),
        ],
        ChangeKind.STARTUP: [lambda left: files_in(autostart, left, pattern="*.desktop", by_content=True)],
        ChangeKind.EXTENSIONS: [partial(_firefox, home), partial(_chromium, home)],
        ChangeKind.SERVICES: [
            lambda left: files_in(units, left, by_content=True),
            lambda left: files_in(units, left, pattern="*.wants/*"),
            lambda left: files_in(
                [root / "usr/lib/systemd/system", root / "usr/lib/systemd/user"], left, pattern="*.*"
            ),
        ],
        ChangeKind.CERTIFICATES: [
            lambda left: files_in(authorities, left, pattern="*.[cp][re][rtm]"),
            lambda left: files_in(trusted, left, by_content=True),
        ],
        ChangeKind.PROGRAMS: [
            partial(_debian_packages, root),
            partial(_rpm_packages, root),
            lambda left: folders_in([root / "var/lib/flatpak/app", home / ".local/share/flatpak/app"], left),
            lambda left: files_in([root / "var/lib/snapd/snaps"], left, pattern="*.snap"),
            lambda left: files_in([root / "usr/local/bin", root / "opt", home / ".local/bin"], left),
        ],
        ChangeKind.SCHEDULED: [lambda left: files_in(jobs, left, by_content=True), _own_jobs],
    }


def _lines(path: Path, _left: Deadline) -> Entries:
    return bounded((line, "") for line in lines_of(path))


def _debian_packages(root: Path, left: Deadline) -> Entries:
    """Read dpkg's list: one paragraph a package. Faster than asking `dpkg-query`, and nothing is started."""
    try:
        text = (root / "var/lib/dpkg/status").read_text(errors="replace")
    except FileNotFoundError:
        return Entries({})
    if left() <= 0:
        raise TimeoutError("dpkg")
    return bounded(_packages_in(text))


def _packages_in(text: str) -> Iterator[tuple[str, str]]:
    name, version, installed = "", "", False
    for line in (*text.splitlines(), ""):
        if not line:
            if name and installed:
                yield f"{name} {version}", ""
            name, version, installed = "", "", False
        elif line.startswith("Package: "):
            name = line[9:]
        elif line.startswith("Version: "):
            version = line[9:]
        elif line.startswith("Status: "):
            installed = line.endswith(" installed")


def _rpm_packages(root: Path, left: Deadline) -> Entries:
    """Ask `rpm`, where packages are kept in its database."""
    if not (root / "var/lib/rpm").is_dir() or not any((root / "var/lib/rpm").iterdir()):
        return Entries({})
    lines = answer_of(["rpm", "-qa"], left)
    return Entries({}, complete=False) if lines is None else bounded((line, "") for line in lines)


def _proxy_of_files(root: Path, home: Path, _left: Deadline) -> Entries:
    paths = (
        root / "etc/environment",
        root / "etc/apt/apt.conf.d/proxy.conf",
        home / ".profile",
        home / ".pam_environment",
    )
    lines = (line for path in paths for line in lines_of(path) if "proxy" in line.casefold())
    return bounded((_without_credentials(line), "") for line in lines)


def _proxy_of_the_desktop(left: Deadline) -> Entries:
    """Ask the desktop's settings (GNOME and those who use its store).

    Asked where nobody uses that store, it would leave a file behind.
    """
    if not Path(os.environ.get("XDG_RUNTIME_DIR", "/"), "dconf", "user").exists():
        return Entries({})
    lines = answer_of(["gsettings", "list-recursively", "org.gnome.system.proxy"], left)
    return bounded((_without_credentials(line), "") for line in lines or ())


def _without_credentials(line: str) -> str:
    """Return `line` without a name and password in an address: a receipt is shown to others."""
    return _CREDENTIALS.sub("//", line)


def _own_jobs(left: Deadline) -> Entries:
    """Ask for the person's own crontab: only the program may read it."""
    lines = answer_of(["crontab", "-l"], left)
    return bounded((line.strip(), "") for line in lines or () if line.strip() and not line.startswith("#"))


def _firefox(home: Path, left: Deadline) -> Entries:
    profiles = [home / folder for folder in _FIREFOX_PROFILES]
    found = files_in(profiles, left, pattern="*/extensions/*")
    return bounded((f"Firefox: {Path(name).stem}", "") for name in found.found)


def _chromium(home: Path, left: Deadline) -> Entries:
    profiles = [home / folder for folder in _CHROMIUM_PROFILES]
    found = files_in(profiles, left, pattern="*/Extensions/*/*")
    return bounded((f"{Path(name).parents[3].name}: {Path(name).parent.name}", Path(name).name) for name in found.found)
