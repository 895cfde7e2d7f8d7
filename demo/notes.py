"""The customer's own program in the demo: a small text editor that says, on standard output, what arrived in it."""

import json
import sys
import threading
import time
import tkinter as tk
from tkinter import font


def main() -> None:
    """Open the editor until its window closes or standard input ends."""
    root = tk.Tk()
    root.title("Notes")
    root.geometry("+120+180")
    text = tk.Text(root, width=70, height=22, font=font.Font(family="DejaVu Sans Mono", size=13), padx=12, pady=12)
    text.pack(expand=True, fill="both")
    text.insert("1.0", "Printer on the second floor\n---------------------------\nSays: offline since Monday.\n\n")
    text.mark_set("insert", "end")
    text.focus_set()
    start = len(text.get("1.0", "end-1c"))

    def report(_event: object) -> None:
        at = time.time()
        if text.edit_modified():
            text.edit_modified(False)
            _say({"typed": text.get("1.0", "end-1c")[start:], "at": at})

    text.edit_modified(False)
    root.update()
    text.bind("<<Modified>>", report)
    root.update()
    _say({"x": text.winfo_rootx() + 200, "y": text.winfo_rooty() + 160})
    threading.Thread(target=_until_input_ends, args=(root,), daemon=True).start()
    root.mainloop()


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _until_input_ends(root: tk.Tk) -> None:
    sys.stdin.read()
    root.after(0, root.destroy)


if __name__ == "__main__":
    main()
