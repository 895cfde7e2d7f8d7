"""The first page is on the screen before anything is imported that it does not need."""

import json
import os
import subprocess
import sys
from pathlib import Path

from demo.virtual_display import virtual_display

ROOT = Path(__file__).resolve().parents[2]

OPENED = """
import json, sys
before = set(sys.modules)  # what this installation of Python imports by itself
from customer_client.app import main

def ready(window):
    present = window._present
    def presented(page):
        present(page)
        # From here on other threads import what they like.
        print(json.dumps({"modules": sorted(set(sys.modules) - before), "page": type(page).__name__}))
        window.call_soon(window.close)
    window._present = presented

main([], on_ready=ready)
print("closed")
"""

LATER = {
    *("PIL", "PySide6", "Xlib", "aioice", "aiortc", "argparse", "asyncio", "av", "concurrent.futures", "cryptography"),
    *("decimal", "google_crc32c", "mss", "msgspec", "numpy", "platformdirs", "psutil", "shutil", "ssl", "tempfile"),
    *("tkinter.filedialog", "tomllib", "uuid", "webbrowser", "websockets"),
    *("customer_client.capture", "customer_client.drawing.figures", "customer_client.redaction.hidden"),
    *("customer_client.session.customer_session", "customer_client.ui.bar", "customer_client.ui.chat_window"),
    *("customer_client.ui.consent_page", "customer_client.ui.ended_page"),
    *("protocol.chat", "protocol.files", "protocol.messages", "protocol.transport.session_link"),
}
"""What has no business in the program's first quarter of a second; a module below one of these neither."""


def test_nothing_the_first_page_does_not_need_is_imported_before_it(tmp_path: Path) -> None:
    # As a click opens it: without a word. The thread that looks for dark desktops imports nothing then.
    told = {"DESKSIDE_RELAY": "http://127.0.0.1:9", "DESKSIDE_ORGANISATION": "00" * 32, "GTK_THEME": "Adwaita"}
    told |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    with virtual_display(1024, 768, 24) as display:
        done = subprocess.run(
            [sys.executable, "-c", OPENED],
            env={**os.environ, **told, "DISPLAY": display},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    first, closed = done.stdout.splitlines()
    shown = json.loads(first)
    assert (shown["page"], closed) == ("ContactPage", "closed")
    early = [name for name in shown["modules"] if any(name == one or name.startswith(f"{one}.") for one in LATER)]
    assert early == []
