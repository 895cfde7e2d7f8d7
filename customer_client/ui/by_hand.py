"""What gives something away is pressed only by the customer's own mouse and keyboard. GUI thread only.

There is one way for all of it: `only_by_hand` for buttons and boxes, `pressed_by_hand` for whatever else takes a
press.
"""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.protection.hands import Act, Hands, Press, choose_hands
from customer_client.ui.theme import TextRole, Theme

NOT_BY_HAND = marked(
    "A program pressed that button, not you. It does not count. Please use your own mouse or keyboard."
)
REFUSAL_SHOWN_MS = 10_000

Pressable = ttk.Button | tk.Checkbutton | tk.Radiobutton

_SEQUENCES = {
    "<ButtonPress-1>": Act.BUTTON,
    "<ButtonRelease-1>": Act.BUTTON_UP,
    "<KeyPress-space>": Act.KEY,
    "<KeyPress-Return>": Act.KEY,
    "<KeyPress-KP_Enter>": Act.KEY,
}

_DIALOG_TAG = "DesksideByHand"
_DIALOGS = ("TkFDialog", "TkChooseDir")
"""Tk's own dialogs for files and folders; other systems have theirs, which nobody else's program can be kept out of."""

_DIALOG_SEQUENCES = {"<ButtonPress>": Act.BUTTON, "<ButtonRelease>": Act.BUTTON_UP, "<KeyPress>": Act.KEY}


class HandsWhileAsking:
    """A `Hands` that looks at the mouse and keyboard only while something is asked. `choose` opens it."""

    def __init__(self, choose: Callable[[], Hands] = choose_hands) -> None:
        self._choose = choose
        self._hands: Hands | None = None

    def begin(self) -> None:
        """A question is about to be shown."""
        if self._hands is None:
            self._hands = self._choose()

    def made(self, press: Press) -> bool:
        """Return whether the customer's hands made this press; never before `begin`."""
        return self._hands is not None and self._hands.made(press)

    def repeats(self, press: Press) -> bool:
        """Return whether it is only a key the customer holds down."""
        return self._hands is not None and self._hands.repeats(press)

    def keep_up(self) -> None:
        """Take in what was told meanwhile; now and then, so that it does not pile up."""
        if self._hands is not None:
            self._hands.keep_up()

    def close(self) -> None:
        """Look no more, until something is asked again."""
        if self._hands is not None:
            self._hands.close()
        self._hands = None


class RefusalLine:
    """Says at the bottom of a window, for 10 s, that a press was not the customer's. Call it when one was refused.

    `before` is the child of `parent` that takes all the room; colours are fields of the palette, `margin` pixels at
    100 % beside it.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        wrap: int,
        before: tk.Misc | None = None,
        colour: str = "alarm",
        on: str = "page",
        margin: int = 18,
    ) -> None:
        self._before = before
        self._margin = theme.px(margin)
        self._label = theme.label(
            parent, _(NOT_BY_HAND), TextRole.SMALL_BOLD, wrap=wrap, colour=colour, on=on, name="not_by_hand"
        )
        self._hide_later = ""

    def __call__(self) -> None:
        """Say it."""
        if self._hide_later:
            self._label.after_cancel(self._hide_later)
        if not self._label.winfo_manager():
            self._label.pack(side="bottom", fill="x", padx=self._margin, pady=(0, self._margin // 3))
            if self._before is not None:
                self._label.pack_configure(before=self._before)
        self._hide_later = self._label.after(REFUSAL_SHOWN_MS, self._hide)

    def _hide(self) -> None:
        self._hide_later = ""
        self._label.pack_forget()


def only_by_hand(button: Pressable, hands: Hands | None, refused: Callable[[], None]) -> None:
    """Let `button` do nothing, and call `refused`, when something else than hands presses it.

    `hands` is None where any press counts. Bindings of the caller's own come after this one, with `add`.
    """
    if hands is None:
        return

    def judge(event: "tk.Event[tk.Misc]", act: Act) -> str | None:
        if pressed_by_hand(event, act, hands, refused):
            return None
        if isinstance(button, ttk.Button):
            button.state(["!pressed"])
        return "break"

    for sequence, act in _SEQUENCES.items():
        button.bind(sequence, lambda event, act=act: judge(event, act))  # type: ignore[misc]


def made_by_hand(event: "tk.Event[tk.Misc]", act: Act, hands: Hands | None) -> bool:
    """Return whether hands made `event`; without `hands`, any press counts."""
    return hands is None or hands.made(_press(event, act))


def pressed_by_hand(event: "tk.Event[tk.Misc]", act: Act, hands: Hands | None, refused: Callable[[], None]) -> bool:
    """Return whether hands made `event`; else call `refused`, but for a key that repeats while they hold it down."""
    if hands is None or hands.made(_press(event, act)):
        return True
    if act is not Act.BUTTON_UP and not hands.repeats(_press(event, act)):
        refused()
    return False


def _press(event: "tk.Event[tk.Misc]", act: Act) -> Press:
    sent = getattr(event, "send_event", False)
    code = event.keycode if act is Act.KEY and isinstance(event.keycode, int) else 0
    window = event.widget.winfo_id() if isinstance(event.widget, tk.Misc) else 0
    return Press(act, int(event.time), sent=bool(sent) and sent != "??", code=code, window=window)


def guard_file_dialogs(owner: tk.Toplevel, hands: Hands | None, refused: Callable[[], None]) -> None:
    """Let nothing but hands choose anything in the dialogs for files and folders that `owner` opens."""
    if hands is None:
        return

    def judge(event: "tk.Event[tk.Misc]", act: Act) -> str | None:
        return None if pressed_by_hand(event, act, hands, refused) else "break"

    def shown(event: "tk.Event[tk.Misc]") -> None:
        if str(event.widget).startswith(f"{owner}."):
            _judge_first(owner, str(event.widget))

    for sequence, act in _DIALOG_SEQUENCES.items():
        owner.bind_class(_DIALOG_TAG, sequence, lambda event, act=act: judge(event, act))  # type: ignore[misc]
    for dialog in _DIALOGS:
        # Told before anything can be pressed in it; Tk makes it anew or uses it again as it likes.
        owner.bind_class(dialog, "<Map>", shown)


def _judge_first(owner: tk.Misc, path: str) -> None:
    """Let whatever is below the widget `path` ask the judge before anything else of it reacts."""
    tags = owner.tk.splitlist(owner.tk.call("bindtags", path))
    if _DIALOG_TAG not in tags:
        owner.tk.call("bindtags", path, (_DIALOG_TAG, *tags))
    for child in owner.tk.splitlist(owner.tk.call("winfo", "children", path)):
        _judge_first(owner, str(child))
