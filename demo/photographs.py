"""Take pictures of every page a customer can see, from the real window: `python -m demo.photographs`.

Without arguments it writes the English pictures of `docs/images/customer/` and the page `docs/customer_pages.md` around
them. To look at the pages in other ways: `--language de --scale 2 --dark --size 1920x1080 --out build/pages`.
`--language pseudo` shows which words were never given to translators, and leaves them longer than any language does.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
import tkinter as tk
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from Xlib import X
from Xlib.display import Display

from customer_client.languages import use_language
from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.palette import Palette, palette_for
from customer_client.ui.window import CustomerWindow
from demo.customer_pages import customer_pages
from demo.pseudo_language import PSEUDO, speak_pseudo
from demo.shown_page import NOW, ShownPage
from demo.virtual_display import virtual_desktop
from protocol.catalogues import ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images" / "customer"
DOCUMENT = ROOT / "docs" / "customer_pages.md"
SIZE = (1280, 720)
COLOURS = 64
"""Of a picture's palette: the pages have few, and letters with smooth edges need some between."""

EDGE = 14
"""Pixels of the desktop left around the windows."""

FRAME = 20
"""What a window manager's frame takes above a window."""

SETTLE_ROUNDS, ROUND_S = 8, 0.025

IN_OTHER_WAYS = ("pin", "consent", "bar-control", "ended")
"""Pages whose pictures are also taken in other languages, and dark."""

OTHER_WAYS = "In other languages, and dark"

_INTRODUCTION = """# What the customer sees

Every page of the customer's program, from the real window, with made-up people. This text and the pictures are written
by `python -m demo.photographs`; a test checks that none is missing. The windows follow the desktop: its language, its
scale (100 to 400 %), dark or light. Everything can be done with the keyboard: Tab goes on, Space and Enter press, Alt
and the underlined letter press from anywhere on the page, Escape says no. A yes never has the keyboard at first.

Before it, in the browser ([more](operations.md#the-page-customers-open)):

![The page behind the link: who asks, what will happen, the button, the code](images/join-desktop.png)

![The same page after the download: now open the file](images/join-opened.png)

![The page on a phone: it asks to open its address on the computer](images/join-phone.png)
"""

BETWEEN = CustomerViewState(Page.CONNECTING)
"""Shown before each page: no list or window of the page before stays open."""


class NobodyListens:
    """Customer intents that do nothing, of every family."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # Tk asks a command what it is called
        return self

    def __call__(self, *_arguments: object) -> None:
        """Do nothing."""


class Studio:
    """One real window on the display in the environment, and a camera."""

    def __init__(self, palette: Palette) -> None:
        self.window = CustomerWindow(NobodyListens(), clock=lambda: NOW, palette=palette)
        self._root = self.window._root
        self._display = Display()

    def show(self, page: ShownPage) -> None:
        """Show `page` and let everything that follows from it happen."""
        self.window.show(BETWEEN)
        for _ in range(2):  # some parts are drawn in the size they have got meanwhile
            self.window.show(page.state)
            self.settle()
        if page.open_first:
            button = self.window.find(page.open_first)
            button.invoke()  # type: ignore[attr-defined]
            self.settle()

    def settle(self) -> None:
        """Let what waits happen, including what the X server has to say."""
        for _ in range(SETTLE_ROUNDS):
            self._root.update()
            time.sleep(ROUND_S)  # the window manager gives windows their size in its own time

    def photograph(self, *, whole: bool) -> Image.Image:
        """Return a picture of the `whole` screen, or of the windows and what lies between them."""
        screen = self._display.screen()
        size = (screen.width_in_pixels, screen.height_in_pixels)
        shot = screen.root.get_image(0, 0, *size, X.ZPixmap, 0xFFFFFFFF)
        picture = Image.frombytes("RGB", size, shot.data, "raw", "BGRX")
        return picture if whole else picture.crop(_around(self.window.shown_windows(), size))

    def close(self) -> None:
        """Take the window away."""
        self.window.show(BETWEEN)
        self.window.hands.close()
        self._display.close()
        self._root.end()


def _around(windows: Sequence[tk.Toplevel], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the box around `windows`, with an edge, on a screen of `size`."""
    lefts = [window.winfo_rootx() for window in windows]
    tops = [window.winfo_rooty() - FRAME for window in windows]
    rights = [window.winfo_rootx() + window.winfo_width() for window in windows]
    bottoms = [window.winfo_rooty() + window.winfo_height() for window in windows]
    return (
        max(0, min(lefts) - EDGE),
        max(0, min(tops) - EDGE),
        min(size[0], max(rights) + EDGE),
        min(size[1], max(bottoms) + EDGE),
    )


@contextlib.contextmanager
def desktop(size: tuple[int, int] = SIZE, scale: float = 1.0) -> Iterator[None]:
    """Run a desktop of `size` pixels with type of `scale`, for windows of this process.

    Once in a process: Tk keeps its connection, and ends the process when it breaks.
    """
    with virtual_desktop(*size) as name:
        setting = f"Xft.dpi: {round(96 * scale)}\n".encode()
        subprocess.run(["xrdb", "-display", name, "-nocpp", "-load", "-"], input=setting, check=True, timeout=20)
        os.environ["DISPLAY"] = name
        yield


def take_pictures(
    out: Path, *, dark: bool = False, whole: bool = False, only: tuple[str, ...] = (), ending: str = ""
) -> None:
    """Write a small PNG of every page (or `only` of these) to the folder `out`, in the language in use."""
    out.mkdir(parents=True, exist_ok=True)
    studio = Studio(palette_for(dark))
    for page in (page for page in customer_pages() if not only or page.name in only):
        studio.show(page)
        picture = studio.photograph(whole=whole)
        small = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(out / f"{page.name}{ending}.png", optimize=True)
    studio.close()


def take_pictures_for_documents() -> None:
    """Write all pictures of `docs/customer_pages.md`, and that page."""
    with desktop():
        take_pictures(PICTURES)
        for language in LANGUAGES:
            speak(language)
            take_pictures(PICTURES, dark=language == ENGLISH, only=IN_OTHER_WAYS, ending=_ending(language))
    use_language(ENGLISH)
    DOCUMENT.write_text(document(), encoding="utf-8")


def document() -> str:
    """Return the text of `docs/customer_pages.md`."""
    pages = customer_pages()
    parts = [_INTRODUCTION]
    parts += [f"## {page.title}\n\n{page.about}\n\n{_picture(page.title, page.name)}\n" for page in pages]
    parts.append(f"## {OTHER_WAYS}\n")
    for page in (page for page in pages if page.name in IN_OTHER_WAYS):
        parts += [f"{_picture(_way(page, language), page.name + _ending(language))}\n" for language in LANGUAGES]
    return "\n".join(parts)


def _picture(title: str, name: str) -> str:
    return f"![{title}](images/customer/{name}.png)"


def _way(page: ShownPage, language: str) -> str:
    return f"{page.title}, {'dark' if language == ENGLISH else LANGUAGES[language]}"


def _ending(language: str) -> str:
    return "-dark" if language == ENGLISH else f"-{language}"


def speak(language: str) -> None:
    """Say everything in `language`, which may be the pseudo-language, from now on."""
    if language == PSEUDO:
        speak_pseudo()
    else:
        use_language(language)


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; return 0."""
    parser = argparse.ArgumentParser(prog="python -m demo.photographs", description=__doc__)
    parser.add_argument("--language", choices=[*LANGUAGES, PSEUDO], default=ENGLISH)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 to 4.0, as the desktop's setting")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--size", default="1280x720", help="of the screen")
    parser.add_argument("--out", type=Path, help="folder for pictures of the whole screen, instead of the documents'")
    arguments = parser.parse_args(argv)
    if arguments.out is None:
        take_pictures_for_documents()
        return 0
    width, height = (int(part) for part in arguments.size.split("x"))
    speak(arguments.language)
    with desktop((width, height), arguments.scale):
        take_pictures(arguments.out, dark=arguments.dark, whole=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
