"""What the scenes show, drawn with real fonts and made-up photographs. Pure and the same on every run.

Photographs are sums of smooth noise with a grain of their own, because that is what makes a photograph hard for a
lossless coder. Every random number comes from a generator with a fixed seed.
"""

import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

SANS, SERIF, MONO = "LiberationSans-Regular.ttf", "LiberationSerif-Regular.ttf", "DejaVuSansMono.ttf"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")

INK, PAPER, SHADE, LINE, BLUE = "#1c1e21", "#ffffff", "#f1f3f4", "#d0d4d8", "#1a5fb4"
_WORDS = (
    "the",
    "printer",
    "on",
    "second",
    "floor",
    "says",
    "offline",
    "since",
    "monday",
    "restart",
    "spooler",
    "queue",
    "driver",
    "network",
    "address",
    "table",
    "is",
    "and",
    "of",
    "a",
    "to",
    "in",
    "for",
    "with",
    "customer",
    "office",
    "invoice",
    "update",
    "window",
    "server",
    "account",
    "report",
    "service",
    "folder",
    "permission",
    "shared",
    "document",
    "changed",
    "version",
    "support",
    "ticket",
    "connection",
    "password",
    "reset",
    "monitor",
    "cable",
    "screen",
    "keyboard",
    "settings",
)
_CODE = (
    *("def {0}_{1}({2}, {3}):", "    for {2} in {3}:", "        if {0} is None:", "            return {1}[{2}]"),
    *("    {0} = {1}.{2}({3})", "", "    # {0} {1} before {2}", '    raise ValueError(f"{0} {1}: {2}")'),
)


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the font file `name` at `size` pixels.

    Raises:
        FileNotFoundError: the machine has no such font.
    """
    for folder in FONT_FOLDERS:
        for path in sorted(folder.rglob(name)) if folder.is_dir() else ():
            return ImageFont.truetype(str(path), size)
    raise FileNotFoundError(f"no font {name} (Debian: fonts-liberation, fonts-dejavu-core)")


def sentence(chance: random.Random, words: int) -> str:
    """Return a sentence of that many words."""
    return " ".join(chance.choice(_WORDS) for _ in range(words)).capitalize() + "."


def code_line(chance: random.Random) -> str:
    """Return a line that looks like a program."""
    return chance.choice(_CODE).format(*(chance.choice(_WORDS) for _ in range(4)))


def text_block(
    size: tuple[int, int], seed: int, *, face: str = SANS, pixels: int = 15, code: bool = False
) -> Image.Image:
    """Return a white page of `size` full of lines, as an editor shows them."""
    chance = random.Random(seed)
    page = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(page)
    used, step = font(face, pixels), round(pixels * 1.45)
    for row, top in enumerate(range(10, size[1] - step, step)):
        if code:
            draw.text((12, top), f"{row + 1:4d}", font=used, fill="#9aa0a6")
            draw.text((64, top), code_line(chance), font=used, fill=chance.choice((INK, INK, BLUE, "#26734d")))
        elif row % 9 == 8:
            continue
        else:
            draw.text((18, top), sentence(chance, max(4, size[0] // (pixels * 4))), font=used, fill=INK)
    return page


def glyph(letter: str, cell: tuple[int, int], pixels: int) -> Image.Image:
    """Return one letter of the monospaced font in a white cell of that width and height."""
    picture = Image.new("RGB", cell, PAPER)
    ImageDraw.Draw(picture).text((0, 0), letter, font=font(MONO, pixels), fill=INK)
    return picture


def photograph(size: tuple[int, int], seed: int, *, grain: int = 6) -> Image.Image:
    """Return a made-up colour photograph with `grain` grey levels of sensor noise (0..64)."""
    chance = random.Random(seed)
    channels = []
    shared = _clouds(size, chance, (3, 9, 40))
    for _ in range(3):
        own = _clouds(size, chance, (2, 5, 90))
        channels.append(Image.blend(shared, own, 0.4))
    smooth = Image.merge("RGB", channels)
    return add_grain(smooth, chance, grain) if grain else smooth


def add_grain(picture: Image.Image, chance: random.Random, grain: int) -> Image.Image:
    """Return `picture` with noise of `grain` grey levels (0..64), the same in all three colours."""
    width, height = picture.size
    noise = Image.frombytes("L", picture.size, chance.randbytes(width * height)).point(
        [value * grain // 256 for value in range(256)]
    )
    return ImageChops.add(picture, Image.merge("RGB", (noise,) * 3), 1, -(grain // 2))


def video_frames(size: tuple[int, int], count: int, seed: int) -> list[Image.Image]:
    """Return `count` frames of a camera that glides and zooms over a landscape, with fresh grain in each."""
    chance = random.Random(seed)
    width, height = size
    landscape = photograph((width * 3, height * 3), seed + 1, grain=0)
    frames = []
    for index in range(count):
        zoom = 1.5 + 0.25 * ((index % 100) / 100 if index % 200 < 100 else 1 - (index % 100) / 100)
        left, top = (index * 3.0) % (width * 0.9), (index * 1.25) % (height * 0.9)
        part = landscape.resize(size, Image.Resampling.BILINEAR, (left, top, left + width * zoom, top + height * zoom))
        frames.append(add_grain(part, chance, 12))
    return frames


def pages(size: tuple[int, int], seed: int) -> list[Image.Image]:
    """Return six full screens: a program, a letter, a table, a mailbox, a page with photographs, settings."""
    return [
        text_block(size, seed, face=MONO, code=True),
        _letter(size, seed + 1),
        _table(size, seed + 2),
        _mailbox(size, seed + 3),
        _web_page(size, seed + 4),
        _settings(size, seed + 5),
    ]


def window(size: tuple[int, int], seed: int, title: str) -> Image.Image:
    """Return a program's window with a title bar and text."""
    shown = text_block(size, seed)
    draw = ImageDraw.Draw(shown)
    draw.rectangle((0, 0, size[0], 31), fill="#2b3a4a")
    draw.text((12, 7), title, font=font(SANS, 15), fill="#ffffff")
    return ImageOps.expand(shown.crop((1, 1, size[0] - 1, size[1] - 1)), 1, "#5c6773")


def _clouds(size: tuple[int, int], chance: random.Random, grids: tuple[int, ...]) -> Image.Image:
    total = Image.new("L", size, 128)
    for weight, grid in zip((0.75, 0.45, 0.3), grids, strict=True):
        rows = max(2, grid * size[1] // size[0])
        small = Image.frombytes("L", (grid, rows), chance.randbytes(grid * rows))
        total = Image.blend(total, small.resize(size, Image.Resampling.BICUBIC), weight)
    return ImageOps.autocontrast(total)


def _letter(size: tuple[int, int], seed: int) -> Image.Image:
    page = Image.new("RGB", size, "#8a9097")
    sheet = text_block((920, size[1] - 120), seed, face=SERIF, pixels=19)
    page.paste(sheet, ((size[0] - 920) // 2, 90))
    return page


def _table(size: tuple[int, int], seed: int) -> Image.Image:
    chance = random.Random(seed)
    page = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(page)
    used = font(SANS, 14)
    for row, top in enumerate(range(90, size[1], 24)):
        draw.line((0, top, size[0], top), fill=LINE)
        for left in range(0, size[0], 128):
            text = str(row) if left == 0 else f"{chance.randrange(10**6) / 100:.2f}"
            draw.text((left + 8, top + 4), text, font=used, fill=INK)
    for left in range(0, size[0], 128):
        draw.line((left, 90, left, size[1]), fill=LINE)
    return page


def _mailbox(size: tuple[int, int], seed: int) -> Image.Image:
    chance = random.Random(seed)
    page = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 240, size[1]), fill=SHADE)
    for row, top in enumerate(range(100, size[1] - 60, 52)):
        draw.text((20, top), sentence(chance, 2), font=font(SANS, 16), fill=INK)
        draw.text((264, top), sentence(chance, 5), font=font(SANS, 16), fill=INK)
        draw.text((264, top + 22), sentence(chance, 9), font=font(SANS, 13), fill="#5f6368")
        if row == 3:
            draw.rectangle((250, top - 6, 900, top + 44), outline=BLUE, width=2)
    page.paste(text_block((size[0] - 920, size[1] - 100), seed + 50, pixels=16), (920, 100))
    return page


def _web_page(size: tuple[int, int], seed: int) -> Image.Image:
    page = text_block(size, seed, face=SERIF, pixels=18)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, size[0], 88), fill="#14323f")
    draw.text((40, 30), "The Daily Desk", font=font(SERIF, 34), fill="#ffffff")
    page.paste(photograph((1200, 500), seed + 1), (40, 120))
    for index in range(3):
        page.paste(photograph((600, 280), seed + 2 + index), (1280, 120 + index * 310))
    return page


def _settings(size: tuple[int, int], seed: int) -> Image.Image:
    chance = random.Random(seed)
    page = Image.new("RGB", size, "#f6f5f4")
    draw = ImageDraw.Draw(page)
    for row, top in enumerate(range(110, size[1] - 90, 74)):
        draw.rounded_rectangle((420, top, 1500, top + 62), 10, fill=PAPER, outline=LINE)
        draw.text((440, top + 12), sentence(chance, 3), font=font(SANS, 16), fill=INK)
        draw.text((440, top + 36), sentence(chance, 8), font=font(SANS, 12), fill="#5f6368")
        on = row % 3 != 0
        draw.rounded_rectangle((1420, top + 18, 1470, top + 44), 13, fill=BLUE if on else "#b0b4b8")
        draw.ellipse((1446 if on else 1422, top + 20, 1468 if on else 1444, top + 42), fill=PAPER)
    return page
