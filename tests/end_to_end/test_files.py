"""Files in sessions of real programs over a network that goes away meanwhile: they arrive, and the record says so."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.picture.shaper import Shape
from tests.support.resumable_session import relay_between, resumable_session
from tests.support.three_networks import reason_not_possible, three_networks

pytestmark = pytest.mark.skipif(bool(reason_not_possible()), reason=reason_not_possible() or "-")

SIZE = 12_000_000


def a_file(name: str, stage: str, moved: int = 0) -> Callable[[dict[str, Any]], bool]:
    """Return whether a line tells of this file at this stage, with so much of it moved."""

    def holds(line: dict[str, Any]) -> bool:
        return any(
            file["name"] == name and file["stage"] == stage and file["moved"] >= moved for file in line.get("files", ())
        )

    return holds


def saved_as(line: dict[str, Any], name: str) -> Path:
    return Path(next(file["saved_as"] for file in line["files"] if file["name"] == name))


def test_files_go_both_ways_and_on_after_an_outage(tmp_path: Path) -> None:
    line = Shape(delay_ms=10, rate_kbps=20_000)
    with (
        three_networks(line) as networks,
        relay_between(tmp_path, networks) as house,
        resumable_session(house, tmp_path) as session,
    ):
        customer, technician = session.customer, session.technician
        sent = tmp_path / "manual.pdf"
        sent.write_bytes(os.urandom(SIZE))
        technician.program.tell("send_file", path=str(sent))
        customer.until("half of it", a_file("manual.pdf", "moving", SIZE // 4))
        networks.unplug("technician")
        cut = time.monotonic()
        customer.until("saying so", lambda line: "Reconnecting" in line.get("notice", ""), since=cut)
        session.back_at(networks.plug_in("technician"))
        arrived = customer.until("all of it", a_file("manual.pdf", "saved"))
        assert saved_as(arrived, "manual.pdf").read_bytes() == sent.read_bytes()
        technician.until("knowing it", a_file("manual.pdf", "saved"))

        wanted = tmp_path / "customer" / "wanted.log"
        wanted.write_bytes(os.urandom(1_000_000))
        technician.program.tell("files_folder", path=str(tmp_path / "mine"))
        technician.program.tell("want_file", wish="the printer's log")
        given = technician.until("the customer's file", a_file("wanted.log", "saved"))
        assert saved_as(given, "wanted.log").read_bytes() == wanted.read_bytes()
        assert saved_as(given, "wanted.log").parent == tmp_path / "mine"
        assert "file" in verified(session, tmp_path)


def verified(session: Any, folder: Path) -> str:
    """End the session and return what the verifier says of its record, which must be without a finding."""
    ended = session.end()
    assert "signed by both" in ended["record"], ended
    path = folder / "session.deskside-record"
    session.technician.program.tell("record", path=str(path))
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    done = subprocess.run(
        [sys.executable, "-m", "protocol.audit.verify_command", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    for words in ("offered a file", "accepted a file", "began to send a file", "received a file"):
        assert done.stdout.count(words) == 2, done.stdout
    return done.stdout
