"""No page cuts its text off, on a small screen and with large type."""

import os
import subprocess
import sys
import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont

import pytest
from customer_stage import EVERY_PAGE, Stage, bar

from customer_client.languages import use_language
from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.palette import DARK, LIGHT, MIN_TEXT_CONTRAST, Palette, contrast
from customer_client.ui.theme import TextRole, screen_scale
from demo.customer_pages import customer_pages
from demo.pseudo_language import PSEUDO, speak_pseudo
from protocol.catalogues import ENGLISH, LANGUAGES
from protocol.messages.consent import Capability
from protocol.transport.voice.status import VoiceStatus

CHILD = "import sys; import customer_client.ui.window; print(*sorted({name.split('.')[0] for name in sys.modules}))"
HEAVY = {"aiortc", "aioice", "av", "mss", "PySide6", "numpy", "cryptography", "asyncio", "websockets", "psutil", "Xlib"}


def states() -> dict[str, CustomerViewState]:
    """Pages with the longest of everything, then what is not among them: ordinary bars and windows."""
    others = {
        page.name: page.state for page in customer_pages() if page.state.page in (Page.SESSION, Page.SYSTEM_DIALOG)
    }
    return {**EVERY_PAGE, **{f"ordinary-{name}": state for name, state in others.items() if state.question is None}}


@pytest.mark.parametrize("dpi", [96, 192])
def test_every_page_and_window_shows_all_of_its_text_in_every_language(stage: Stage) -> None:
    try:
        for language in (*LANGUAGES, PSEUDO):
            speak(language)
            for name, state in states().items():
                stage.show(state)
                wrong = [*what_is_cut_off(stage, may_scroll=language == PSEUDO), *same_letters(stage)]
                assert wrong == [], f"{name} in {language}"
    finally:
        use_language(ENGLISH)


def speak(language: str) -> None:
    if language == PSEUDO:
        speak_pseudo()
    else:
        use_language(language)


def same_letters(stage: Stage) -> list[str]:
    """Return the letters that would press two buttons of the page."""
    page = stage.window._page
    buttons = [] if page is None else [one for one in page.footer.winfo_children() if one.winfo_class() == "TButton"]
    marked = [one for one in buttons if int(str(one.cget("underline"))) >= 0]
    letters = [str(one.cget("text"))[int(str(one.cget("underline")))].lower() for one in marked]
    return [letter for letter in set(letters) if letters.count(letter) > 1]


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
    assert what_is_cut_off(stage) == []


def what_is_cut_off(stage: Stage, *, may_scroll: bool = False) -> list[str]:
    """Return what of the windows gets less room than it asks for, or is off the screen (1280 x 720)."""
    found = []
    for top in stage.window.shown_windows():
        stage.until(lambda top=top: top.winfo_width() > 1, "window has its size")  # type: ignore[misc]
        # The lists of these windows scroll by nature.
        scrolls = may_scroll or top.winfo_name() in {"chat", "files", "hide_window"}
        found += [cut for child in top.winfo_children() for cut in cut_off(child, scrolls)]
        left, right = top.winfo_rootx(), top.winfo_rootx() + top.winfo_width()
        if left < 0 or right > 1280 or top.winfo_rooty() < 0 or top.winfo_rooty() + top.winfo_height() > 720:
            found.append(f"{top} is off the screen: {top.winfo_geometry()}")
    return found


def cut_off(widget: tk.Misc, may_scroll: bool = False) -> list[str]:
    """Return what gets less room than it asks for; lists and fields that scroll by nature ask for nothing."""
    found = []
    if isinstance(widget, tk.Canvas) and widget.yview() != (0.0, 1.0) and not may_scroll:
        found.append(f"{widget} scrolls")
    if "text" in widget.keys() and widget.winfo_manager():  # noqa: SIM118
        room = (widget.winfo_width(), widget.winfo_height())
        need = (max(widget.winfo_reqwidth(), least_width(widget)), widget.winfo_reqheight())
        if room[0] < need[0] or room[1] < need[1]:
            found.append(f"{widget} has {room}, needs {need}: {widget.cget('text')!r}")
    if isinstance(widget, tk.Text):
        return found  # what stands in it is out of sight, or not
    return found + [cut for child in widget.winfo_children() for cut in cut_off(child, may_scroll)]


def least_width(widget: tk.Misc) -> int:
    """Return the width of a label's text where the label has a width of its own and asks for no more than that."""
    if not isinstance(widget, tk.Label) or int(str(widget.cget("width"))) == 0 or int(str(widget.cget("wraplength"))):
        return 0
    return int(tkfont.nametofont(str(widget.cget("font")), root=widget).measure(str(widget.cget("text"))))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_whatever_is_written_can_be_read_by_weak_eyes(open_stage: Callable[..., Stage], palette: Palette) -> None:
    stage = open_stage(palette)
    for name, state in states().items():
        stage.show(state)
        found = [faint for top in stage.window.shown_windows() for faint in faint_words(top)]
        assert found == [], name


def faint_words(widget: tk.Misc) -> list[str]:
    """Return what of `widget` and below it stands out too little from its background."""
    found = []
    says = any(char.isalnum() for char in str(widget.cget("text"))) if "text" in widget.keys() else True  # noqa: SIM118
    if says and "foreground" in widget.keys() and widget.winfo_manager():  # noqa: SIM118
        pairs = [(str(widget.cget("foreground")), str(widget.cget("background")))]
        if isinstance(widget, tk.Text):
            tags = [
                (widget.tag_cget(tag, "foreground"), widget.tag_cget(tag, "background")) for tag in widget.tag_names()
            ]
            pairs += [(ink or pairs[0][0], paper or pairs[0][1]) for ink, paper in tags]
        found += [
            f"{widget}: {ink} on {paper}"
            for ink, paper in pairs
            if "#" in ink and contrast(ink, paper) < MIN_TEXT_CONTRAST
        ]
    return found + [faint for child in widget.winfo_children() for faint in faint_words(child)]


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


def test_the_page_on_the_screen_follows_the_desktops_colours(stage: Stage) -> None:
    stage.show(EVERY_PAGE["pin"])
    stage.window.use_palette(DARK)
    stage.settle()
    assert (stage.window._page.cget("background"), stage.text_of("pin")) == (DARK.page, "493 027 158")  # type: ignore[union-attr]
    stage.window.use_palette(LIGHT)
    assert stage.window._page.cget("background") == LIGHT.page  # type: ignore[union-attr]


@pytest.mark.usefixtures("screen")
def test_windows_of_a_desktop_that_enlarges_everything_are_enlarged(
    monkeypatch: pytest.MonkeyPatch, open_stage: Callable[..., Stage]
) -> None:
    monkeypatch.setenv("GDK_SCALE", "2")
    assert open_stage().window._themes.scale == 2.0


def test_the_window_needs_nothing_heavy() -> None:
    listed = subprocess.run([sys.executable, "-c", CHILD], check=True, capture_output=True, text=True, env=os.environ)
    loaded = set(listed.stdout.split())
    assert "tkinter" in loaded
    assert loaded & HEAVY == set()
