"""Find what this computer lacks to run Deskside, and install it with apt-get where that is allowed.

Usage: `python3 setup/system_packages.py venv` (only what a virtual environment needs), `... desktop` (also windows,
virtual display, browser and fonts), `... tests` (also the servers and tools the tests run), `... client` (desktop and
what building the customers' files takes) or `... packages` (desktop and what making the other packages takes). Each
need is probed for the real thing - the command, the library, the module, the font - so a machine that has it from
elsewhere is left alone.
Exit status 0: nothing is missing any more. 1: one line on stderr says what to do. Standard library only, because it
runs before anything else is installed.
"""

import ctypes
import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple


class Need(NamedTuple):
    """One thing the machine must have: what people call it, the Debian package that brings it, and the probe."""

    name: str
    package: str
    is_met: Callable[[], bool]


LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb.so.1": "libxcb1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
}
"""What Qt's window plug-in and the X11 screen capture load, and where Debian keeps it."""

COMMANDS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox", "xterm": "xterm"}

TEST_COMMANDS = {
    "appstreamcli": "appstream",
    "desktop-file-validate": "desktop-file-utils",
    "dbus-daemon": "dbus-daemon",
    "gst-launch-1.0": "gstreamer1.0-tools",
    "ip": "iproute2",
    "curl": "curl",
    "mutter": "mutter",
    "npm": "npm",
    "pipewire": "pipewire",
    "pulseaudio": "pulseaudio",
    "rpmbuild": "rpm",
    "setxkbmap": "x11-xkb-utils",
    "turnserver": "coturn",
    "wireplumber": "wireplumber",
    "xrandr": "x11-xserver-utils",
    "Xwayland": "xwayland",
}
"""What the tests start beside our own programs: networks, downloads, sound, layouts, TURN, displays, desktops, rpm."""

TEST_FILES = {
    "the desktop portal": ("libexec/xdg-desktop-portal", "xdg-desktop-portal"),
    "GStreamer's converters": ("lib/*/gstreamer-1.0/libgstvideoconvert*.so", "gstreamer1.0-plugins-base"),
    "GStreamer's PipeWire": ("lib/*/gstreamer-1.0/libgstpipewire.so", "gstreamer1.0-pipewire"),
}
"""What is no command and no library: where it lies below /usr, and what brings it."""

PACKAGE_COMMANDS = {
    "buildah": "buildah",
    "flatpak-builder": "flatpak-builder",
    "gcc": "gcc",
    "lintian": "lintian",
    "mmdebstrap": "mmdebstrap",
    "pipx": "pipx",
    "podman": "podman",
    "runc": "runc",
    "strip": "binutils",
    "systemd-nspawn": "systemd-container",
}
"""What makes the packages for technicians and relays, and tries them on a computer of their own."""

CLIENT_COMMANDS = {
    "gcc": "gcc",
    "make": "make",
    "nasm": "nasm",
    "patchelf": "patchelf",
    "strip": "binutils",
}
"""What compiles the parts of the customers' file that are not taken as they are, and fits them together."""

WINDOWS_CLIENT_COMMANDS = {
    "wine": "wine",
    "makensis": "nsis",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "osslsigncode": "osslsigncode",
    "pkg-config": "pkg-config",
    "make": "make",
    "nasm": "nasm",
}
"""What compiles, packs, signs and runs the Windows file. It begins with NSIS' 64-bit stub: no 32-bit wine is needed."""

CLIENT_HEADERS = {
    "zstd.h": "libzstd-dev",
    "x264.h": "libx264-dev",
    "opus/opus.h": "libopus-dev",
    "openssl/evp.h": "libssl-dev",
}

HEADER_FOLDERS = (Path("/usr/include"), Path("/usr/local/include"))

PULSE_PLUGIN = Path("alsa-lib/libasound_module_pcm_pulse.so")

FONTS = {"DejaVuSans.ttf": "fonts-dejavu-core", "LiberationSans-Regular.ttf": "fonts-liberation"}

APT_OPTIONS = ("-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
"""Wait up to 300 s for another installation to finish; no progress bars."""

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


def python_needs() -> list[Need]:
    """Return what a virtual environment of this Python needs."""
    prefix = debian_python_prefix()
    return [Need("Python's ensurepip", f"{prefix}-venv", partial(module_loads, "ensurepip"))]


def desktop_needs() -> list[Need]:
    """Return what the windows, the demo and the tests need on top."""
    is_ubuntu = "ID=ubuntu" in os_release().splitlines()
    browsers = ("chromium", "chromium-browser", "google-chrome")
    browser_package, driver_package = (
        ("chromium-browser", "chromium-chromedriver") if is_ubuntu else ("chromium", "chromium-driver")
    )
    return [
        Need("Python's tkinter", f"{debian_python_prefix()}-tk", partial(module_loads, "tkinter")),
        *(Need(command, package, partial(has_command, command)) for command, package in COMMANDS.items()),
        Need("Chromium", browser_package, partial(has_command, *browsers)),
        Need("chromedriver", driver_package, partial(has_command, "chromedriver")),
        *(Need(library, package, partial(library_loads, library)) for library, package in LIBRARIES.items()),
        *(Need(font, package, partial(has_font, font)) for font, package in FONTS.items()),
    ]


def test_needs() -> list[Need]:
    """Return what the tests need on top of that."""
    return [
        *(Need(command, package, partial(has_command, command)) for command, package in TEST_COMMANDS.items()),
        *(Need(name, package, partial(has_file, place)) for name, (place, package) in TEST_FILES.items()),
        Need("libportaudio.so.2", "libportaudio2", partial(library_loads, "libportaudio.so.2")),
        Need("ALSA's way to PulseAudio", "libasound2-plugins", has_pulse_plugin),
    ]


def package_needs() -> list[Need]:
    """Return what making and trying the packages needs on top of what the windows need."""
    return [Need(command, package, partial(has_command, command)) for command, package in PACKAGE_COMMANDS.items()]


def client_needs() -> list[Need]:
    """Return what building the customers' file needs on top of what the windows need."""
    return [
        Need("Python's headers", f"{debian_python_prefix()}-dev", has_python_headers),
        *(Need(command, package, partial(has_command, command)) for command, package in CLIENT_COMMANDS.items()),
        *(Need(header, package, partial(has_header, header)) for header, package in CLIENT_HEADERS.items()),
    ]


def windows_client_needs() -> list[Need]:
    """Return what building the customers' Windows file needs, and running it in wine."""
    commands = (
        Need(command, package, partial(has_command, command)) for command, package in WINDOWS_CLIENT_COMMANDS.items()
    )
    headers = "openssl/evp.h"
    return [
        *commands,
        Need("64-bit wine", "wine64", has_wine64),
        Need(headers, CLIENT_HEADERS[headers], partial(has_header, headers)),
    ]


def debian_python_prefix() -> str:
    """Return `python3` for the distribution's own Python, `python3.12` and the like for another one."""
    own = Path("/usr/bin/python3").resolve().name
    ours = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return "python3" if own == ours else ours


def os_release() -> str:
    """Return the text of /etc/os-release, empty where there is none."""
    path = Path("/etc/os-release")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def has_command(*names: str) -> bool:
    """Return whether one of `names` can be run."""
    return any(shutil.which(name) for name in names)


def has_header(name: str) -> bool:
    """Return whether the C header `name` is where compilers look."""
    return any((folder / name).is_file() for folder in HEADER_FOLDERS)


def has_python_headers() -> bool:
    """Return whether C that this Python is to load can be compiled."""
    return Path(sysconfig.get_path("include"), "Python.h").is_file()


def has_wine64() -> bool:
    """Return whether wine runs 64-bit programs."""
    return has_command("wine64") or Path("/usr/lib/wine/wine64").is_file()


def library_loads(soname: str) -> bool:
    """Return whether the dynamic linker finds `soname`."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def module_loads(name: str) -> bool:
    """Return whether this Python imports `name`."""
    importlib.invalidate_caches()
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def has_font(file_name: str) -> bool:
    """Return whether a font folder of this machine holds `file_name`."""
    return any(next(folder.rglob(file_name), None) for folder in FONT_FOLDERS if folder.is_dir())


def has_file(place: str) -> bool:
    """Return whether /usr has a file at `place`, which may have wildcards."""
    return next(Path("/usr").glob(place), None) is not None


def has_pulse_plugin() -> bool:
    """Return whether programs that speak ALSA can be led to PulseAudio."""
    return any(next(folder.glob(f"*/{PULSE_PLUGIN}"), None) for folder in (Path("/usr/lib"), Path("/usr/local/lib")))


def unmet(needs: list[Need]) -> list[Need]:
    """Return those of `needs` that the machine does not meet now."""
    return [need for need in needs if not need.is_met()]


def apt_get_prefix() -> list[str] | None:
    """Return how to run apt-get without asking anybody, or None when that is not possible here."""
    if not has_command("apt-get"):
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *APT_OPTIONS]
    if os.geteuid() == 0:
        return quiet
    if has_command("sudo") and succeeds(["sudo", "-n", "true"], silent=True):
        return ["sudo", "-n", *quiet]
    return None


def succeeds(command: list[str], *, silent: bool = False) -> bool:
    """Run `command` without a shell and return whether its exit status is 0."""
    sink = subprocess.DEVNULL if silent else None
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False)  # noqa: S603 - no shell
    return done.returncode == 0


def install(apt_get: list[str], packages: list[str]) -> bool:
    """Install `packages`; refresh apt's lists first only when they do not know them, or once when a download fails."""
    command = [*apt_get, "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    if succeeds([*command, "--simulate"], silent=True) and succeeds(command):
        return True
    return succeeds([*apt_get, "update", "--quiet"]) and succeeds(command)


def advice(missing: list[Need]) -> str:
    """Return the one line that tells a person what to install."""
    packages = " ".join(packages_of(missing))
    if has_command("apt-get"):
        return f"Deskside needs more packages. Run: sudo apt-get install --no-install-recommends {packages}"
    names = ", ".join(need.name for need in missing)
    return f"Deskside needs, and did not find: {names}. On Debian these come from: {packages}"


def packages_of(needs: list[Need]) -> list[str]:
    """Return the Debian packages of `needs`, each once, sorted."""
    return sorted({need.package for need in needs})


def provide(needs: list[Need]) -> str | None:
    """Make sure that `needs` are met. Return None when they are, else one line for a person."""
    missing = unmet(needs)
    if not missing:
        return None
    foreign = [need for need in missing if need.name.startswith("Python's")]
    if foreign and sys.base_prefix != "/usr":
        names = " and ".join(need.name for need in foreign)
        return f"{sys.base_prefix} has no working copy of {names}. Run: make clean, then add PYTHON=/usr/bin/python3"
    apt_get = apt_get_prefix()
    if apt_get is None:
        return advice(missing)
    packages = packages_of(missing)
    print("Installing Debian packages:", *packages, flush=True)
    if not install(apt_get, packages):
        return advice(missing)
    still_missing = unmet(needs)
    return advice(still_missing) if still_missing else None


def main(arguments: list[str]) -> int:
    """Run the command line described at the top of this file and return its exit status."""
    groups = {
        "venv": [python_needs],
        "desktop": [python_needs, desktop_needs],
        "tests": [python_needs, desktop_needs, test_needs],
        "packages": [python_needs, desktop_needs, package_needs],
        "client": [python_needs, desktop_needs, client_needs, windows_client_needs],
    }
    if len(arguments) != 1 or arguments[0] not in groups:
        print("usage: system_packages.py venv|desktop|tests|client|packages", file=sys.stderr)
        return 1
    needs = [need for group in groups[arguments[0]] for need in group()]
    problem = provide(needs)
    if problem is not None:
        print(problem, file=sys.stderr)
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
