"""Asking an X display for a program's window by its title."""

import os
import subprocess


def shows_window(display: str, title: str) -> bool:
    """Return whether a window with `title` in its title is shown on `display`."""
    command = ["xdotool", "search", "--onlyvisible", "--name", title]
    environment = os.environ | {"DISPLAY": display}
    return subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False).returncode == 0
