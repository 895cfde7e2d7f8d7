"""Everything on every page can be reached and pressed with the keyboard, and nothing is given away by the first key."""

import itertools
import tkinter as tk
from collections.abc import Iterator
from tkinter import ttk

import pytest
from customer_stage import Stage, xdotool

from customer_client.languages import use_language
from customer_client.session.state import CustomerViewState, Page
from demo.customer_pages import customer_pages
from demo.shown_page import ShownPage
from protocol.catalogues import ENGLISH

GIVES_AWAY = {"allow", "send_facts", "trust_caller", "caller_go_on", "contact_by_me", "relay_yes", "money_go_on"}
GIVES_AWAY |= {"save_0", "give_file", "keep_open", "talk"}
NOT_PRESSED = {"send_file", "choose_folder", "give_file", "save_receipt", "sound_devices", "pick_area"}
"""These open a dialog of the system, or a menu."""

NOT_PRESSED |= {"talk", "chat_send", "language_es", "language_fr"}
"""And these are held, or do nothing while nothing is written, or are like another."""

NOTHING_THERE = CustomerViewState(Page.CONNECTING)
UNTIL_IT_MAY_BE_PRESSED_S = 25.0


@pytest.fixture
def english_afterwards() -> Iterator[None]:
    yield
    use_language(ENGLISH)


def open_page(stage: Stage, page: ShownPage) -> None:
    """Show `page` anew, when whatever has to wait has waited."""
    use_language(ENGLISH)  # the buttons for other languages are among those pressed
    stage.show(NOTHING_THERE)
    stage.clock.now = 1000.0
    stage.show(page.state)
    if page.open_first:
        stage.find(page.open_first).invoke()  # type: ignore[attr-defined]
    stage.clock.now += UNTIL_IT_MAY_BE_PRESSED_S
    stage.window._tick()
    stage.settle()
    stage.intents.calls.clear()


def keyboard_window(stage: Stage) -> tk.Toplevel:
    """The window the page is about: one beside the bar, the page, or the bar alone."""
    return max(stage.window.shown_windows(), key=lambda top: ["bar", "main", "other"].index(_kind(stage, top)))


def take_keyboard(stage: Stage) -> None:
    """Let the window have the keyboard. X gives the bar, which has no frame, only what is pressed while over it."""
    top = keyboard_window(stage)
    if _kind(stage, top) == "bar":
        xdotool("mousemove", top.winfo_rootx() + 4, top.winfo_rooty() + 4)
    if _kind(stage, top) != "main":
        top.focus_force()
    stage.settle()


def _kind(stage: Stage, top: tk.Toplevel) -> str:
    return "bar" if top is stage.window._bar else "main" if top is stage.window._main else "other"


def controls(widget: tk.Misc) -> Iterator[tk.Misc]:
    """What can be used below `widget` now; a row of round boxes is one stop."""
    for child in widget.winfo_children():
        if isinstance(child, tk.Toplevel) or not child.winfo_viewable():
            continue
        if isinstance(child, ttk.Button | ttk.Entry):
            if "disabled" not in child.state():
                yield child
        elif isinstance(child, tk.Button | tk.Checkbutton | tk.Radiobutton):
            if str(child.cget("takefocus")) != "0" and str(child.cget("state")) != "disabled":
                yield child
        elif isinstance(child, tk.Text) and (str(child.cget("state")) == "normal" or child.winfo_name() == "facts"):
            yield child
        yield from controls(child)


def test_tab_reaches_every_control_of_every_page(stage: Stage) -> None:
    for page in customer_pages():
        open_page(stage, page)
        top = keyboard_window(stage)
        take_keyboard(stage)
        assert stage.focused() not in GIVES_AWAY, f"{page.name}: the first key would give something away"
        wanted = {str(control) for control in controls(top)}
        reached = set()
        for _ in range(len(wanted) + 2):
            reached.add(str(stage.root.focus_get()))
            (stage.root.focus_get() or top).event_generate("<Tab>")
        assert wanted - reached == set(), page.name


@pytest.mark.usefixtures("english_afterwards")
def test_space_and_enter_press_the_buttons_of_every_page(stage: Stage) -> None:
    keys = itertools.cycle(("space", "Return"))
    for page in customer_pages():
        open_page(stage, page)
        names = [one.winfo_name() for one in controls(keyboard_window(stage)) if isinstance(one, ttk.Button)]
        for name in (name for name in names if not name.startswith("!") and name not in NOT_PRESSED):
            press(stage, page, name, next(keys))


def press(stage: Stage, page: ShownPage, name: str, key: str) -> None:
    """Press `key` on the button `name` and see that something comes of it."""
    open_page(stage, page)
    before = appearance(stage)
    take_keyboard(stage)
    stage.find(name).focus_force()
    stage.settle()
    stage.key(key)
    stage.until(
        lambda: bool(stage.intents.calls) or appearance(stage) != before, f"{key} presses {name} of {page.name}"
    )


def appearance(stage: Stage) -> list[str]:
    """Everything that stands in the windows, each of which is named."""
    return [f"{top} {text}" for top in stage.window.shown_windows() for text in _texts(top)]


def _texts(widget: tk.Misc) -> Iterator[str]:
    for child in widget.winfo_children():
        if "text" in child.keys() and child.winfo_manager():  # noqa: SIM118
            yield f"{child} {child.cget('text')}"
        yield from _texts(child)
