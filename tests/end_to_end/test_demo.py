"""The whole product at once: `make demo` on virtual displays, and what it leaves behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
PROVEN = (
    "drawing_seen_by_customer",
    "chat_both_ways",
    "clipboard_text_pasted",
    "file_saved_unchanged",
    "typed_text_received",
    "diagnostics_attached",
    "record_verified",
    "tampered_record_rejected",
)
SCENES = ("drawing", "chat", "clipboard", "file")
PICTURES = ("technician", "customer", *(f"{side}_{scene}" for side in ("technician", "customer") for scene in SCENES))


def test_the_demo_plays_a_whole_session_and_proves_it(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--headless", "--out", str(tmp_path)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    for what in PROVEN:
        assert report[what] is True, what
    for what in ("click_to_consent_s", "consent_to_first_frame_ms", "key_to_customer_program_ms"):
        assert report[what] > 0, what
    for picture in PICTURES:
        with Image.open(tmp_path / f"{picture}.png") as shown:
            assert shown.size == (1920, 1080)
            assert len(shown.convert("L").getcolors(256) or range(257)) > 32, f"{picture} is nearly blank"

    sent, saved = (tmp_path / f"{side}_home" for side in ("technician", "customer"))
    name = "printer-guide.pdf"
    assert (saved / "downloads" / "Deskside" / name).read_bytes() == (sent / name).read_bytes()
    said = (tmp_path / "verification.txt").read_text()
    for words in ("offered a file", "accepted a file", "received a file"):
        assert words in said, words
    record = next(tmp_path.glob("DS-*.deskside-record")).read_bytes()
    for content in (b"cupsenable", b"Does the printer on your floor"):
        assert content not in record, "the record holds what was written or pasted"

    ticket = json.loads((tmp_path / "relay_ticket.json").read_text())
    assert [session["state"] for session in ticket["sessions"]] == ["ended"]
    assert [attachment["kind"] for attachment in ticket["attachments"]] == ["diagnostics"]
    assert any("Restarted the spooler" in note["text"] for note in ticket["notes"])
    for stored in (tmp_path / "relay").glob("*"):
        assert b"Debian GNU/Linux" not in stored.read_bytes(), f"the relay can read the report in {stored.name}"
