"""The window about hiding: ticks, areas, and that it is itself of the class the curtain covers."""

import dataclasses

from customer_stage import Stage, bar, xdotool
from Xlib.display import Display

from customer_client.redaction.hidden import HiddenCounts, HiddenKind, ListedWindow
from customer_client.redaction.window_watch import OWN_CLASS
from customer_client.session.hiding_state import HidingShown, ShownArea
from customer_client.session.state import CustomerViewState, Page
from protocol.messages.consent import Capability
from protocol.picture.geometry import Rect

HIDING = HidingShown(
    HiddenCounts(1, 0, 1, 1),
    (
        ListedWindow(1, "Vault", "keepassxc", HiddenKind.PASSWORD_MANAGER),
        ListedWindow(2, "Photos", "eog", HiddenKind.CHOSEN_WINDOW),
        ListedWindow(3, "Inbox", "mail"),
    ),
    (ShownArea(7, Rect(40, 300, 400, 200)),),
    shown=True,
)
SESSION = CustomerViewState(Page.SESSION, bar=bar(Capability.SEE), hiding=HIDING)


def classes_shown(stage: Stage) -> set[str]:
    display = Display()
    try:
        windows = display.screen().root.query_tree().children
        return {name for window in windows for name in (window.get_wm_class() or ())}
    finally:
        display.close()


def test_the_bar_opens_it(stage: Stage) -> None:
    stage.show(dataclasses.replace(SESSION, hiding=None))
    stage.click("permissions")
    stage.until(lambda: "Hide something" in stage.words(), "the list")
    stage.click("hide_something")
    stage.until(lambda: bool(stage.intents.calls), "the wish")
    assert stage.intents.calls == [("hiding.show", True)]


def test_windows_and_notifications_are_ticked_and_areas_shown_again(stage: Stage) -> None:
    stage.show(SESSION)
    assert OWN_CLASS in classes_shown(stage)
    for name in ("window2", "window3", "hide_notifications", "show_area7", "list_again", "close_hiding"):
        before = len(stage.intents.calls)
        stage.click(name)
        stage.until(lambda before=before: len(stage.intents.calls) > before, name)  # type: ignore[misc]
    stage.click("window1")  # a password manager: fixed
    stage.settle()
    assert stage.intents.calls == [
        ("hiding.hide_window", 2, False),
        ("hiding.hide_window", 3, True),
        ("hiding.hide_notifications", False),
        ("hiding.show_area", 7),
        ("hiding.look_again",),
        ("hiding.show", False),
    ]


def test_an_area_is_drawn_over_a_still_picture_and_escape_hides_nothing(stage: Stage) -> None:
    stage.show(SESSION)
    hide = stage.find("pick_area").winfo_toplevel()
    stage.click("pick_area")
    stage.until(lambda: hide._picker is not None, "the picture to draw on")  # type: ignore[attr-defined]
    stage.settle()
    xdotool("mousemove", 100, 400)
    stage.settle()
    stage._device.button(1, True)
    stage._display.sync()
    xdotool("mousemove", 300, 520)
    stage.settle()
    stage._device.button(1, False)
    stage._display.sync()
    stage.until(lambda: bool(stage.intents.calls), "the area")
    assert stage.intents.calls == [("hiding.hide_area", Rect(100, 400, 200, 120))]
    stage.click("pick_area")
    stage.until(lambda: hide._picker is not None, "the picture once more")  # type: ignore[attr-defined]
    stage.settle()
    stage.key("Escape")
    stage.until(lambda: hide._picker is None, "the end")  # type: ignore[attr-defined]
    assert len(stage.intents.calls) == 1
