"""Whether this desktop is a Wayland one, where no program sees the screen without the system's own dialog. Pure."""

import os
import sys
from collections.abc import Mapping


def is_wayland(environment: Mapping[str, str] | None = None, system: str = sys.platform) -> bool:
    """Return whether `environment` (None: the process's own) is that of a Wayland session.

    An X display beside it is Xwayland's: it shows older programs, and nothing of the others.
    """
    variables = os.environ if environment is None else environment
    return system.startswith("linux") and (
        variables.get("XDG_SESSION_TYPE") == "wayland"
        or bool(variables.get("WAYLAND_DISPLAY") and not variables.get("DISPLAY"))
    )
