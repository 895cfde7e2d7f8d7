"""Real witnesses in processes of their own, and a relay whose log they cosign."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from protocol.audit.log.policy import Policy, parse_policy
from relay.log.witness import Witness
from tests.support.relay_process import (
    GONE_WITHIN_S,
    READY_WITHIN_S,
    REPOSITORY,
    PreparedRelay,
    must,
    relay_command,
    running_relay,
)


@dataclass
class WitnessProcess:
    """One witness; `vkey` is its Ed25519 key as a policy names it."""

    name: str
    data_dir: Path
    port: int = 0
    url: str = ""
    vkey: str = ""
    _process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the data folder and the keys."""
        self.vkey = Witness.make(self.data_dir, self.name).verifiers[0].vkey

    def trust(self, certificate: Path) -> None:
        """Cosign for the log of this certificate."""
        Witness.open(self.data_dir).trust(certificate.read_bytes())

    def start(self) -> None:
        """Start it (again, on the same port) and wait until it says it is ready."""
        assert self._process is None, "it runs already"
        arguments = ["witness", "serve", "--data", str(self.data_dir), "--port", str(self.port)]
        with self.data_dir.with_name(self.data_dir.name + ".log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "relay.app", *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=log
            )
        self.url = self._wait_until_ready()
        self.port = int(self.url.rsplit(":", 1)[1])

    def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        process.wait(GONE_WITHIN_S)
        assert process.stdout is not None
        process.stdout.close()

    def _wait_until_ready(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline, line, descriptor = time.monotonic() + READY_WITHIN_S, b"", self._process.stdout.fileno()
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(descriptor, 4096) if readable else b""
            assert chunk, self.data_dir.with_name(self.data_dir.name + ".log").read_text()
            line += chunk
        return line.decode().split()[4]


def policy_text(witnesses: Sequence[WitnessProcess], quorum: int) -> str:
    """Return the policy that wants `quorum` of these witnesses."""
    lines = [f"witness w{number} {one.vkey} {one.url}" for number, one in enumerate(witnesses)]
    names = " ".join(f"w{number}" for number in range(len(witnesses)))
    return "\n".join([*lines, f"group enough {quorum} {names}", "quorum enough", ""])


@dataclass
class WitnessedRelay:
    """A relay with a certified log, and its witnesses."""

    relay: PreparedRelay
    witnesses: list[WitnessProcess]
    policy: Policy
    certificate: bytes


@contextmanager
def witnessed_relay(
    folder: Path, *, witnesses: int = 2, quorum: int = 2, require_receipt: bool = False
) -> Iterator[WitnessedRelay]:
    """Start witnesses and a relay whose log they cosign; stop them afterwards."""
    with ExitStack() as stack:
        started = [
            WitnessProcess(f"witness{number}.example", folder / f"witness{number}") for number in range(witnesses)
        ]
        relay = stack.enter_context(running_relay(folder / "relay"))
        for one in started:
            one.make()
            one.start()
            stack.callback(one.stop)
        policy, certificate = folder / "policy", folder / "log-certificate"
        policy.write_text(policy_text(started, quorum))
        options = ["--org-key", str(relay.key_path), "--out", str(certificate), "--witness-policy", str(policy)]
        options += ["--require-receipt"] if require_receipt else []
        must(relay_command("org", "certify-log", *options, data_dir=relay.data_dir))
        for one in started:
            one.trust(certificate)
        yield WitnessedRelay(relay, started, parse_policy(policy.read_text()), certificate.read_bytes())
