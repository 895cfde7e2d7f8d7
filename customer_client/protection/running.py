"""Looks which other remote-control programs run on this computer. Blocks for some milliseconds: not for a loop.

Names come from /proc on Linux and through psutil's documented interfaces elsewhere. Only names of processes are read.
"""

import psutil

from customer_client.protection.remote_tools import KnownTools, RemoteTool, known_tools


class ToolWatch:
    """Finds tools. After the first time only processes that are new are asked for their names."""

    def __init__(self, tools: KnownTools | None = None) -> None:
        self._tools = tools or known_tools()
        self._names: dict[int, str] = {}

    def look(self) -> tuple[RemoteTool, ...]:
        """Return the tools that run now, each once, by name."""
        running = set(psutil.pids())
        for gone in self._names.keys() - running:
            del self._names[gone]
        for process in running - self._names.keys():
            self._names[process] = _name_of(process)
        return self._tools.among(self._names.values())


def _name_of(process: int) -> str:
    try:
        return psutil.Process(process).name()
    except psutil.Error:
        return ""  # it has gone, or is not ours to know
