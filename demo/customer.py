"""The customer's client in the demo: the real program, with a watcher that answers where its widgets are.

The watcher only looks. Every click comes through the X display, as a person's would.
"""

import json
import queue
import sys
import threading
import tkinter as tk
from tkinter import ttk
from typing import Any

from customer_client.app import main
from customer_client.ui.window import CustomerWindow
from protocol.errors import LocalError

POLL_MS = 25


class Watcher:
    """Answers questions read from standard input, on the GUI thread."""

    def __init__(self, window: CustomerWindow) -> None:
        self._window = window
        self._questions: queue.Queue[dict[str, Any]] = queue.Queue()

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._read, daemon=True).start()
        self._window.every(POLL_MS, self._poll)

    def _read(self) -> None:
        for line in sys.stdin:
            self._questions.put(json.loads(line))

    def _poll(self) -> None:
        while not self._questions.empty():
            question = self._questions.get()
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
            "x": widget.winfo_rootx() + widget.winfo_width() // 2,
            "y": widget.winfo_rooty() + widget.winfo_height() // 2,
            "text": _text_of(widget),
        }


def _states_of(widget: tk.Misc) -> tuple[str, ...]:
    return tuple(str(state) for state in widget.state()) if isinstance(widget, ttk.Widget) else ()


def _text_of(widget: tk.Misc) -> str:
    try:
        return str(widget.cget("text"))
    except tk.TclError:
        return ""


if __name__ == "__main__":
    main(on_ready=lambda window: Watcher(window).start())
