"""What a person reads when no window can be opened at all: in the terminal, and as a note of their desktop. Any thread.

A Wayland session without Xwayland is the usual case. A desktop's note needs no window of ours.
"""

import subprocess
import sys
from collections.abc import Mapping

from customer_client.languages import _, marked
from customer_client.portal.wayland import is_wayland

PATIENCE_S = 5.0

_TITLE = marked("Deskside cannot open its window")
_WITHOUT_XWAYLAND = marked(
    "This desktop (Wayland) runs without Xwayland, which Deskside needs. Install the package xwayland and sign in "
    "again, or choose a session with “Xorg” when you sign in. Nothing was shared."
)
_WITHOUT_DISPLAY = marked("There is no desktop here. Start Deskside while you are signed in on the screen.")

_NOTIFICATIONS = "org.freedesktop.Notifications"
# Nothing is started on the person's computer for this: where no desktop shows notes, there is none.
_NOTIFY = ("busctl", "--user", "--auto-start=no", "call", _NOTIFICATIONS, "/org/freedesktop/Notifications")
_STAYS = "0"


def say_that_there_is_no_window(environment: Mapping[str, str]) -> None:
    """Say why, in the person's language; `environment` is the process's."""
    title, why = _(_TITLE), _(_WITHOUT_XWAYLAND if is_wayland(environment) else _WITHOUT_DISPLAY)
    sys.stderr.write(f"{title}. {why}\n")
    if sys.platform.startswith("linux"):
        _note(title, why)


def _note(title: str, why: str) -> None:
    told = ("susssasa{sv}i", "Deskside", "0", "", title, why, "0", "0", _STAYS)
    try:
        subprocess.run(  # noqa: S603  no shell, and nothing in it comes from outside
            (*_NOTIFY, _NOTIFICATIONS, "Notify", *told),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # the terminal has it
