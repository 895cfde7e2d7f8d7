"""Buttons that only the customer's own mouse and keyboard press. GUI thread only."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.protection.hands import Act, Hands, Press, choose_hands

NOT_BY_HAND = "A program pressed that button, not you. It does not count. Please use your own mouse or keyboard."

_SEQUENCES = {
    "<ButtonPress-1>": Act.BUTTON,
    "<ButtonRelease-1>": Act.BUTTON_UP,
    "<KeyPress-space>": Act.KEY,
    "<KeyPress-Return>": Act.KEY,
    "<KeyPress-KP_Enter>": Act.KEY,
}


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

    def close(self) -> None:
        """Look no more, until something is asked again."""
        if self._hands is not None:
            self._hands.close()
        self._hands = None


def only_by_hand(button: ttk.Button, hands: Hands, refused: Callable[[], None]) -> None:
    """Let `button` do nothing, and call `refused`, when something else than hands presses it."""

    def judge(event: "tk.Event[tk.Misc]", act: Act) -> str | None:
        if made_by_hand(event, act, hands):
            return None
        button.state(["!pressed"])
        if act is not Act.BUTTON_UP:
            refused()
        return "break"

    for sequence, act in _SEQUENCES.items():
        button.bind(sequence, lambda event, act=act: judge(event, act))  # type: ignore[misc]


def made_by_hand(event: "tk.Event[tk.Misc]", act: Act, hands: Hands) -> bool:
    """Return whether hands made `event`."""
    sent = getattr(event, "send_event", False)
    return hands.made(Press(act, int(event.time), sent=bool(sent) and sent != "??"))
