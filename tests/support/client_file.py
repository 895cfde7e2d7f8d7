"""The customers' real file, as a stranger runs it: no Python of ours, another user, an empty home, real keys.

with running_file(copied(file, opened), relay, opened, folder, display) as session:
    session.share()
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from Xlib import XK
from Xlib.display import Display

from demo.device_input import DeviceInput
from demo.programs import DemoFailed, Program
from installers import linux
from protocol.messages.relay_api import OpenedSession
from tests.support.pin_on_screen import PinReader
from tests.support.relay_process import PreparedRelay
from tests.support.resumable_session import Peer

BUILT = linux.ROOT / "build" / "client"
SOURCES = (*linux.OWN_PACKAGES, "installers", "pyproject.toml", "constraints.txt")
SOURCE_KINDS = (".py", ".c", ".h", ".toml", ".txt", ".po", ".nsi", ".rc", ".manifest")
NOBODY = 65534
PATIENCE_S = 120.0


def is_fresh(file: Path = BUILT / linux.NAME) -> bool:
    """Return whether `file` is there and newer than every source it is built from."""
    if not file.is_file():
        return False
    roots = [linux.ROOT / name for name in SOURCES]
    sources = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*.*"))]
    newest = max(path.stat().st_mtime for path in sources if path.suffix in SOURCE_KINDS)
    return file.stat().st_mtime > newest


@dataclass
class FileSession:
    """A session of the file `process` is running with a technician without a window."""

    process: "subprocess.Popen[bytes]"
    archive: Path
    technician: Peer
    home: Path
    display: str
    started: float
    times: dict[str, float] = field(default_factory=dict)
    """Seconds from exec to what the names say."""
    reader: Callable[[str], PinReader] = PinReader
    """Knows how this program draws digits on a display."""

    def share(self) -> None:
        """Answer the first question, read the PIN to the technician and allow seeing, with keys; wait for a picture.

        Raises:
            DemoFailed: one of the steps did not happen.
        """
        with contextlib.closing(Keys(self.display)) as keys, contextlib.closing(self.reader(self.display)) as reader:
            self._press_until(keys, "i", "the PIN page", lambda line: line.get("phase") == "pin_wanted")
            self.technician.program.tell("pin", pin=self._pin(reader))
            self._press_until(keys, "a", "the first picture", lambda line: bool(line.get("frames")))

    def end(self) -> int:
        """Let the technician end it, close the window with its key, and return the program's exit status."""
        self.technician.program.tell("end")
        self.technician.until("the record", lambda line: ";" in line.get("record", ""))
        deadline = time.monotonic() + PATIENCE_S
        with contextlib.closing(Keys(self.display)) as keys:
            while self.process.poll() is None and time.monotonic() < deadline:
                keys.press_with_alt("l")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.5)
        return self.process.wait(1)

    def resident_mib(self) -> tuple[float, float]:
        """Return what the program holds in memory, and what it and its watchdog do if shared memory is shared out."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return _kib(pids[0], "Rss:") / 1024, sum(_kib(pid, "Pss:") for pid in pids) / 1024

    def _press_until(self, keys: "Keys", letter: str, what: str, holds: Any) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if self.process.poll() is not None:
                raise DemoFailed(f"{what}: the file ended with {self.process.returncode}")
            keys.press_with_alt(letter)
            with contextlib.suppress(DemoFailed):
                self.technician.until(what, holds, within_s=0.5)
                self.times[what] = time.monotonic() - self.started
                return
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} did not come; the technician was told {self.technician.said[-3:]}")

    def _pin(self, reader: PinReader) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if pin := reader.read():
                return pin
            time.sleep(0.1)
        raise DemoFailed("no PIN can be read on the display")


class Keys:
    """The real keyboard of `display`."""

    def __init__(self, display: str) -> None:
        self._display = Display(display)
        self._device = DeviceInput(self._display)

    def press_with_alt(self, letter: str) -> None:
        """Press Alt and `letter` together."""
        alt, key = (self._display.keysym_to_keycode(XK.string_to_keysym(name)) for name in ("Alt_L", letter))
        for keycode, down in ((alt, True), (key, True), (key, False), (alt, False)):
            self._device.key(keycode, down)
        self._display.sync()

    def close(self) -> None:
        """Let go of the display."""
        self._display.close()


Fetch = Callable[[Path], Path]
"""Brings the archive into a home folder and returns where it is."""


def copied(file: Path, opened: OpenedSession) -> Fetch:
    """Return what brings the archive beside `file` as a second download of a browser is named."""

    def fetch(home: Path) -> Path:
        return Path(shutil.copyfile(file.with_name(linux.TARBALL), home / f"Deskside-{opened.route} (1).tar.gz"))

    return fetch


@contextlib.contextmanager
def running_file(
    fetch: Fetch, relay: PreparedRelay, opened: OpenedSession, folder: Path, display: str, *, fingerprints: bool = False
) -> Iterator[FileSession]:
    """Fetch and unpack the archive, run what is in it on `display`, and start a technician.

    The route comes from the archive's name alone. With `fingerprints` the technician tells that of each picture.
    """
    with contextlib.ExitStack() as stack:
        technician = stack.enter_context(technician_for(relay, opened, folder, fingerprints=fingerprints))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskside-stranger-")))
        archive = fetch(home)
        subprocess.run(["tar", "-xzf", archive, "-C", home], check=True)
        environment = {"DISPLAY": display, "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        environment |= {"DESKSIDE_RELAY": relay.url, "DESKSIDE_ORGANISATION": relay.root_id.hex()}
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            for path in (home, *home.iterdir()):
                os.chown(path, NOBODY, NOBODY)
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with (folder / "file.log").open("wb") as log:
            started = time.monotonic()
            process = subprocess.Popen([home / linux.NAME], cwd=home, env=environment, stdout=log, stderr=log, **user)
        stack.callback(_end, process)
        yield FileSession(process, archive, technician, home, display, started)


@contextlib.contextmanager
def technician_for(
    relay: PreparedRelay, opened: OpenedSession, folder: Path, *, fingerprints: bool = False
) -> Iterator[Peer]:
    """Run a technician without a window who waits for the customer of `opened`; its log is in `folder`."""
    given = {"folder": f"{folder}/it", "fingerprints": fingerprints}
    program = Program(
        "technician",
        ["tests.support.headless_peer", json.dumps(_technicians_part(relay, opened) | given)],
        log_folder=folder,
    )
    try:
        yield Peer(program)
    finally:
        program.end(kill=True)


def _technicians_part(relay: PreparedRelay, opened: OpenedSession) -> dict[str, Any]:
    return {
        "side": "technician",
        "relay": relay.url,
        "root_id": relay.root_id.hex(),
        "opened": msgspec.structs.asdict(opened) | {"mailbox": opened.mailbox.hex()},
        "organisation": "Acme IT",
        "root_key": relay.root_key.hex(),
        "certificate": relay.certificate.hex(),
        "signing_key": relay.signing_key.private_bytes_raw().hex(),
        "sealing_key": relay.sealing_key.private_bytes_raw().hex(),
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            children += map(int, task.read_text().split())
    return [*children, *(below for child in children for below in _children(child))]


def _kib(pid: int, what: str) -> int:
    """Return a line of what the system says of the memory of `pid`; 0 for a process that has ended meanwhile."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(what)), 0)
