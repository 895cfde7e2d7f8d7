"""What a thin line does to the picture, from the painted screen to the decoded one, in simulated time."""

import pytest

from protocol.messages.picture import PicturePreset, PictureWanted
from protocol.picture.geometry import Rect
from tests.support.painted_screen import PaintedScreen, colours
from tests.support.virtual_viewer import VirtualViewer

WIDTH, HEIGHT = 1200, 800


def page(screen: PaintedScreen, viewer: VirtualViewer, seed: int) -> None:
    """Show another page: text, and a photograph-like part."""
    screen.text(Rect(0, 0, WIDTH, HEIGHT), seed)
    screen.noise(Rect(100, 100, 160, 160), seed)
    viewer.pictures.changed(Rect(0, 0, WIDTH, HEIGHT))


@pytest.fixture
def screen():
    return PaintedScreen(WIDTH, HEIGHT)


async def test_half_the_size_comes_with_a_page_and_at_rest_the_whole_picture_is_exact(screen):
    viewer = VirtualViewer(screen, bottleneck_bps=260_000)
    viewer.track.wanted(PictureWanted(PicturePreset.THRIFTY, figures=False))
    viewer.pictures.resume()
    await viewer.run(3)
    for seed in range(3):
        page(screen, viewer, seed)
        await viewer.run(1.5)
    await viewer.run(6)
    assert (WIDTH // 2, HEIGHT // 2) in viewer.sizes
    assert any(quality.scale_percent == 50 and quality.reduced for _at, quality in viewer.told)
    await viewer.run(60)
    assert viewer.decoder.size == (WIDTH, HEIGHT)
    assert colours(viewer.decoder.pixels) == colours(screen.pixels)
    assert len(viewer.sizes) <= 4
    assert viewer.told[-1][1].scale_percent == 100


async def test_a_line_that_recovers_has_the_exact_picture_at_once_and_then_its_full_quality(screen):
    viewer = VirtualViewer(screen, bottleneck_bps=600_000)
    viewer.pictures.resume()
    for seed in range(16):
        page(screen, viewer, seed)
        await viewer.run(0.5)
    assert viewer.track._quality.quality.updates_per_s_most < 60
    viewer.bottleneck_bps = 50e6
    await viewer.run(3)
    assert colours(viewer.decoder.pixels) == colours(screen.pixels)
    for step in range(40):
        screen.fill(Rect(10, 10 + step, 300, 2), step * 5000)
        viewer.pictures.changed(Rect(10, 10 + step, 300, 2))
        await viewer.run(0.5)
    assert viewer.track._quality.quality.updates_per_s_most == 60
    assert not viewer.told[-1][1].reduced
    assert colours(viewer.decoder.pixels) == colours(screen.pixels)


async def test_a_still_screen_wakes_nobody_and_tells_nothing(screen):
    viewer = VirtualViewer(screen, bottleneck_bps=20e6)
    viewer.pictures.resume()
    await viewer.run(8)
    assert colours(viewer.decoder.pixels) == colours(screen.pixels)
    told = len(viewer.told)
    assert viewer.track._idle_s(viewer.now) is None
    viewer.now += 100
    assert viewer.track._idle_s(viewer.now) is None
    await viewer.run(2)
    assert len(viewer.told) == told == 0
