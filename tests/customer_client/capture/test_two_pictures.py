"""However slow whoever takes the pictures is: two of them are in memory, 8 MiB each at 1920x1080, and not a third."""

import threading
from collections.abc import Iterator

import pytest

from customer_client.capture import picture_pool
from customer_client.capture.change import row_changed_outside
from customer_client.capture.faults import display_gone
from customer_client.capture.grabber import ScreenGrabber
from customer_client.capture.shared_memory import SharedMemory
from customer_client.capture.source import Picture
from customer_client.capture.watch import FIRST_CHECK_AFTER_S, DamageWatch, whole
from customer_client.capture.x11_source import X11Source
from demo.virtual_display import virtual_display
from protocol.picture.geometry import Rect
from tests.support.pattern_source import PatternSource
from tests.support.x11_drawing import DrawingProgram

DEADLINE_S = 10.0


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all whole pictures memory was taken for."""
    sizes: list[int] = []

    def memory(size_bytes: int) -> SharedMemory:
        sizes.append(size_bytes)
        return SharedMemory(size_bytes)

    monkeypatch.setattr(picture_pool, "SharedMemory", memory)
    return sizes


@pytest.fixture(scope="module")
def display_name() -> Iterator[str]:
    with virtual_display(320, 240) as name:
        yield name


@pytest.fixture
def program(display_name: str) -> Iterator[DrawingProgram]:
    drawing = DrawingProgram(display_name)
    yield drawing
    drawing.close()


@pytest.fixture
def source(display_name: str) -> Iterator[X11Source]:
    opened = X11Source(display_name)
    yield opened
    opened.close()


def test_what_nobody_took_is_read_anew_in_its_place(
    made: list[int], source: X11Source, program: DrawingProgram
) -> None:
    grabber = ScreenGrabber(source, max_fps=200)
    program.fill(0, 0, 320, 240, 0)
    program.sync()
    grabber.start()
    held = grabber.take_newest(DEADLINE_S)
    assert held is not None
    as_it_was = bytes(held.picture.pixels)
    for row in range(20):
        changed = threading.Event()
        grabber.set_listener(changed.set)
        program.fill(row, row * 10, 5, 5, 0x404040 + row)
        program.sync()
        assert changed.wait(DEADLINE_S)
    newest = grabber.take_newest(DEADLINE_S)
    grabber.stop()
    assert newest is not None
    assert newest.picture.pixels[(19 * 10 * 320 + 19) * 4] == 0x40 + 19
    assert row_changed_outside(newest.damage, held.picture, newest.picture) is None
    assert bytes(held.picture.pixels) == as_it_was
    assert made == [320 * 240 * 4] * 2


def test_drawing_what_is_there_already_takes_no_memory(
    made: list[int], source: X11Source, program: DrawingProgram
) -> None:
    watch = DamageWatch(source, lambda: 0.0)
    program.fill(0, 0, 320, 240, 0x224466)
    program.sync()
    held = watch.look(afresh=False)
    for _ in range(5):
        program.fill(10, 10, 50, 50, 0x224466)
        program.sync()
        assert source.wait_for_damage(DEADLINE_S)
        assert watch.look(afresh=False) is None
    assert held is not None
    assert len(made) == 2


class _ToldSource(PatternSource):
    """Knows damage, can fail once, and remembers for which pictures everything was read."""

    def __init__(self) -> None:
        super().__init__()
        self.damage: tuple[Rect, ...] = ()
        self.fails = False
        self.read_everything: list[bool] = []
        self.woken = threading.Semaphore(0)

    def take(self, *, everything: bool = False) -> tuple[Picture, tuple[Rect, ...]]:
        if self.fails:
            self.fails = False
            raise display_gone("for a moment")
        self.read_everything.append(everything)
        return self.grab(), self.damage

    def wait_for_damage(self, timeout_s: float | None) -> bool:
        return self.woken.acquire(timeout=timeout_s)

    def wake(self) -> None:
        self.woken.release()


def test_a_check_that_is_due_waits_until_there_is_memory_for_it() -> None:
    source, now = _ToldSource(), 0.0
    watch = DamageWatch(source, lambda: now)
    watch.look(afresh=False)
    now = FIRST_CHECK_AFTER_S + 1
    for _ in range(3):
        change = watch.look(afresh=False, withdrawn=True)
        assert change is not None
        assert change.damage == ()
    watch.look(afresh=False)
    watch.look(afresh=False)
    assert source.read_everything == [False, False, False, False, True, False]


def test_a_picture_lost_to_an_outage_is_made_up_for_by_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customer_client.capture.grabber.RETRY_AFTER_FAULT_S", 0.01)
    source, changed = _ToldSource(), threading.Semaphore(0)
    grabber = ScreenGrabber(source, max_fps=200)
    grabber.set_listener(changed.release)
    grabber.start()
    assert changed.acquire(timeout=DEADLINE_S)
    assert grabber.take_newest() is not None
    source.draw(20, 7)
    source.damage = (Rect(0, 20, 64, 1),)
    source.wake()
    assert changed.acquire(timeout=DEADLINE_S)
    source.damage, source.fails = (), True
    source.wake()
    assert changed.acquire(timeout=DEADLINE_S)
    newest = grabber.take_newest(DEADLINE_S)
    grabber.stop()
    assert newest is not None
    assert newest.damage == whole(newest.picture)
