"""A technician on Linux sees and controls a customer's program that runs in wine: relay, PIN, consent, keys."""

import contextlib
import json
import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installers.wine import path_in_windows
from setup.system_packages import unmet, windows_client_needs
from tests.support.client_file import technician_for
from tests.support.relay_process import running_relay
from tests.support.resumable_session import Peer
from tests.support.wine_desktop import WineDesktop, wine_desktop

pytestmark = pytest.mark.long

PATIENCE_S = 90.0
TEXT = "Grüße, мир 😀"


class Customer:
    """The customer's program, told and heard in JSON lines."""

    def __init__(self, desktop: WineDesktop, given: dict[str, Any]) -> None:
        self._process = desktop.python.start("-m", "tests.support.headless_customer", json.dumps(given))
        self.said: list[str] = []

    def until(self, name: str) -> str:
        """Return the first value told of `name` that is not empty."""
        assert self._process.stdout is not None
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            readable, _, _ = select.select([self._process.stdout], [], [], 1.0)
            line = self._process.stdout.readline().decode("utf-8", "replace") if readable else ""
            self.said.append(line)
            with contextlib.suppress(ValueError):
                if told := json.loads(line or "{}").get(name):
                    return str(told)
        raise AssertionError(f"{name} was not told: {self.said[-20:]}")

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


def typed(technician: Peer, desktop: WineDesktop) -> str:
    """Return what arrives of TEXT. Until the customer's watchdog stands by, nothing does: then it is typed again."""
    end, arrived = time.monotonic() + PATIENCE_S, ""
    while not arrived and time.monotonic() < end:
        desktop.ask("edit_in_front")
        technician.program.tell("type", text=TEXT)
        arrived = desktop.ask("edited", TEXT)
    return arrived


@pytest.fixture
def desktop() -> Iterator[WineDesktop]:
    lacking = unmet(windows_client_needs())
    if lacking:
        pytest.skip(f"wine needs {', '.join(need.name for need in lacking)}")
    with wine_desktop() as ours:
        yield ours


def test_a_technician_types_into_a_window_of_another_program(desktop: WineDesktop, tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as relay:
        opened = relay.open_session()
        with technician_for(relay, opened, tmp_path) as technician:
            given = {
                "relay": relay.url,
                "root_id": relay.root_id.hex(),
                "folder": path_in_windows(tmp_path / "customer"),
                "route": opened.route,
            }
            with contextlib.closing(Customer(desktop, given)) as customer:
                pin = customer.until("pin")
                technician.until("the PIN", lambda line: line.get("phase") == "pin_wanted", within_s=PATIENCE_S)
                technician.program.tell("pin", pin=pin)
                technician.until("a picture", lambda line: line.get("frames"), within_s=PATIENCE_S)
                technician.program.tell("control")
                technician.until("control", lambda line: line.get("control") == "granted", within_s=PATIENCE_S)
                assert typed(technician, desktop) == TEXT
                technician.program.tell("end")
                assert customer.until("ended") == "True"
