"""How long after the panic keys nothing is captured, nothing injected and no key held any more, under full CPU load.

The panic keys are the customer's own input, after which the technician's has to wait for two seconds. Several
customers, each on a display of their own, take turns meanwhile: each waits as long as it does in a session.
"""

import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from demo.virtual_display import virtual_display

PRESSES = 200
CUSTOMERS = 4
CHORD = (37, 64, 50, 115)
"""Ctrl, Alt, Shift, End (evdev code + 8)."""
HELD = 38
"""The key held for the technician: A."""
DEADLINE_S = 15.0


Told = Callable[[int, float], None]


@dataclass
class _Customer:
    hands: Display
    program: "subprocess.Popen[bytes]"


def panic_stop_ms(
    presses: int = PRESSES, *, loaded: bool = True, told: Told = lambda _number, _ms: None
) -> dict[str, float]:
    """Return {"p50", "max"} in ms over `presses`; `told` hears of each one (1, 2, ...).

    `loaded` keeps every core busy meanwhile.
    """
    taken: list[float] = []
    with ExitStack() as stack:
        customers = [stack.enter_context(_customer()) for _ in range(min(CUSTOMERS, presses))]
        stack.enter_context(_load(loaded))
        for number, customer in enumerate(islice(cycle(customers), presses), start=1):
            taken.append(_press(customer.hands, customer.program))
            told(number, taken[-1])
    return {"p50": round(statistics.median(taken), 1), "max": round(max(taken), 1)}


@contextmanager
def _customer() -> Iterator[_Customer]:
    with virtual_display(1280, 720) as name, _program(name) as program:
        hands = Display(name)
        try:
            yield _Customer(hands, program)
        finally:
            hands.close()


def _press(hands: Display, program: "subprocess.Popen[bytes]") -> float:
    """Hold a key remotely, press the panic keys, and return after how many ms everything had stopped."""
    deadline = time.monotonic() + DEADLINE_S
    while "KeyA" not in _asked_to_hold(program):
        if time.monotonic() > deadline:
            raise RuntimeError("the program never held the key")
        time.sleep(0.05)
    pressed = time.monotonic()
    for kind, keycodes in ((X.KeyPress, CHORD), (X.KeyRelease, tuple(reversed(CHORD)))):
        for keycode in keycodes:
            xtest.fake_input(hands, kind, keycode)
        hands.sync()
    blocked = float(_hears(program, "blocked").split()[1])
    released = _when_up(hands, HELD)
    return (max(blocked, released) - pressed) * 1000


def _asked_to_hold(program: "subprocess.Popen[bytes]") -> str:
    _tell(program, b"hold\n")
    return _hears(program, "holding")


def _when_up(display: Display, keycode: int) -> float:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if not display.query_keymap()[keycode // 8] >> keycode % 8 & 1:
            return time.monotonic()
    raise RuntimeError("a key stayed down")


def _tell(program: "subprocess.Popen[bytes]", words: bytes) -> None:
    if program.stdin is None:
        raise RuntimeError("the program has no standard input")
    program.stdin.write(words)


def _hears(program: "subprocess.Popen[bytes]", word: str) -> str:
    """Wait for the line that begins with `word`."""
    if program.stdout is None:
        raise RuntimeError("the program has no standard output")
    while select.select([program.stdout], [], [], DEADLINE_S)[0] and (line := program.stdout.readline()):
        if line.startswith(word.encode()):
            return line.decode()
    raise RuntimeError(f"the program never said {word!r}")


@contextmanager
def _program(display_name: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the customer's side; what it writes to its log is told only when something fails."""
    command = [sys.executable, "-m", "benchmarks.tools.panic_program"]
    environment = {**os.environ, "DISPLAY": display_name}
    with tempfile.TemporaryFile() as log:
        program = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0
        )
        try:
            _hears(program, "ready")
            yield program
        except RuntimeError as problem:
            log.seek(0)
            said = log.read().decode(errors="replace")[-500:]
            raise RuntimeError(f"{problem}; its log ends with: {said}") from problem
        finally:
            program.kill()
            program.communicate()


@contextmanager
def _load(wanted: bool) -> Iterator[None]:
    """Keep every core busy with programs of normal priority."""
    count = len(os.sched_getaffinity(0)) if wanted else 0
    busy = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for each in busy:
            each.kill()
            each.wait()
