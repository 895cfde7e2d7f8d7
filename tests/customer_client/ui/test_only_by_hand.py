"""Everything that gives something away: a press of another program does nothing, one of the customer's hands does it.

The walk presses whatever can be pressed and is not on the list of what takes nothing from the customer, so a button
that is added without a guard fails here.
"""

import time
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path
from tkinter import ttk

import pytest
from customer_stage import EVERY_PAGE, FACTS, Stage, bar, question, xdotool

from customer_client.redaction.hidden import HiddenCounts, HiddenKind, ListedWindow
from customer_client.session.hiding_state import HidingShown, ShownArea
from customer_client.session.state import (
    ChatShown,
    CustomerViewState,
    FilesShown,
    FileWish,
    Page,
    PersonHere,
)
from customer_client.ui import file_row, files_window
from protocol.chat import ChatLine, Mark
from protocol.files.transfer import Stage as Going
from protocol.messages.consent import Capability
from protocol.picture.geometry import Rect
from protocol.transport.files.status import FileStatus
from protocol.transport.voice.status import VoiceStatus

REFUSED = "A program pressed that button"
HELD_S = 1.2
"""Longer than a key is held before it repeats; if it does not repeat by then, nothing is proven, and nothing fails."""
SEE = Capability.SEE

HARMLESS = {
    # nothing begins, or what there is ends
    *("close", "end", "deny", "stop", "pause", "take_back", "money_stop", "go_on_not", "send_nothing", "remove_1"),
    *("decline_0", "cancel_1", "refuse_wish", "close_files", "close_hiding", "keep_clipboard", "link_keep"),
    # opens something in which everything is guarded
    *("permissions", "chat", "open_files", "hide_something", "send_clipboard", "write_first", "route_continue"),
    *("again", "relay_other"),
    # the system's own question follows
    "ask_again",
    *("pick_area", "list_again", "sound_devices"),
    # the session is over: nobody is there to get anything but the organisation
    *("save_receipt", "report_abuse", "send_report", "report_back", "send_survey", *(f"star{n}" for n in range(1, 6))),
}

_FILES = (
    FileStatus(b"o" * 16, "a.zip", "Archive (ZIP)", 88, "3F9A 22C1 07BE", False, Going.OFFERED),
    FileStatus(b"m" * 16, "b.pdf", "PDF document", 1000, "0000 1111", True, Going.MOVING, 250, 100.0, held_here=True),
)
_HIDING = HidingShown(
    HiddenCounts(1, 0, 1, 1),
    (ListedWindow(2, "Photos", "eog", HiddenKind.CHOSEN_WINDOW),),
    (ShownArea(7, Rect(40, 300, 400, 200)),),
    shown=True,
)
_LINK = ChatLine(False, 1, "https://example.org/a", 1_700_000_000_000, Mark.DELIVERED)
_PERSON = PersonHere("s2", "Ben", "Example Ltd", frozenset({SEE}), in_charge=False)

MORE: dict[str, CustomerViewState] = {
    "files": CustomerViewState(
        Page.SESSION, bar=bar(), files=FilesShown("Anna", _FILES, FileWish("the log"), "/tmp", shown=True)
    ),
    "hiding": CustomerViewState(Page.SESSION, bar=bar(), hiding=_HIDING),
    "chat": CustomerViewState(Page.SESSION, bar=bar(unread=0), chat=ChatShown("Anna", (_LINK,), 0, True, shown=True)),
    "paused": CustomerViewState(Page.SESSION, bar=bar(paused=True)),
    "people": CustomerViewState(Page.SESSION, bar=bar(people=(_PERSON,))),
}
WALKED = {name: state for name, state in {**EVERY_PAGE, **MORE}.items() if name not in ("see-and-write", "longest")}


@pytest.fixture(autouse=True)
def save_is_open_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_row, "SAVE_AFTER_MS", 50)


def pressable(stage: Stage) -> Iterator[tk.Misc]:
    """Return what can be pressed now, on the page, the bar and beside them."""
    tops = [stage.window._main, stage.window._bar, *stage.window._exchange.tops()]
    waiting: list[tk.Misc] = [top for top in tops if top is not None and top.state() != "withdrawn"]
    while waiting:
        each = waiting.pop()
        waiting += [child for child in each.winfo_children() if not isinstance(child, tk.Toplevel)]
        if isinstance(each, ttk.Button | tk.Button | tk.Checkbutton | tk.Radiobutton) and each.winfo_viewable():
            yield each


def everything_is_open(stage: Stage) -> None:
    """Let the time go by after which buttons work."""
    stage.clock.now += 25.0
    stage.settle()
    for name in ("allow", "save_0"):
        found = next((each for each in pressable(stage) if each.winfo_name() == name), None)
        if found is not None and name == "save_0":
            stage.until(lambda found=found: "disabled" not in found.state(), "Save")  # type: ignore[attr-defined, misc]
        elif found is not None and not any(each.winfo_name().startswith("tick_") for each in pressable(stage)):
            stage.until(lambda found=found: "disabled" not in found.state(), "Allow")  # type: ignore[attr-defined, misc]


def middle(widget: tk.Misc) -> tuple[int, int]:
    return widget.winfo_rootx() + widget.winfo_width() // 2, widget.winfo_rooty() + widget.winfo_height() // 2


def standing(stage: Stage) -> list[object]:
    """Return what a press could have changed: what was asked for, and what is ticked."""
    boxes = [each for each in pressable(stage) if isinstance(each, tk.Checkbutton | tk.Radiobutton)]
    return [*stage.intents.calls, *(stage.root.getvar(str(box.cget("variable"))) for box in boxes)]


def press_as_a_program(stage: Stage, widget: tk.Misc) -> None:
    xdotool("mousemove", *middle(widget), "click", 1)
    widget.focus_force()
    stage.settle()
    xdotool("key", "Return", "space")
    stage.settle()


@pytest.mark.parametrize("name", WALKED)
def test_what_a_program_presses_gives_nothing_away(stage: Stage, name: str) -> None:
    stage.show(WALKED[name])
    everything_is_open(stage)
    for widget in list(pressable(stage)):
        if widget.winfo_name() in HARMLESS:
            continue
        before = standing(stage)
        press_as_a_program(stage, widget)
        assert standing(stage) == before, f"{widget} was pressed by a program"


BY_HAND: list[tuple[str, str, tuple[object, ...]]] = [
    ("files", "save_0", ("files.accept", b"o" * 16)),
    ("files", "hold_1", ("files.pause", b"m" * 16, False)),
    ("files", "give_file", ("files.send", (Path("/home/karl/a.log"),))),
    ("files", "send_file", ("files.send", (Path("/home/karl/a.log"),))),
    ("hiding", "window2", ("hiding.hide_window", 2, False)),
    ("hiding", "show_area7", ("hiding.show_area", 7)),
    ("diagnostics", "send_facts", ("send_diagnostics", frozenset({"test.free", "test.address", "test.names"}))),
    ("paused", "continue", ("resume",)),
    ("asked", "go_on", ("protection.go_on", True)),
    ("money", "money_go_on", ("protection.leave_money", False)),
]


@pytest.mark.parametrize(("name", "button", "call"), BY_HAND, ids=[f"{page}-{button}" for page, button, _ in BY_HAND])
def test_the_same_pressed_by_hand_does_what_it_says(
    stage: Stage, name: str, button: str, call: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {
        "choose_files": lambda _parent: (Path("/home/karl/a.log"),),
        "choose_folder": lambda _parent, folder: Path(folder),
    }
    monkeypatch.setattr(files_window.FilesWindow.__init__, "__kwdefaults__", chosen)
    stage.show(WALKED[name])
    everything_is_open(stage)
    press_as_a_program(stage, stage.find(button))
    assert stage.intents.calls == []
    stage.until(lambda: any(REFUSED in words for words in said(stage)), "the refusal")
    stage.click(button)
    stage.called(*call)


def said(stage: Stage) -> list[str]:
    """Return the texts of every label in sight."""
    found: list[str] = []
    waiting: list[tk.Misc] = [stage.root]
    while waiting:
        each = waiting.pop()
        waiting += each.winfo_children()
        if isinstance(each, tk.Label) and each.winfo_viewable():
            found.append(str(each.cget("text")))
    return found


def test_every_capability_is_granted_by_hand_only(stage: Stage) -> None:
    for capability in Capability:
        stage.show(CustomerViewState(Page.SESSION, question=question(capability), bar=bar()))
        everything_is_open(stage)
        press_as_a_program(stage, stage.find("allow"))
        assert stage.intents.calls == []
        stage.click("allow")
        stage.until(lambda: bool(stage.intents.calls), "the yes")
        assert stage.intents.calls.pop()[0] == "answer"
        stage.clock.now = 1000.0
        stage.show(CustomerViewState(Page.SESSION, bar=bar()))


def test_what_is_written_is_sent_by_hand_only(stage: Stage) -> None:
    stage.show(MORE["chat"])
    stage.click("chat_entry")
    stage.until(lambda: stage.focused() == "chat_entry", "the entry has the keyboard")
    xdotool("key", "h", "i", "Return")
    stage.until(lambda: any(REFUSED in words for words in said(stage)), "the refusal")
    press_as_a_program(stage, stage.find("chat_send"))
    assert stage.intents.calls == []
    stage.find("chat_entry").focus_force()
    stage.key("Return")
    stage.until(lambda: bool(stage.intents.calls), "sending")
    assert [call[0] for call in stage.intents.calls] == ["write_chat"]


def test_a_key_the_customer_holds_down_too_long_sends_once_and_accuses_nobody(stage: Stage) -> None:
    stage.show(MORE["chat"])
    stage.click("chat_entry")
    stage.until(lambda: stage.focused() == "chat_entry", "the entry has the keyboard")
    stage.key("h")
    stage._device.key(stage._keycode("Return"), True)
    stage._display.sync()
    try:
        began = time.monotonic()
        stage.until(lambda: time.monotonic() - began > HELD_S, "the key to repeat")
    finally:
        stage._device.key(stage._keycode("Return"), False)
        stage._display.sync()
    stage.settle()
    assert [call[0] for call in stage.intents.calls] == ["write_chat"]
    assert not any(REFUSED in words for words in said(stage))


def test_the_clipboard_is_sent_by_hand_only(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar(SEE, Capability.CLIPBOARD_TO_TECHNICIAN)))
    stage.root.clipboard_clear()
    stage.root.clipboard_append("my text")
    stage.settle()
    stage.window._exchange.offer_clipboard()
    stage.settle()
    stage.intents.calls.clear()
    press_as_a_program(stage, stage.find("send_clipboard_now"))
    assert stage.intents.calls == []
    stage.click("send_clipboard_now")
    stage.until(lambda: ("send_clipboard", "my text") in stage.intents.calls, "sending")


def test_the_microphone_opens_by_hand_only_and_closes_by_anything(stage: Stage) -> None:
    voice = VoiceStatus(on=True, microphones=("Headset",))
    stage.show(CustomerViewState(Page.SESSION, bar=bar(SEE, Capability.VOICE, voice=voice)))
    press_as_a_program(stage, stage.find("talk"))
    press_as_a_program(stage, stage.find("keep_open"))
    assert stage.intents.calls == []
    stage.click("talk")
    stage.until(lambda: stage.intents.calls == [("talk", True), ("talk", False)], "talking")


def test_facts_are_ticked_by_hand_only(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.DIAGNOSTICS, bar=bar(), facts=FACTS))
    facts = stage.find("facts")
    assert isinstance(facts, tk.Text)
    tag = stage.window._page._list.row_tags()["test.address"]  # type: ignore[union-attr]
    box = facts.bbox(facts.tag_ranges(tag)[0])
    assert box is not None
    place = facts.winfo_rootx() + box[0] + 5, facts.winfo_rooty() + box[1] + box[3] // 2
    xdotool("mousemove", *place, "click", 1)
    stage.settle()
    xdotool("key", "Down", "space")
    stage.settle()
    assert "3 of 3" in stage.words()
    stage.click_at(*place)
    stage.until(lambda: "2 of 3" in stage.words(), "unticked")


def test_alt_and_a_letter_of_a_program_do_not_continue(stage: Stage) -> None:
    stage.show(WALKED["paused"])
    xdotool("mousemove", *middle(stage.find("stop")))  # the bar has no frame: keys go to what is below the pointer
    stage.find("stop").focus_force()
    stage.settle()
    xdotool("key", "alt+c")
    stage.until(lambda: any(REFUSED in words for words in said(stage)), "the refusal")
    assert stage.intents.calls == []
    stage.key("alt+c")
    stage.called("resume")


def in_dialog(stage: Stage, act: Callable[[str], None]) -> None:
    """Do `act` with the path of the dialog for files as soon as it is on the screen, then close it by its button."""

    def look() -> None:
        path = ".files.__tk_filedialog"
        shown = int(stage.root.tk.call("winfo", "exists", path)) and int(stage.root.tk.call("winfo", "viewable", path))
        if not shown:
            stage.root.after(20, look)
            return
        act(path)

    stage.root.after(20, look)


@pytest.mark.skipif("not sys.platform.startswith('linux')", reason="only Tk's own dialog can be guarded")
def test_a_file_is_chosen_by_hand_only(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.chdir(tmp_path)
    stage.show(WALKED["files"])
    everything_is_open(stage)

    def press(path: str) -> None:
        entry, ok = f"{path}.contents.f2.ent", f"{path}.contents.f2.ok"
        stage.root.tk.call(entry, "insert", 0, "secret.txt")
        stage.root.tk.call("focus", "-force", entry)
        stage.root.update()
        xdotool("key", "Return")
        x = int(stage.root.tk.call("winfo", "rootx", ok)) + 10
        y = int(stage.root.tk.call("winfo", "rooty", ok)) + 8
        xdotool("mousemove", x, y, "click", 1)
        stage.root.update()
        assert int(stage.root.tk.call("winfo", "viewable", path)), "a program has chosen a file"
        stage.click_at(x, y)

    in_dialog(stage, press)
    stage.click("send_file")
    stage.until(lambda: bool(stage.intents.calls), "the file")
    assert stage.intents.calls == [("files.send", (tmp_path / "secret.txt",))]
