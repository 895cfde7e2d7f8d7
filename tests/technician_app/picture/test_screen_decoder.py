"""The screen stream through a real decoder process, with every right taken away."""

import asyncio
from contextlib import suppress
from random import Random

from customer_client.capture.source import Picture
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.picture.geometry import Rect
from protocol.picture.text_stream import TextCompressor
from protocol.picture.updates import PhotoTile, TextTiles, Update, decode_update, encode_update
from protocol.transport.tasks import create_task
from technician_app.picture.decoder_process import DecoderProcess

WIDTH, HEIGHT = 320, 200


async def decoded(updates: list[bytes]) -> tuple[list, bytes]:
    """Return the changes and the last picture of `updates`."""
    changes, problems, news = [], [], asyncio.Event()
    last = decode_update(updates[-1])
    awaited = (last.number, (last.width, last.height))

    def changed(change):
        changes.append(change)
        process.painted(change.number)
        news.set()

    def failed(problem):
        problems.append(problem)
        news.set()

    process = DecoderProcess(picture_changed=changed, epoch_wanted=lambda: None, problem=failed)
    running = create_task(process.run(), name="decoder")
    try:
        for update in updates:
            await process.apply(update)
        async with asyncio.timeout(60):
            while not problems and not (changes and (changes[-1].number, changes[-1].size) == awaited):
                news.clear()
                await news.wait()
        assert problems == []
        return changes, bytes(changes[-1].pixels)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def moving_pictures() -> list[Picture]:
    """Text that scrolls, then a photo, then a film of noise in a corner, then rest."""
    random = Random(1)
    lines = [random.choices((b"\xff\xff\xff\xff", b"\x20\x20\x20\xff"), k=WIDTH) for _ in range(HEIGHT + 40)]
    page = [b"".join(line) for line in lines]
    pages = [b"".join(page[top : top + HEIGHT]) for top in (0, 8, 16)]
    photo = bytearray(pages[-1])
    for y in range(40, 168):
        photo[y * WIDTH * 4 + 256 : y * WIDTH * 4 + 768] = b"".join(
            bytes((x + random.randrange(8), y, (x + y) % 200 + random.randrange(8), 255)) for x in range(128)
        )
    pages.append(bytes(photo))
    for _ in range(12):
        for y in range(64, 160):
            at = (y * WIDTH + 64) * 4
            photo[at : at + 512] = b"".join(
                bytes((random.randrange(90, 160), (x + y) % 256, random.randrange(60, 90), 255)) for x in range(128)
            )
        pages.append(bytes(photo))
    return [Picture(WIDTH, HEIGHT, WIDTH * 4, page) for page in pages]


def encoded(pictures: list[Picture]) -> list[bytes]:
    """Return the updates for `pictures`, a 25th of a second apart, until the last one is exact."""
    encoder, updates, at_ms = ScreenStreamEncoder(), [], 1000
    for picture in pictures:
        updates.append(encoder.encode(picture, None, captured_ms=at_ms, budget_bytes=1 << 20))
        at_ms += 40
    for _ in range(100):
        at_ms += 100
        if encoder.wants_more(at_ms / 1000):
            updates.append(encoder.encode(pictures[-1], (), captured_ms=at_ms, budget_bytes=1 << 20))
    return [update for update in updates if update is not None]


async def test_text_photo_film_and_refinement_end_exact_on_the_other_side_of_the_process():
    pictures = moving_pictures()
    updates = encoded(pictures)
    changes, pixels = await decoded(updates)
    kinds = {type(operation) for update in updates for operation in decode_update(update).operations}
    assert {TextTiles, PhotoTile} <= kinds
    assert changes[-1].size == (WIDTH, HEIGHT)
    wanted = pictures[-1].pixels
    assert all(pixels[colour::4] == wanted[colour::4] for colour in range(3))


async def test_the_largest_picture_fits_into_the_limits_of_the_process():
    """Ends at 33 million pixels, with the text, photo and film decoders all in use before."""
    updates = encoded(moving_pictures())
    text = TextCompressor()
    rect = Rect(7168, 4064, 512, 256)
    rows = Random(2).randbytes(rect.area * 3)
    last = Update(2, 0, 0, 7680, 4320, (TextTiles((rect,), text.chunk(rows)),))
    changes, pixels = await decoded([*updates, encode_update(last)])
    assert changes[-1].size == (7680, 4320)
    assert len(pixels) == 7680 * 4320 * 4
    assert pixels[-4:-1] == rows[-3:]
