"""What every capture source must do; run on each implementation."""

from collections.abc import Callable

import pytest

from customer_client.capture.change import changed_bands, differs, row_changed_outside
from customer_client.capture.source import BYTES_PER_PIXEL, CaptureSource, DamageSource, Picture
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect

DEADLINE_S = 10.0


def check_capture_source(source: CaptureSource) -> None:
    """Fail unless `source` behaves as `CaptureSource` says; closes it."""
    displays = source.displays()
    assert [display.primary for display in displays].count(True) == 1
    shared = source.shared_display()
    assert shared in displays
    first, second = source.grab(), source.grab()
    assert (first.width, first.height) == (shared.width, shared.height)
    assert first.stride >= first.width * BYTES_PER_PIXEL
    assert memoryview(first.pixels).nbytes >= first.stride * first.height
    assert first is second or first.pixels is not second.pixels, "a picture must never be written again"
    assert list(changed_bands(first, first)) == []
    if isinstance(source, DamageSource):
        _check_takes(source)
    source.close()
    source.close()
    with pytest.raises(EnvironmentFault) as fault:
        source.grab()
    assert fault.value.code in {"display_gone", "capture_denied"}
    assert fault.value.user_text


def check_damage_is_sound(source: DamageSource, draw: Callable[[], None], before: Picture) -> Picture:
    """Fail unless what `draw` did since the last take, `before`, is all inside the reported damage.

    `draw` returns once the display has drawn. Return the picture taken.
    """
    draw()
    picture, damage = source.take()
    assert row_changed_outside(damage, before, picture) is None
    assert all(_inside(area, picture) for area in damage)
    assert not differs(picture, source.grab()), "the picture is not what the display shows"
    return picture


def check_damage_is_sound_while_drawing(source: DamageSource, still: Callable[[], bool]) -> int:
    """Take until `still` says that the drawing has ended; fail if a change was not in a damage, or was never shown.

    Return how many pictures differed.
    """
    before, _ = source.take()
    changed = 0
    while True:
        ended = still()
        news = source.wait_for_damage(0.0 if ended else 0.02)
        picture, damage = source.take()
        assert row_changed_outside(damage, before, picture) is None
        assert all(_inside(area, picture) for area in damage)
        changed += differs(before, picture)
        before = picture
        if ended and not news and not damage:
            break
    assert not differs(before, source.grab()), "the last picture is not what the display shows"
    return changed


def _check_takes(source: DamageSource) -> None:
    picture, damage = source.take()
    assert damage == (Rect(0, 0, picture.width, picture.height),), "the first picture changed everywhere"
    assert (picture.width, picture.height) == (source.shared_display().width, source.shared_display().height)
    assert source.take() == (picture, ())
    again, damage = source.take(everything=True)
    assert damage == ()
    assert not differs(picture, again)
    source.wake()
    assert source.wait_for_damage(DEADLINE_S) is False
    assert source.wait_for_damage(0.0) is False


def _inside(area: Rect, picture: Picture) -> bool:
    return area.area > 0 and Rect(0, 0, picture.width, picture.height).contains(area)
