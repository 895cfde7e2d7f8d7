"""The real program in a home of its own: after a session everything is as it was before."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from demo.virtual_display import virtual_desktop
from tests.support.client_file import FileSession, technician_for
from tests.support.relay_process import running_relay

REPOSITORY = Path(__file__).resolve().parents[2]


def listing(*folders: Path) -> set[str]:
    """Everything below `folders`."""
    return {str(path) for folder in folders for path in folder.rglob("*")}


def test_a_session_leaves_nothing_on_the_computer(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    for usual in (".local/share/applications", ".config/autostart", ".cache/fontconfig"):
        (home / usual).mkdir(parents=True)
    (home / ".config" / "mimeapps.list").write_text("[Default Applications]\n")
    temporary.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home), "TMPDIR": str(temporary), "LANG": "C.UTF-8"}
    with virtual_desktop() as display, running_relay(tmp_path / "relay") as relay, contextlib.ExitStack() as stack:
        opened = relay.open_session()
        technician = stack.enter_context(technician_for(relay, opened, tmp_path))
        before, settings = listing(home, temporary), (home / ".config" / "mimeapps.list").read_text()
        words = ["--relay", relay.url, "--organisation", relay.root_id.hex(), opened.route]
        process = subprocess.Popen(
            [sys.executable, "-m", "customer_client.app", *words],
            cwd=REPOSITORY,
            env={**environment, "DISPLAY": display},
        )
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        session = FileSession(process, home, technician, home, display, time.monotonic())
        session.share()
        during = listing(home, temporary)
        assert session.end() == 0
        assert any(name.endswith(".journal") for name in during - before), "the record is on disk while it counts"
        assert listing(home, temporary) ^ before == set()
        assert (home / ".config" / "mimeapps.list").read_text() == settings
