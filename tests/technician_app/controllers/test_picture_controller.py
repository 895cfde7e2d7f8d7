"""What the technician's picture controller says to the customer's side, and what it says about the picture."""

import asyncio

import pytest

from protocol.messages.picture import PicturePreset, PictureQuality, PictureWanted
from technician_app.controllers.picture import PictureController

REDUCED = PictureQuality(
    reduced=True,
    rate_kbit=800,
    loss_permille=30,
    scale_percent=50,
    photo_quality=25,
    updates_per_s=15,
    capture_us=2100,
    encode_us=8400,
)


class SilentTrack:
    """A received track on which nothing comes."""

    kind = "video"

    async def recv(self):
        await asyncio.Event().wait()


class Side:
    def __init__(self, preset: PicturePreset, *, screen_stream: bool = True) -> None:
        self.wishes: list[PictureWanted] = []
        self.picture = PictureController(
            shown=lambda _: None, send_report=lambda _: None, problem=lambda _: None, preset=preset
        )
        self.picture.track_arrived(SilentTrack(), screen_stream=screen_stream)  # type: ignore[arg-type]
        self.picture.connected(self.wishes.append)


@pytest.fixture
async def make_side():
    made: list[Side] = []

    def make(*arguments, **options) -> Side:
        made.append(Side(*arguments, **options))
        return made[-1]

    yield make
    for side in made:
        await side.picture.close()


async def test_the_remembered_preset_is_said_once_sharing_is_allowed(make_side):
    side = make_side(PicturePreset.THRIFTY)
    assert side.wishes == []
    side.picture.allow()
    assert side.wishes == [PictureWanted(PicturePreset.THRIFTY, False)]


async def test_what_everybody_starts_with_is_not_said(make_side):
    side = make_side(PicturePreset.BALANCED)
    side.picture.allow()
    side.picture.want(PictureWanted(PicturePreset.BALANCED, False))
    assert side.wishes == []
    side.picture.want(PictureWanted(PicturePreset.BALANCED, True))
    side.picture.want(PictureWanted(PicturePreset.SHARP, True))
    assert side.wishes == [PictureWanted(PicturePreset.BALANCED, True), PictureWanted(PicturePreset.SHARP, True)]


async def test_standard_video_has_no_presets(make_side):
    side = make_side(PicturePreset.SHARP, screen_stream=False)
    side.picture.allow()
    side.picture.want(PictureWanted(PicturePreset.THRIFTY, True))
    assert side.wishes == []


async def test_the_figures_say_why_and_the_customers_times_only_while_they_are_watched(make_side):
    side = make_side(PicturePreset.BALANCED)
    side.picture.allow()
    side.picture.quality_arrived(REDUCED)
    figures = side.picture.figures
    assert figures.reduced == "line 0.8 Mbit/s, loss 3 %"
    assert figures.limits == "15 updates/s, photos 25 %, half size"
    assert figures.capture_ms is figures.encode_ms is figures.network_ms is None
    side.picture.want(PictureWanted(PicturePreset.BALANCED, True))
    assert side.picture.figures.capture_ms == pytest.approx(2.1)
    assert side.picture.figures.encode_ms == pytest.approx(8.4)


async def test_a_still_picture_of_full_size_is_not_called_reduced(make_side):
    side = make_side(PicturePreset.BALANCED)
    side.picture.allow()
    side.picture.quality_arrived(PictureQuality(True, 800, 30, 100, 25, 15, 0, 0))
    assert side.picture.figures.reduced == ""
