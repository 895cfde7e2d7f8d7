"""Which other programs let somebody see or use this computer: by processes, classes of windows and open ports. Pure.

They stand in `data/remote_tools.toml`. What is found is shown to the customer by name; the technician is told the
kind, and the customer is told that.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from protocol.messages.protection import RemoteToolKind

_SYSTEMS = {"win32": "windows", "darwin": "macos"}


@dataclass(frozen=True)
class RemoteTool:
    """A program for remote control. `name` is what people call it."""

    name: str
    kind: RemoteToolKind


class KnownTools:
    """The tools of `lists` (the content of the data file) as they are called on `platform` (as `sys.platform`)."""

    def __init__(self, lists: Mapping[str, Any], platform: str = sys.platform) -> None:
        system = _SYSTEMS.get(platform, "linux")
        self._whole: dict[str, RemoteTool] = {}
        self._beginnings: list[tuple[str, RemoteTool]] = []
        self._classes: dict[str, RemoteTool] = {}
        self._ports: dict[int, RemoteTool] = {}
        for entry in lists["tool"]:
            tool = RemoteTool(entry["name"], RemoteToolKind(entry["kind"]))
            self._classes |= dict.fromkeys(entry.get("classes", ()), tool)
            self._ports |= dict.fromkeys(entry.get("ports", ()), tool)
            for pattern in (*entry.get("any", ()), *entry.get(system, ())):
                if pattern.endswith("*"):
                    self._beginnings.append((pattern[:-1], tool))
                else:
                    self._whole[pattern] = tool

    def tool_of(self, process: str) -> RemoteTool | None:
        """Return the tool a process of this name belongs to."""
        name = process.casefold().removesuffix(".exe").removesuffix(".bin")
        if name in self._whole:
            return self._whole[name]
        return next((tool for beginning, tool in self._beginnings if name.startswith(beginning)), None)

    def tool_of_window(self, class_name: str) -> RemoteTool | None:
        """Return the tool a window of this class belongs to; Wine calls windows as their program's file."""
        return self._classes.get(class_name.casefold().removesuffix(".exe"))

    def among(
        self, processes: Iterable[str], classes: Iterable[str] = (), ports: Iterable[int] = ()
    ) -> tuple[RemoteTool, ...]:
        """Return the tools that show by these processes, classes of windows or open TCP ports, each once, by name."""
        told = [*map(self.tool_of, processes), *map(self.tool_of_window, classes), *map(self._ports.get, ports)]
        found = {tool for tool in told if tool is not None}
        return tuple(sorted(found, key=lambda tool: tool.name))


@lru_cache(maxsize=1)
def known_tools() -> KnownTools:
    """Return the tools that this program knows."""
    file = resources.files("customer_client.protection").joinpath("data", "remote_tools.toml")
    return KnownTools(tomllib.loads(file.read_text(encoding="utf-8")))
