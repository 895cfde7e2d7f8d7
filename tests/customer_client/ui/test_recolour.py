"""Windows that are open follow the desktop's colours, and keep what somebody is writing in them."""

import tkinter as tk
from collections.abc import Callable, Iterable
from dataclasses import replace
from tkinter import ttk

import pytest
from customer_stage import Stage, bar

from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.palette import DARK, LIGHT
from customer_client.ui.recolour import USED, colours_between
from customer_client.ui.theme import Theme
from demo.customer_pages import customer_pages
from protocol.messages.consent import Capability

PAGES = {page.name: page.state for page in customer_pages()}
EVERY_WINDOW = replace(
    CustomerViewState(Page.SESSION, bar=bar(Capability.SEE, Capability.CHAT)),
    chat=PAGES["chat"].chat,
    files=PAGES["files"].files,
    hiding=PAGES["hiding"].hiding,
)
COLOURS = {"background", "foreground", "selectcolor", "highlightbackground", "highlightcolor", "insertbackground"}
COLOURS |= {"activebackground", "activeforeground"}


Looks = list[list[tuple[str, object]]]


def looks(widget: tk.Misc, theme: Theme, path: str = "") -> Iterable[tuple[str, object]]:
    """Everything about the colours of `widget` and what is in it."""
    ticks = {str(image): state for state, image in theme.ticks().items()}
    if isinstance(widget, ttk.Widget):
        yield path, str(widget.cget("style"))
    else:
        yield path, {name: str(widget.cget(name)) for name in COLOURS.intersection(widget.keys())}
        yield path, [ticks.get(str(widget.cget(name))) for name in sorted({"image", "selectimage"} & {*widget.keys()})]
    if isinstance(widget, tk.Text):
        yield path, [[widget.tag_cget(tag, "background"), widget.tag_cget(tag, "foreground")] for tag in tags(widget)]
        yield (
            path,
            [[widget.tag_cget(tag, "lmargincolor"), widget.tag_cget(tag, "rmargincolor")] for tag in tags(widget)],
        )
    if isinstance(widget, tk.Canvas):
        yield path, [widget.itemcget(item, "fill") for item in widget.find_all() if widget.type(item) == "rectangle"]
    for number, child in enumerate(widget.children.values()):
        yield from looks(child, theme, f"{path}/{number}")


def tags(texts: tk.Text) -> list[str]:
    return sorted(set(texts.tag_names()) - {"sel"})


def all_looks(stage: Stage) -> Looks:
    return [list(looks(window, window.theme)) for window in stage.window._exchange.tops()]


@pytest.fixture
def copied_text(stage: Stage) -> str:
    stage.root.clipboard_clear()
    stage.root.clipboard_append("a text")
    return "a text"


def open_all(stage: Stage) -> None:
    stage.show(EVERY_WINDOW)
    chat = stage.find("chat_texts")
    next(iter(chat.children.values())).invoke()  # type: ignore[attr-defined]  # the question about an address
    stage.window._exchange.offer_clipboard()
    stage.settle()
    assert len(stage.window._exchange.tops()) == 4


def looks_opened_in_the_dark(open_stage: Callable[..., Stage], opening: Callable[[Stage], None]) -> Looks:
    """What is to be reached. That window is closed again: two bars would fight for the top of the screen."""
    dark = open_stage(DARK)
    opening(dark)
    seen = all_looks(dark)
    dark.show(CustomerViewState(Page.CONNECTING))
    return seen


@pytest.mark.usefixtures("copied_text")
def test_open_windows_get_the_colours_they_would_have_been_opened_in(
    stage: Stage, open_stage: Callable[..., Stage]
) -> None:
    dark = looks_opened_in_the_dark(open_stage, open_all)
    open_all(stage)
    light = all_looks(stage)
    stage.window.use_palette(DARK)
    assert all_looks(stage) == dark != light
    stage.window.use_palette(LIGHT)
    assert all_looks(stage) == light


def test_what_is_being_written_and_the_keyboard_stay(stage: Stage) -> None:
    stage.show(EVERY_WINDOW)
    stage.click("chat_entry")
    stage.until(lambda: stage.focused() == "chat_entry", "the entry has the keyboard")
    stage.key("h", "i")
    entry = stage.find("chat_entry")
    stage.until(lambda: entry.get("1.0", "end-1c") == "hi", "writing")  # type: ignore[attr-defined]
    stage.window.use_palette(DARK)
    stage.key("x")
    stage.until(lambda: entry.get("1.0", "end-1c") == "hix", "writing on")  # type: ignore[attr-defined]
    assert entry.cget("background") == DARK.page


def test_what_is_added_later_has_the_new_colours(stage: Stage, open_stage: Callable[..., Stage]) -> None:
    assert EVERY_WINDOW.files is not None
    assert EVERY_WINDOW.hiding is not None
    files = replace(EVERY_WINDOW.files, files=EVERY_WINDOW.files.files[:1])
    fewer = replace(EVERY_WINDOW, files=files, hiding=replace(EVERY_WINDOW.hiding, areas=()))

    def open_in_two_steps(opened: Stage) -> None:
        opened.show(fewer)
        opened.window.use_palette(DARK)
        opened.show(EVERY_WINDOW)

    dark = looks_opened_in_the_dark(open_stage, open_in_two_steps)
    open_in_two_steps(stage)
    assert all_looks(stage) == dark


def test_the_desktop_is_asked_again_when_the_person_comes_to_such_a_window(stage: Stage) -> None:
    asked: list[bool] = []
    stage.show(EVERY_WINDOW)
    stage.click("chat_entry")
    stage.until(lambda: stage.focused() == "chat_entry", "the chat has the keyboard")
    stage.window.on_return = lambda: asked.append(True)
    stage.click("close_files")
    stage.until(lambda: bool(asked), "asking again")


def test_no_two_colours_of_these_windows_are_taken_for_each_other() -> None:
    for old, new in ((LIGHT, DARK), (DARK, LIGHT)):
        mapped = colours_between(old, new)
        assert all(mapped[getattr(old, name)] == getattr(new, name) for name in USED)
