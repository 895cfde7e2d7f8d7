"""The customer's client in the demo: the real program, with a watcher that answers where its widgets are.

The watcher only looks. Every click comes through the X display, as a person's would.
"""

import json
import sys
import threading
import tkinter as tk
from functools import partial
from tkinter import ttk
from typing import Any

from customer_client.app import main
from customer_client.ui.window import CustomerWindow
from protocol.errors import LocalError


class Watcher:
    """Answers questions read from standard input, on the GUI thread; costs nothing while none come."""

    def __init__(self, window: CustomerWindow) -> None:
        self._window = window

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._window.call_soon(partial(self._answer, json.loads(line)))

    def _answer(self, question: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps({"answer": question["ask"]} | self._describe(question["name"])) + "\n")
        sys.stdout.flush()

    def _describe(self, name: str) -> dict[str, Any]:
        try:
            widget = self._window.find(name)
        except LocalError:
            return {"found": False}
        return {
            "found": True,
            "enabled": "disabled" not in _states_of(widget),
            "focus": widget.focus_displayof() is widget,
            "x": widget.winfo_rootx() + widget.winfo_width() // 2,
            "y": widget.winfo_rooty() + widget.winfo_height() // 2,
            "text": _text_of(widget),
        }


def _states_of(widget: tk.Misc) -> tuple[str, ...]:
    return tuple(str(state) for state in widget.state()) if isinstance(widget, ttk.Widget) else ()


def _text_of(widget: tk.Misc) -> str:
    if isinstance(widget, tk.Text):
        return widget.get("1.0", "end-1c")
    try:
        return str(widget.cget("text"))
    except tk.TclError:
        return ""


if __name__ == "__main__":
    main(on_ready=lambda window: Watcher(window).start())
