"""Looks which other remote-control programs run on this computer. Blocks for some milliseconds: not for a loop.

Names of processes come from /proc on Linux and through psutil's documented interfaces elsewhere; classes of windows
from the X server (Linux), open ports from the system's own table (Linux, Windows). Nothing else is read.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterable

import psutil

from customer_client.protection.listening import ports_open_to_others
from customer_client.protection.remote_tools import KnownTools, RemoteTool, known_tools
from protocol.errors import EnvironmentFault

BESIDE_EVERY = 4
"""With a look every 5 s, a window or port is noticed within 20 s."""

_log = logging.getLogger(__name__)


def open_window_classes() -> Iterable[str]:
    """Return the classes of the windows that are open; none where they are not told."""
    if not sys.platform.startswith("linux") or not os.environ.get("DISPLAY"):
        return ()
    # python-xlib is there on Linux only.
    from customer_client.protection.x11_window_classes import window_classes

    try:
        return window_classes()
    except EnvironmentFault as fault:
        _log.info("no windows are looked at for other programs: %s", fault)
        return ()


class ToolWatch:
    """Finds tools. After the first time only processes that are new are asked for their names.

    Windows and ports, which cost more, are looked at the first time and every `beside_every`th time after it.
    """

    def __init__(
        self,
        tools: KnownTools | None = None,
        *,
        classes: Callable[[], Iterable[str]] = open_window_classes,
        ports: Callable[[], Iterable[int]] = ports_open_to_others,
        beside_every: int = BESIDE_EVERY,
    ) -> None:
        self._tools = tools or known_tools()
        self._classes, self._ports, self._beside_every = classes, ports, beside_every
        self._looks = 0
        self._beside: tuple[RemoteTool, ...] = ()
        self._names: dict[int, str] = {}

    def look(self) -> tuple[RemoteTool, ...]:
        """Return the tools that run now, each once, by name."""
        running = set(psutil.pids())
        for gone in self._names.keys() - running:
            del self._names[gone]
        for process in running - self._names.keys():
            self._names[process] = _name_of(process)
        if self._looks % self._beside_every == 0:
            self._beside = self._tools.among((), self._classes(), self._ports())
        self._looks += 1
        found = {*self._tools.among(self._names.values()), *self._beside}
        return tuple(sorted(found, key=lambda tool: tool.name))


def _name_of(process: int) -> str:
    try:
        return psutil.Process(process).name()
    except (psutil.Error, OSError):  # OSError: wine does not tell
        return ""  # it has gone, or is not ours to know
