"""Starts real programs quickly, by forking from one process that has imported them already, and kills them.

    with Nursery() as nursery:
        child = nursery.start("relay", ["serve", ...], out)
        nursery.kill(child)

A program started here is the whole program in a process of its own: only its imports were done before. Killing two
hundred relays would otherwise be two hundred times waiting for Python to import one.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]


class Nursery:
    """The process programs are forked from; a context manager. What still runs at its end is killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._children: set[int] = set()

    def __enter__(self) -> "Nursery":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        for child in list(self._children):
            self.kill(child)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def start(self, program: str, arguments: Sequence[str], out: Path) -> int:
        """Start `program` ("relay" or "client"), whose stdout is added to the file `out`; return its process id."""
        child = self._ask({"start": program, "arguments": list(arguments), "out": str(out)})
        self._children.add(child)
        return child

    def kill(self, child: int) -> None:
        """`kill -9`; returns when the process is gone."""
        self._children.discard(child)
        self._ask({"kill": child})

    def _ask(self, request: dict[str, object]) -> int:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _programs() -> dict[str, Callable[[list[str]], int]]:
    from relay import app
    from tests.support.writing_client import main

    return {"relay": app.main, "client": main}


def _serve() -> None:
    programs = _programs()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "kill" in request:
            os.kill(request["kill"], signal.SIGKILL)
            os.waitpid(request["kill"], 0)
            answer = request["kill"]
        else:
            answer = os.fork()
            if answer == 0:
                _become(programs[request["start"]], request["arguments"], request["out"])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _become(program: Callable[[list[str]], int], arguments: list[str], out: str) -> None:
    for descriptor, path, mode in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY | os.O_CREAT | os.O_APPEND)):
        opened = os.open(path, mode, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.dup2(1, 2)
    status = 1
    try:
        status = program(arguments)
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve()
