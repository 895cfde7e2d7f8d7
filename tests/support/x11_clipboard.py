"""Another program's clipboard on an X display: `python -m tests.support.x11_clipboard DISPLAY own|read`.

`own` serves the text of standard input until it is killed, as a password manager would with `--secret`.
"""

import subprocess
import sys
import tkinter as tk
from collections.abc import Iterator
from contextlib import contextmanager

READING_S = 20.0
HINT = "x-kde-passwordManagerHint"


def read_clipboard(display: str) -> str:
    """Return the text on the clipboard of `display`; empty when there is none."""
    done = subprocess.run(_command(display, "read"), capture_output=True, timeout=READING_S, check=True)
    return done.stdout.decode()


@contextmanager
def owned_clipboard(display: str, text: str, *, secret: bool = False) -> Iterator[None]:
    """Serve `text` as the clipboard of `display` meanwhile."""
    command = _command(display, "own") + (["--secret"] if secret else [])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        assert process.stdout.readline() == b"owned\n"
        yield
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _command(display: str, act: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.x11_clipboard", display, act]


def main() -> None:
    root = tk.Tk(screenName=sys.argv[1])
    root.withdraw()
    if sys.argv[2] == "read":
        try:
            sys.stdout.buffer.write(str(root.selection_get(selection="CLIPBOARD", type="UTF8_STRING")).encode())
        except tk.TclError:
            return
    else:
        root.clipboard_clear()
        root.clipboard_append(sys.stdin.buffer.read().decode())
        if "--secret" in sys.argv:
            root.clipboard_append("secret", type=HINT)
        root.update()
        print("owned", flush=True)
        root.mainloop()


if __name__ == "__main__":
    main()
