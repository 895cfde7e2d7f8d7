"""Whose text is on the clipboard: a password manager's is not read (C5). GUI thread; blocks for some milliseconds."""

import logging
import sys

from customer_client.redaction.known_programs import KnownPrograms, password_managers
from protocol.errors import EnvironmentFault

_log = logging.getLogger(__name__)


def password_manager_owns_clipboard(
    display_name: str | None = None, *, programs: KnownPrograms | None = None, system: str = sys.platform
) -> bool:
    """Say whether the program that serves the clipboard keeps passwords.

    What cannot be found out counts as no: most desktops have programs that hand the clipboard on for others, and what
    password managers say about their text is looked at besides.
    """
    known = programs or password_managers()
    if system.startswith("linux"):
        return _on_x11(display_name, known)
    return system == "win32" and _on_windows(known)


def _on_x11(display_name: str | None, known: KnownPrograms) -> bool:
    # python-xlib is there on Linux only.
    from Xlib.error import XError

    from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
    from customer_client.redaction.x11_traits import X11Traits

    try:
        display = open_x_display(display_name)
    except EnvironmentFault as fault:
        _log.warning("whose clipboard it is cannot be asked: %s", fault)
        return False
    try:
        owner = display.get_selection_owner(display.intern_atom("CLIPBOARD"))
        if not owner:
            return False
        # Often a window that is never shown and says nothing of itself: then its program says it.
        return known.has_class(owner.get_wm_class() or ()) or known.has_program(X11Traits(display).program(owner.id))
    except (XError, *CONNECTION_LOST) as cause:
        _log.info("whose clipboard it is was not answered: %s", cause)
        return False
    finally:
        display.close()


def _on_windows(known: KnownPrograms) -> bool:
    # There on Windows only.
    from customer_client.windows.api import user32
    from customer_client.windows.top_windows import process_of, program_of_process

    owner = user32().GetClipboardOwner()
    return bool(owner) and known.has_program(program_of_process(process_of(owner)))
