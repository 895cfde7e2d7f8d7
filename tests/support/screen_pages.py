"""Pictures of text as an office screen shows it, drawn with Pillow."""

import math
import random
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFont

from customer_client.capture.source import Picture

LINE_HEIGHT = 22


@cache
def _lines() -> tuple[str, ...]:
    text = "printer settings cannot connect window user network update install return driver error 0x80070005"
    words = text.split()
    choice = random.Random(7).choice
    return tuple(" ".join(choice(words) for _ in range(12)) for _ in range(200))


def page(width: int = 1920, height: int = 1080, *, scrolled: int = 0, typed: str = "") -> Picture:
    """Return a document page scrolled by `scrolled` pixels with a status line that holds `typed`."""
    image = Image.new("RGB", (width, height), (236, 239, 244))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(15)
    draw.rectangle((width // 6, 40, width * 5 // 6, height - 40), fill="white")
    for index in range(height // LINE_HEIGHT + 1):
        line = _lines()[(index + scrolled // LINE_HEIGHT) % 200]
        draw.text((width // 6 + 20, index * LINE_HEIGHT - scrolled % LINE_HEIGHT), line, font=font, fill=(25, 25, 30))
    draw.rectangle((0, 0, width, 40), fill=(37, 99, 235))
    draw.rectangle((0, height - 40, width, height), fill=(220, 224, 230))
    draw.text((20, height - 32), typed, font=font, fill="black")
    return picture_of(image)


def picture_of(image: Image.Image) -> Picture:
    """Return a Pillow image as a picture."""
    return Picture(image.width, image.height, image.width * 4, image.convert("RGBA").tobytes("raw", "BGRA"))


def luma_psnr_db(sent: Picture, received: Image.Image) -> float:
    """Return the peak signal to noise ratio of the luma of two pictures of the same size, in dB."""
    pixels = bytes(sent.pixels)
    original = Image.frombytes("RGB", (sent.width, sent.height), pixels, "raw", "BGRX", sent.stride).convert("L")
    other = received.convert("L")
    histogram = _difference(original.crop((0, 0, *other.size)), other).histogram()
    squared = sum(count * level * level for level, count in enumerate(histogram)) / (other.width * other.height)
    return 99.0 if squared == 0 else 10 * math.log10(255 * 255 / squared)


def _difference(one: Image.Image, other: Image.Image) -> Image.Image:
    return ImageChops.difference(one, other)
