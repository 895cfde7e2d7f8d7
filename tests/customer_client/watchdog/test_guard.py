"""A real program, its real watchdog and a real X server: whatever happens to the program, no key stays down."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from Xlib.display import Display as XDisplay

from demo.virtual_display import virtual_display
from tests.support.xkb_keyboard import PressedKeyboard

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("watched_program.py")
CONTROL, ALT, SHIFT, END, KEY_A = 37, 64, 50, 115, 38
DEADLINE_S = 10.0


class Watched:
    """The program, what it says, and the keys its display has down."""

    def __init__(self, display_name: str) -> None:
        self.display = XDisplay(display_name)
        environment = {**os.environ, "DISPLAY": display_name, "PYTHONPATH": str(REPOSITORY)}
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self.watchdog = int(self.hears("ready").split()[1])

    def tell(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n".encode())

    def hears(self, word: str) -> str:
        """Wait for a line that begins with `word` and return it; the moment it was said is its last part."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], DEADLINE_S)[0] and (line := self.process.stdout.readline()):
            if line.startswith(word.encode()):
                return line.decode()
        raise AssertionError(f"the program never said {word!r}")

    def hold(self, code: str, keycode: int) -> None:
        self.tell(f"hold {code}")
        self.hears("held")
        self.until(keycode, True)

    def until(self, keycode: int, down: bool) -> float:
        """Wait until the display has a key down, or up; return when that was seen."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if bool(self.display.query_keymap()[keycode // 8] >> keycode % 8 & 1) is down:
                return time.monotonic()
            time.sleep(0.002)
        raise AssertionError(f"key {keycode} is not {'down' if down else 'up'}")

    def end(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.communicate()
        self.display.close()


@pytest.fixture
def name():
    with virtual_display(200, 200) as display_name:
        yield display_name


@pytest.fixture
def watched(name):
    made = Watched(name)
    yield made
    made.end()


@pytest.fixture
def hands(name):
    made = PressedKeyboard(name)
    yield made
    made.close()


def process_is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_key_stays_held_while_the_program_works(watched):
    watched.hold("ShiftLeft", SHIFT)
    watched.hold("KeyA", KEY_A)
    time.sleep(0.6)
    watched.until(SHIFT, True)
    watched.until(KEY_A, True)


def test_a_hanging_network_thread_lets_go_of_the_keys_and_hears_of_it(watched):
    watched.hold("ShiftLeft", SHIFT)
    watched.tell("hang 1.5")
    since = float(watched.hears("hanging").split()[-1])
    assert watched.until(SHIFT, False) - since < 1.0
    watched.hears("released")
    watched.hears("awake")
    watched.hold("ShiftLeft", SHIFT)


def test_a_stopped_program_lets_go_of_the_keys(watched):
    watched.hold("ControlLeft", CONTROL)
    watched.process.send_signal(signal.SIGSTOP)
    watched.until(CONTROL, False)


def test_a_killed_program_lets_go_of_the_keys_and_its_watchdog_ends(watched):
    watched.hold("AltLeft", ALT)
    watched.process.kill()
    watched.until(ALT, False)
    wait_for(lambda: not process_is_alive(watched.watchdog))


def test_an_orderly_end_ends_the_watchdog_too(watched):
    watched.tell("end")
    watched.hears("closed")
    wait_for(lambda: not process_is_alive(watched.watchdog))


def test_without_its_watchdog_the_program_presses_no_key(watched):
    os.kill(watched.watchdog, signal.SIGKILL)
    watched.hears("lost")
    watched.tell("hold KeyA")
    watched.hears("held")
    watched.until(KEY_A, False)


def test_the_panic_keys_release_block_and_stop(watched, hands):
    watched.hold("KeyA", KEY_A)
    hands.chord(CONTROL, ALT, SHIFT, END)
    watched.hears("blocked")
    watched.hears("stopped")
    watched.until(KEY_A, False)
    assert watched.process.poll() is None


def test_the_panic_keys_work_while_another_program_has_grabbed_the_keyboard(watched, hands, name):
    game = XDisplay(name)
    game.screen().root.grab_keyboard(True, 1, 1, 0)
    game.sync()
    hands.chord(CONTROL, ALT, SHIFT, END)
    watched.hears("stopped")
    game.close()


def test_other_keys_are_no_panic(watched, hands):
    hands.chord(CONTROL, ALT, END)
    hands.chord(CONTROL, SHIFT, END)
    hands.chord(CONTROL, ALT, SHIFT, 110)
    hands.chord(CONTROL, ALT, SHIFT, END)
    assert watched.hears("blocked")
    watched.tell("end")
    rest = watched.process.communicate(timeout=10)[0]
    assert b"blocked" not in rest


def test_a_program_that_hangs_wholly_is_ended_by_the_panic_keys(watched, hands):
    watched.hold("KeyA", KEY_A)
    watched.process.send_signal(signal.SIGSTOP)
    hands.chord(CONTROL, ALT, SHIFT, END)
    watched.until(KEY_A, False)
    assert watched.process.wait(DEADLINE_S) == -signal.SIGKILL


def test_a_hanging_network_thread_does_not_keep_the_panic_keys_from_blocking(watched, hands):
    watched.tell("hang 1")
    watched.hears("hanging")
    hands.chord(CONTROL, ALT, SHIFT, END)
    watched.hears("blocked")
    watched.hears("stopped")
    assert watched.process.poll() is None
