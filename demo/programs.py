"""The programs of the demo as child processes that answer questions, line by line, about what their windows show."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE_S = 40.0
NOWHERE = (None, None)


class DemoFailed(Exception):
    """A step of the demo did not happen; the message says which."""


class Program:
    """A child process whose standard output is JSON lines; its standard error goes to a log file."""

    def __init__(self, name: str, arguments: list[str], *, log_folder: Path, display: str = "") -> None:
        self.name = name
        self.started_at = time.time()
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.log = log_folder / f"{name}.log"
        environment = {
            key: value for key, value in os.environ.items() if key not in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE")
        }
        if display:
            environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
            environment |= _downloads_in(log_folder / f"{name}_home")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def ask(self, question: str, **more: str) -> dict[str, Any]:
        """Ask the program about its windows and return its answer; events it tells meanwhile are dropped."""
        self._say({"ask": question, **more})
        while True:
            line = self.next_line()
            if line.get("answer") == question:
                return line

    def tell(self, what: str, **more: str) -> None:
        """Tell the program something that needs no answer."""
        self._say({"ask": what, **more})

    def next_line(self, timeout: float = PATIENCE_S) -> dict[str, Any]:
        """Return the next line it wrote.

        Raises:
            DemoFailed: none came in time, or the program ended.
        """
        try:
            return self.lines.get(timeout=timeout)
        except queue.Empty:
            raise DemoFailed(f"{self.name} said nothing for {timeout:.0f} s (see {self.log})") from None

    def wait_for(
        self, question: str, what: str, ready: Callable[[dict[str, Any]], bool], **more: str
    ) -> dict[str, Any]:
        """Ask until the answer is `ready`; `what` names the step for the error.

        A widget must also be where it was at the look before: what moves is missed by a click.

        Raises:
            DemoFailed: it did not become ready within 40 s.
        """
        deadline = time.monotonic() + PATIENCE_S
        answer: dict[str, Any] = {}
        while time.monotonic() < deadline:
            before, answer = _place(answer), self.ask(question, **more)
            if ready(answer) and _place(answer) in (before, NOWHERE):
                return answer
            time.sleep(0.02)
        raise DemoFailed(f"{self.name}: {what} did not happen; last seen: {answer}")

    def end(self, *, kill: bool = False) -> None:
        """End the process, and wait for it."""
        if self.running:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def wait(self) -> None:
        """Wait until the person closes it."""
        self._process.wait()

    def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise DemoFailed(f"{self.name} has ended (see {self.log})") from None

    def _read(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        for line in stream:
            try:
                self.lines.put(json.loads(line))
            except ValueError:
                self.lines.put({"text": line.decode(errors="replace").strip()})


def _place(answer: dict[str, Any]) -> tuple[object, object]:
    return answer.get("x"), answer.get("y")


def _downloads_in(home: Path) -> dict[str, str]:
    """Return what makes a program save files in `home`/downloads, wherever the person who runs the demo has theirs."""
    return {"XDG_CONFIG_HOME": str(home / "settings"), "XDG_DOWNLOAD_DIR": str(home / "downloads")}


def run_to_end(
    arguments: list[str], *, stdin: str = "", ok: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run one of our commands to its end.

    Raises:
        DemoFailed: its exit code is not in `ok`.
    """
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode not in ok:
        raise DemoFailed(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done
