"""How many pictures a screen takes in memory. The memory is real; what the X server is told is written down."""

from types import SimpleNamespace

import pytest

from customer_client.capture.picture_pool import SURPLUS_FOR, PicturePool
from customer_client.capture.source import Picture


class ToldServer:
    """Takes every piece of memory and remembers which it has."""

    def __init__(self) -> None:
        self.attached: set[int] = set()
        self._last = 0

    def attach(self, _: int) -> int:
        self._last += 1
        self.attached.add(self._last)
        return self._last

    def detach(self, segment: int) -> None:
        self.attached.remove(segment)


@pytest.fixture
def told() -> ToldServer:
    return ToldServer()


@pytest.fixture
def pool(told: ToldServer) -> PicturePool:
    requests: SimpleNamespace = SimpleNamespace(attach=told.attach, detach=told.detach)
    return PicturePool(requests, 64, 48)  # type: ignore[arg-type]


def taken(pool: PicturePool) -> Picture:
    return pool.finish(pool.acquire(), (), ())


def test_two_pictures_are_enough_for_an_encoder_that_keeps_up(pool, told):
    shown = taken(pool)
    for _ in range(3 * SURPLUS_FOR):
        shown = taken(pool)
    assert (pool.size, len(told.attached)) == (2, 2)
    assert len(shown.pixels) == 64 * 48 * 4


def test_what_a_slow_moment_needed_is_given_back_after_a_while(pool, told):
    held = [taken(pool) for _ in range(4)]
    assert pool.size == 4
    shown = held.pop()
    held.clear()
    for _ in range(2 * SURPLUS_FOR):
        shown = taken(pool)
    assert (pool.size, len(told.attached)) == (2, 2)
    assert shown.width == 64


def test_a_picture_that_is_needed_now_and_then_is_kept(pool):
    encoded = shown = taken(pool)
    for number in range(4 * SURPLUS_FOR):
        if number % (SURPLUS_FOR // 2) == 0:
            encoded = shown
        shown = taken(pool)
    assert (pool.size, encoded.width) == (3, shown.width)


def test_the_picture_that_is_furthest_behind_is_the_one_given_back(pool):
    pooled, held = [], []
    for _ in range(3):
        pooled.append(pool.acquire())
        held.append(pool.finish(pooled[-1], (), ()))
    held.clear()
    pooled[0].stale_bands = pool.every_band
    assert pooled[0] not in [pool.acquire() for _ in range(SURPLUS_FOR)]
    assert pool.size == 2
