"""Whether the person's desktop asks for dark windows. Asked on a thread of its own, so that no start waits for it.

Windows and macOS keep it in one place. On Linux there are several, and the first that says something counts: the
variable GTK_THEME, the desktop's portal, GNOME's settings, the files of KDE and GTK. Whatever fails says nothing.
"""

import importlib
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

LONGEST_ANSWER_S = 2.0
"""A desktop that does not answer for so long is not waited for."""

AGAIN_AFTER_S = 5.0
"""Not asked more often than this, however often the person comes back to the window."""

_PORTAL = "org.freedesktop.portal.Desktop /org/freedesktop/portal/desktop org.freedesktop.portal.Settings Read ss"
# Nothing is started on the person's computer for this: where there is no portal yet, it says nothing.
_ASK_PORTAL = ("busctl", "--user", "--auto-start=no", "call", *_PORTAL.split(), "org.freedesktop.appearance")
_ASK_GNOME = ("gsettings", "get", "org.gnome.desktop.interface")
_ASK_MACOS = ("defaults", "read", "-g", "AppleInterfaceStyle")
_WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
_DARK_BELOW = 3 * 110
"""Red, green and blue (0..255 each) of a window's background together."""

Run = Callable[[tuple[str, ...]], str]

_log = logging.getLogger(__name__)


class Appearance:
    """What the desktop asks for. `find_out` answers for this computer: True is dark; called on threads of our own."""

    def __init__(self, find_out: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._find_out = find_out
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at = -math.inf
        self._answered = threading.Event()
        self._dark = False
        self._known = False
        self._told: Callable[[bool], None] = lambda _dark: None

    def ask(self) -> None:
        """Ask, unless it was asked a moment ago."""
        with self._lock:
            if self._clock() < self._asked_at + AGAIN_AFTER_S:
                return
            self._asked_at = self._clock()
        threading.Thread(target=self._ask, name="appearance", daemon=True).start()

    def dark(self, wait_s: float = 0.0) -> bool:
        """Return the newest answer; the first is waited for, for `wait_s` seconds. Without an answer: light."""
        self._answered.wait(wait_s)
        with self._lock:
            self._known = self._dark
            return self._dark

    def follow(self, told: Callable[[bool], None]) -> None:
        """Call `told`, on another thread, with each answer that is not the one before."""
        self._told = told
        self._tell()

    def _ask(self) -> None:
        try:
            self._dark = self._find_out()
        except Exception:
            _log.warning("the desktop was not understood", exc_info=True)
        self._answered.set()
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            dark, told = self._dark, self._told
            changed, self._known = dark is not self._known, dark
        if changed:
            told(dark)


def desktop_is_dark() -> bool:
    """Return whether this computer's desktop asks for dark windows; may take LONGEST_ANSWER_S several times."""
    if sys.platform == "win32":
        return _windows_is_dark()
    if sys.platform == "darwin":
        return _run(_ASK_MACOS).strip() == "Dark"
    return linux_is_dark(os.environ, _run)


def linux_is_dark(environment: Mapping[str, str], run: Run) -> bool:
    """Return the same for Linux, from the process's `environment` and what `run` returns for a command."""
    return next((dark for dark in _linux_answers(environment, run) if dark is not None), False)


def _linux_answers(environment: Mapping[str, str], run: Run) -> Iterable[bool | None]:
    theme = environment.get("GTK_THEME", "")
    yield _is_dark_theme(theme) if theme else None
    own = Path(environment.get("XDG_RUNTIME_DIR", "/"))
    has_bus = "DBUS_SESSION_BUS_ADDRESS" in environment or (own / "bus").exists()
    ask_portal = run if has_bus else _says_nothing
    # `v v u 1` is dark, 2 is light, 0 is no wish.
    yield {"1": True, "2": False}.get(ask_portal((*_ASK_PORTAL, "color-scheme")).strip()[-1:])
    # Asked where nobody has used it yet, it would leave a file behind.
    ask_gnome = run if (own / "dconf" / "user").exists() else _says_nothing
    yield {"'prefer-dark'": True, "'prefer-light'": False}.get(ask_gnome((*_ASK_GNOME, "color-scheme")).strip())
    folder = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    background = _setting(folder / "kdeglobals", "Colors:Window", "BackgroundNormal").split(",")
    if len(background) >= 3 and all(part.strip().isdecimal() for part in background[:3]):
        yield sum(map(int, background[:3])) < _DARK_BELOW
    for version in ("gtk-4.0", "gtk-3.0"):
        file = folder / version / "settings.ini"
        yield {"1": True, "true": True}.get(_setting(file, "Settings", "gtk-application-prefer-dark-theme").lower())
    yield _is_dark_theme(ask_gnome((*_ASK_GNOME, "gtk-theme")).strip("'\n "))


def _says_nothing(_command: tuple[str, ...]) -> str:
    return ""


def _is_dark_theme(name: str) -> bool:
    return name.lower().endswith((":dark", "-dark"))


def _setting(file: Path, section: str, name: str) -> str:
    """Return one value of an ini file; empty when there is no such file or value."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    from configparser import ConfigParser, Error  # here, because the window does not wait for it

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return ""
    return parser.get(section, name, fallback="")


def _run(command: tuple[str, ...]) -> str:
    """Return what `command` prints; empty when there is no such program or it fails."""
    import subprocess  # here, because the window does not wait for it

    try:
        done = subprocess.run(  # noqa: S603  no shell, and nothing in it comes from outside
            command, capture_output=True, text=True, timeout=LONGEST_ANSWER_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _windows_is_dark() -> bool:
    registry: Any = importlib.import_module("winreg")
    try:
        with registry.OpenKey(registry.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
            light: object = registry.QueryValueEx(key, "AppsUseLightTheme")[0]
    except OSError:
        return False
    return light == 0
