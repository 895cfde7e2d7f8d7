"""Where no window can be opened, the person reads why: in the terminal, and as a note of their desktop."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Stands on the path instead of the program that talks to the desktop, and writes down what it was told.
BUSCTL = '#!/bin/sh\necho "$*" >> "$TOLD"\n'


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a Linux desktop")
@pytest.mark.parametrize(
    ("session", "language", "said"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "wayland"}, "de_DE.UTF-8", "läuft ohne Xwayland"),
        ({}, "en_GB.UTF-8", "There is no desktop here."),
    ],
)
def test_a_session_without_xwayland_is_told_so(
    tmp_path: Path, session: dict[str, str], language: str, said: str
) -> None:
    told, program = tmp_path / "told", tmp_path / "busctl"
    program.write_text(BUSCTL)
    program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"PATH": f"{tmp_path}:/usr/bin:/bin", "TOLD": str(told), "LC_ALL": language, **session}
    command = [sys.executable, "-m", "customer_client.app", "--data", str(tmp_path / "data")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    # The desktop's colours may have been asked for meanwhile.
    (note,) = (line for line in told.read_text().splitlines() if " Notify " in line)
    assert note.startswith("--user --auto-start=no call org.freedesktop.Notifications ")
    assert said in note
    assert not (tmp_path / "data").exists()
