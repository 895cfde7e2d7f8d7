"""A real coturn with the configuration `deskside-relay turn-config` prints, as the user it names.

with running_coturn(networks.router, RELAY_ADDRESS, folder) as server:
    server.wait_until_allocating(networks.customer)
"""

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from benchmarks.picture.namespaces import Computer
from demo.programs import Program
from relay.clock import system_clock
from relay.connectivity.turn import TurnPlan, make_credentials, read_or_make_secret, turn_configuration

PORT, TLS_PORT = 3478, 5349
ALLOCATES_WITHIN_S = 15.0


@dataclass
class Coturn:
    """Runs on `computer` and relays from `address`; with `certificate` (certificate and key, PEM) it also does TLS."""

    computer: Computer
    address: str
    folder: Path
    certificate: tuple[Path, Path] | None = None
    secret: str = field(init=False)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.secret = read_or_make_secret(self.secret_file)
        certificate, key = self.certificate or (None, None)
        plan = TurnPlan("turn.example.com", (ip_address(self.address),), PORT, TLS_PORT, certificate, key)
        self._configuration.write_text(turn_configuration(plan, self.secret), encoding="utf-8")

    @property
    def secret_file(self) -> Path:
        """Where the secret is, for `--turn-secret-file`."""
        return self.folder / "turn.secret"

    @property
    def _configuration(self) -> Path:
        return self.folder / "turnserver.conf"

    def start(self) -> float:
        """Start it, again too; return when (monotonic s)."""
        files = ["--pidfile", str(self.folder / "pid"), "--db", str(self.folder / "db")]
        arguments = ["turnserver", "-c", str(self._configuration), *files]
        with (self.folder / "coturn.log").open("ab") as log:
            self._process = subprocess.Popen(self.computer.command(*arguments), stdout=log, stderr=log)
        return time.monotonic()

    def kill(self) -> float:
        """End it without warning; return when (monotonic s)."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
        return time.monotonic()

    def probe(self, computer: Computer, **wanted: Any) -> dict[str, Any]:
        """Return what a program on `computer` that knows the secret gets: see `tests.support.turn_probe`.

        `wanted`: `host`, `port`, `transport`, `tls`, `trusts` (a certificate's file), `secret`, `at_ms`, `peer`.
        """
        secret, at_ms = wanted.pop("secret", self.secret), wanted.pop("at_ms", system_clock())
        credentials = make_credentials(secret, at_ms, lambda size: bytes(size))
        given = {"host": self.address, "port": TLS_PORT if wanted.get("tls") else PORT, "peer": [self.address, 40000]}
        given |= {"username": credentials.username, "password": credentials.password} | wanted
        program = Program(
            "probe", computer.module("tests.support.turn_probe", json.dumps(given)), log_folder=self.folder
        )
        try:
            return program.next_line()
        finally:
            program.end()

    def wait_until_allocating(self, computer: Computer, **wanted: Any) -> None:
        """Wait until it gives allocations to programs on `computer`, and lets them talk to each other."""
        deadline = time.monotonic() + ALLOCATES_WITHIN_S
        while not (told := self.probe(computer, **wanted))["bound"]:
            assert time.monotonic() < deadline, told


@contextlib.contextmanager
def running_coturn(
    computer: Computer, address: str, folder: Path, certificate: tuple[Path, Path] | None = None
) -> Iterator[Coturn]:
    """Yield a coturn that was started on `computer`."""
    server = Coturn(computer, address, folder, certificate)
    server.start()
    try:
        yield server
    finally:
        server.kill()
