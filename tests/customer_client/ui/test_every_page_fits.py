"""No page cuts its text off, on a small screen and with large type."""

import os
import subprocess
import sys
import tkinter as tk
from collections.abc import Callable

import pytest
from customer_stage import EVERY_PAGE, Stage, bar

from customer_client.languages import use_language
from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.palette import DARK
from customer_client.ui.theme import TextRole, screen_scale
from protocol.catalogues import ENGLISH, LANGUAGES
from protocol.messages.consent import Capability
from protocol.transport.voice.status import VoiceStatus

CHILD = "import sys; import customer_client.ui.window; print(*sorted({name.split('.')[0] for name in sys.modules}))"
HEAVY = {"aiortc", "aioice", "av", "mss", "PySide6", "numpy", "cryptography", "asyncio", "websockets", "psutil", "Xlib"}


@pytest.mark.parametrize("dpi", [96, 192])
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_the_page_shows_all_of_its_text(stage: Stage, name: str) -> None:
    stage.show(EVERY_PAGE[name])
    nothing_is_cut_off(stage)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != ENGLISH])
def test_every_page_shows_all_of_its_text_in_every_language(stage: Stage, language: str) -> None:
    use_language(language)
    try:
        for state in EVERY_PAGE.values():
            stage.show(state)
            nothing_is_cut_off(stage)
            page = stage.window._page
            if page is not None:
                marked = [one for one in page.footer.winfo_children() if one.winfo_class() == "TButton"]
                letters = [str(one.cget("text"))[int(str(one.cget("underline")))].lower() for one in marked]
                assert len(letters) == len(set(letters)), "two buttons have the same letter"
    finally:
        use_language(ENGLISH)


@pytest.mark.parametrize("dpi", [96, 192])
@pytest.mark.parametrize("paused", [False, True])
def test_the_open_list_of_a_full_bar_shows_all_of_its_text(stage: Stage, paused: bool) -> None:
    everything = frozenset(Capability)
    until = dict.fromkeys(everything, stage.clock.now + 5000.0)
    voice = VoiceStatus(talking=True, problem="n" * 110)
    full = bar(*everything, until=until, paused=paused, voice=voice, unread=99, notice="n" * 90, clipboard="n" * 160)
    stage.show(CustomerViewState(Page.SESSION, bar=full))
    stage.find("permissions").invoke()  # type: ignore[attr-defined]
    stage.settle()
    nothing_is_cut_off(stage)


def nothing_is_cut_off(stage: Stage) -> None:
    tops = [top for top in (stage.window._main, stage.window._bar) if top and top.state() != "withdrawn"]
    for top in tops:
        stage.until(lambda top=top: top.winfo_width() > 1, "window has its size")  # type: ignore[misc]
        assert [cut for child in top.winfo_children() for cut in cut_off(child)] == []
        assert top.winfo_rootx() >= 0
        assert top.winfo_rootx() + top.winfo_width() <= 1280
        assert top.winfo_rooty() + top.winfo_height() <= 720


def cut_off(widget: tk.Misc) -> list[str]:
    """Return what gets less room than it asks for; lists and fields that scroll by nature ask for nothing."""
    found = []
    if isinstance(widget, tk.Canvas) and widget.yview() != (0.0, 1.0):
        found.append(f"{widget} scrolls")
    if "text" in widget.keys() and widget.winfo_manager():  # noqa: SIM118
        room = (widget.winfo_width(), widget.winfo_height())
        need = (widget.winfo_reqwidth(), widget.winfo_reqheight())
        if room[0] < need[0] or room[1] < need[1]:
            found.append(f"{widget} has {room}, needs {need}: {widget.cget('text')!r}")
    return found + [cut for child in widget.winfo_children() for cut in cut_off(child)]


@pytest.mark.parametrize(("dpi", "scale"), [(96, 1.0), (144, 1.5), (192, 2.0)])
def test_type_has_the_size_the_desktop_asks_for(stage: Stage, scale: float) -> None:
    stage.show(EVERY_PAGE["connecting"])
    page = stage.window._page
    assert page is not None
    assert page.theme.scale == scale
    size = TextRole.BODY.value[0] * scale
    assert size <= page.theme.font(TextRole.BODY).metrics("linespace") <= 1.4 * size


@pytest.mark.parametrize(("dpi", "scale"), [(72, 1.0), (96, 1.0), (100, 1.0), (144, 1.5), (192, 2.0), (1000, 4.0)])
def test_the_scale_follows_the_screen_within_bounds(dpi: float, scale: float) -> None:
    assert screen_scale(dpi) == scale


def test_dark_pages_use_the_dark_palette(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(DARK)
    for state in EVERY_PAGE.values():
        stage.show(state)
        if stage.window._page is not None:
            assert stage.window._page.cget("background") == DARK.page


def test_the_window_needs_nothing_heavy() -> None:
    listed = subprocess.run([sys.executable, "-c", CHILD], check=True, capture_output=True, text=True, env=os.environ)
    loaded = set(listed.stdout.split())
    assert "tkinter" in loaded
    assert loaded & HEAVY == set()
