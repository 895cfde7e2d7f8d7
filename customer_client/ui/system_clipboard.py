"""This computer's clipboard: plain text, read only when the person asked for it. GUI thread only.

On Linux the text is served by this program as long as it runs; at its end it is handed to the desktop's clipboard
manager where there is one. On Windows and macOS the system keeps it. What password managers on macOS mark (pasteboard
type `org.nspasteboard.ConcealedType`) Tk does not show.
"""

import logging
import sys
import tkinter as tk
from contextlib import suppress

from customer_client.redaction.clipboard_owner import password_manager_owns_clipboard
from protocol.errors import EnvironmentFault

X11_SECRET = "x-kde-passwordManagerHint"  # noqa: S105  a format's name, no secret
"""Password managers on Linux put this format beside what nobody else should keep or send."""

_log = logging.getLogger(__name__)


def put_text(root: tk.Misc, text: str) -> None:
    """Make `text` what is pasted on this computer from now on."""
    if sys.platform == "win32":
        from customer_client.ui.windows_clipboard import put_windows_text

        try:
            put_windows_text(root, text)
            return
        except EnvironmentFault as fault:
            _log.warning("the clipboard is left to Tk: %s", fault)
    root.clipboard_clear()
    root.clipboard_append(text)


def read_text(root: tk.Misc) -> str:
    """Return the text on the clipboard.

    Raises:
        EnvironmentFault: a password manager put it there (`clipboard_protected`), it is no text (`clipboard_empty`), or
            another program holds it (`clipboard_busy`, Windows).
    """
    if _is_secret(root) or password_manager_owns_clipboard():
        raise EnvironmentFault(
            "a password manager owns the clipboard",
            code="clipboard_protected",
            user_text="Your clipboard holds something from a password manager. It was not sent.",
        )
    text = _text(root)
    if text is not None:
        return text
    raise EnvironmentFault(
        "no text on the clipboard",
        code="clipboard_empty",
        user_text="There is no text on your clipboard. Copy the text first, then try again.",
    )


def hand_over(root: tk.Misc) -> None:
    """Ask the desktop's clipboard manager to keep what this program put there, because it ends now."""
    with suppress(tk.TclError):
        if root.tk.call("tk", "windowingsystem") == "x11" and root.tk.call(
            "selection", "own", "-selection", "CLIPBOARD"
        ):
            _selection(root, "CLIPBOARD_MANAGER", "SAVE_TARGETS")


def _text(root: tk.Misc) -> str | None:
    if sys.platform == "win32":
        from customer_client.ui.windows_clipboard import windows_text

        return windows_text(root)
    for kind in ("UTF8_STRING", "STRING"):
        with suppress(tk.TclError):
            return _selection(root, "CLIPBOARD", kind)
    return None


def _selection(root: tk.Misc, name: str, kind: str) -> str:
    return str(root.tk.call("selection", "get", "-selection", name, "-type", kind))


def _is_secret(root: tk.Misc) -> bool:
    if sys.platform == "win32":
        from customer_client.ui.windows_clipboard import windows_clipboard_is_secret

        return windows_clipboard_is_secret()
    with suppress(tk.TclError):
        return X11_SECRET in _selection(root, "CLIPBOARD", "TARGETS").split()
    return False
