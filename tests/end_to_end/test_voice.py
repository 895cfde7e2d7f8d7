"""Two people talk through the real programs: two displays, a real sound server, a sine for each voice."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from demo.device_input import DeviceInput
from demo.hands import Hands
from demo.programs import Program
from demo.session import Stage, allow, click, first_picture, join, open_ticket, sign_in, start_relay, start_session
from demo.virtual_display import virtual_desktop
from protocol.transport.voice.packets import FRAME_BYTES
from protocol.transport.voice.port_audio import PortAudioDevices
from tests.support.sound_server import sound_server
from tests.support.sounds import share_of_tone, sine

HEARD_WITHIN_S = 30.0
BLOCKS = 10
F9 = 0xFFC6
CUSTOMER_HZ, TECHNICIAN_HZ = 440, 700


class Voices:
    """What each person says, and what each hears."""

    def __init__(self) -> None:
        self._devices = PortAudioDevices()
        self._stopped = threading.Event()
        self._threads = []
        for person, frequency_hz in (("customer", CUSTOMER_HZ), ("technician", TECHNICIAN_HZ)):
            thread = threading.Thread(target=self._speak, args=(person, frequency_hz))
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def hears(self, person: str, frequency_hz: float) -> bool:
        """Listen until 0.2 s is a pure tone of `frequency_hz`."""
        return self._listen(person, lambda heard: share_of_tone(heard, frequency_hz) > 0.8)

    def hears_nothing(self, person: str) -> bool:
        return self._listen(person, lambda heard: not any(heard))

    def _listen(self, person, wanted) -> bool:
        ear = self._devices.open_microphone(f"{person}_ear")
        heard, end = b"", time.monotonic() + HEARD_WITHIN_S
        try:
            while time.monotonic() < end:
                heard = (heard + ear.read())[-BLOCKS * FRAME_BYTES :]
                if len(heard) == BLOCKS * FRAME_BYTES and wanted(heard):
                    return True
        finally:
            ear.close()
        return False

    def _speak(self, person: str, frequency_hz: float) -> None:
        mouth, block = self._devices.open_speaker(f"{person}_mouth"), 0
        while not self._stopped.is_set():
            mouth.write(sine(frequency_hz, block))
            block += 1
        mouth.close()


class Session:
    """A session in which the programs have sound devices of their own."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        _, url, organisation = start_relay(stage)
        use_devices(patch, "technician")
        self.technician = sign_in(stage, url)
        open_ticket(stage, self.technician)
        route = start_session(stage, self.technician)
        use_devices(patch, "customer")
        self.customer = join(stage, self.technician, url, organisation, route)
        first_picture(stage, self.technician, self.customer)

    def ask_to_talk(self) -> None:
        click(self.stage, self.technician, "permissionsButton", opens="ask_voice")
        click(self.stage, self.technician, "ask_voice")
        self.customer.wait_for("widget", "the question", lambda seen: seen["found"], name="allow")

    def place(self, program: Program, name: str) -> tuple[int, int]:
        seen = program.wait_for("widget", name, lambda seen: seen["found"], name=name)
        return seen["x"], seen["y"]


def use_devices(patch: pytest.MonkeyPatch, person: str) -> None:
    patch.setenv("PULSE_SINK", f"{person}_hears")
    patch.setenv("PULSE_SOURCE", f"{person}_says.monitor")


@contextmanager
def held_button(hands: Hands, x: int, y: int) -> Iterator[None]:
    hands.move(x, y)
    display = Display(hands.name)
    mouse = DeviceInput(display)
    mouse.button(1, True)
    display.sync()
    try:
        yield
    finally:
        mouse.button(1, False)
        display.sync()
        display.close()


@contextmanager
def held_key(hands: Hands, keysym: int) -> Iterator[None]:
    display = Display(hands.name)
    keycode = display.keysym_to_keycode(keysym)
    xtest.fake_input(display, X.KeyPress, keycode)
    display.sync()
    try:
        yield
    finally:
        xtest.fake_input(display, X.KeyRelease, keycode)
        display.sync()
        display.close()


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    with (
        sound_server("customer", "technician"),
        virtual_desktop() as technician_display,
        virtual_desktop() as customer_display,
    ):
        stage = Stage(tmp_path, Hands(technician_display), Hands(customer_display))
        try:
            yield Session(stage, monkeypatch)
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


def test_two_people_talk_after_the_customer_allowed_it_and_never_before(session: Session) -> None:
    voices = Voices()
    try:
        assert not session.customer.ask("widget", name="talk")["found"]
        session.ask_to_talk()
        assert voices.hears_nothing("technician")
        allow(session.stage, session.customer)
        talk = session.place(session.customer, "talk")
        assert voices.hears_nothing("technician")
        with held_button(session.stage.customer_hands, *talk):
            assert voices.hears("technician", CUSTOMER_HZ)
            session.stage.customer_hands.take_picture(session.stage.folder / "customer_talks.png")
        assert voices.hears_nothing("technician")
        with held_key(session.stage.technician_hands, F9):
            assert voices.hears("customer", TECHNICIAN_HZ)
            session.stage.technician_hands.take_picture(session.stage.folder / "technician_talks.png")
        assert voices.hears_nothing("customer")
    finally:
        voices.end()
