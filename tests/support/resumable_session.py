"""Live sessions between two headless programs over three networks, with a relay that can be restarted.

with three_networks() as networks, relay_between(folder, networks) as house, resumable_session(house) as session:
    networks.unplug("customer")
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from demo.programs import DemoFailed, Program
from demo.virtual_display import virtual_display
from protocol.messages.relay_api import OpenedSession
from tests.support.relay_process import PreparedRelay, running_relay
from tests.support.three_networks import RELAY_ADDRESS, Networks

PATIENCE_S = 60.0
BACK = "Connected again."


@dataclass
class Peer:
    """One side. `said` is everything it told so far; each line has `at`, monotonic seconds of this machine."""

    program: Program
    said: list[dict[str, Any]] = field(default_factory=list)

    def until(
        self, what: str, holds: Callable[[dict[str, Any]], Any], *, since: float = 0.0, within_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return the first line told at or after `since` for which `holds` is true; `what` names it for the error.

        Raises:
            DemoFailed: there was none in time.
        """
        deadline = time.monotonic() + within_s
        seen = 0
        while True:
            for line in self.said[seen:]:
                if line["at"] >= since and holds(line):
                    return line
            seen = len(self.said)
            left = deadline - time.monotonic()
            if left <= 0:
                raise DemoFailed(f"{self.program.name}: {what} did not happen; last told: {self.said[-3:]}")
            with contextlib.suppress(DemoFailed):
                self.said.append(self.program.next_line(timeout=left))


@dataclass
class House:
    """The relay on the router, with invitations made beforehand: nobody signs in over these networks."""

    networks: Networks
    folder: Path
    prepared: PreparedRelay
    invitations: list[OpenedSession]
    relay: Program = field(init=False)
    options: tuple[str, ...] = ()
    """More arguments for `deskside-relay serve`."""
    certificate: tuple[Path, Path] | None = None
    """TLS certificate and key (PEM); the relay is then at port 443."""
    environment: dict[str, str] = field(default_factory=dict)
    """What both programs get, beside their own."""

    @property
    def url(self) -> str:
        """The relay as both sides reach it."""
        if self.certificate is not None:
            return f"https://{RELAY_ADDRESS}"
        return f"http://{RELAY_ADDRESS}:{self.prepared.port}"

    def start_relay(self) -> None:
        """Start the relay, with what it has on disk."""
        where = ["--data", str(self.prepared.data_dir), "--host", "0.0.0.0", "--port", str(self.prepared.port)]
        public = ["--behind-proxy", "--public-url", self.url]
        if self.certificate is not None:
            certificate, key = map(str, self.certificate)
            public = ["--port", "443", "--tls-cert", certificate, "--tls-key", key, "--public-url", self.url]
        arguments = self.networks.router.module("relay.app", "serve", *where, *public, *self.options)
        self.relay = Program("relay", arguments, log_folder=self.folder)
        assert "ready" in self.relay.next_line()["text"]

    def kill_relay(self) -> None:
        """End the relay without warning."""
        self.relay.end(kill=True)


@dataclass
class Session:
    """What a test disturbs."""

    house: House
    networks: Networks
    customer: Peer
    technician: Peer
    folder: Path

    def back_at(self, since: float, within_s: float = PATIENCE_S) -> float:
        """Wait until both say that they are connected again; return when the later one said so (monotonic s)."""
        told = (
            self.customer.until("coming back", lambda line: line.get("notice") == BACK, since=since, within_s=within_s),
            self.technician.until(
                "coming back", lambda line: line.get("outage") == BACK, since=since, within_s=within_s
            ),
        )
        return max(float(line["at"]) for line in told)

    def moved_at(self, side: str, since: float) -> float:
        """Wait until `side`, which has another address, is connected again; return when the picture was, too.

        The other side may hardly have noticed. What `side` still says of an outage before this one does not count.
        """
        peer, word = (self.customer, "notice") if side == "customer" else (self.technician, "outage")
        cut = peer.until("noticing", lambda line: "Reconnecting" in line.get(word, ""), since=since)["at"]
        told = peer.until("coming back", lambda line: line.get(word) == BACK, since=cut)
        picture = self.technician.until("a picture over the new connection", lambda line: "frames" in line, since=cut)
        return max(float(told["at"]), float(picture["at"]))

    def end(self) -> dict[str, Any]:
        """Let the technician end the session; return the last state, with where the record is."""
        self.technician.program.tell("end")
        self.customer.until("the end", lambda line: line.get("page") == "ended")
        return self.technician.until("the record", lambda line: ";" in line.get("record", ""))


@contextlib.contextmanager
def relay_between(folder: Path, networks: Networks, *, invitations: int = 1) -> Iterator[House]:
    """Yield a relay that both sides can reach, for as many sessions as there are `invitations`."""
    with running_relay(folder / "relay") as prepared:
        house = House(networks, folder, prepared, [prepared.open_session() for _ in range(invitations)])
        prepared.stop()
        house.start_relay()
        try:
            yield house
        finally:
            house.kill_relay()


@contextlib.contextmanager
def resumable_session(
    house: House, folder: Path, *, customers_environment: dict[str, str] | None = None, control: bool = True
) -> Iterator[Session]:
    """Yield a session in which the technician sees the screen and, unless told otherwise, has control."""
    opened = house.invitations.pop()
    given: dict[str, Any] = {"relay": house.url, "root_id": house.prepared.root_id.hex()}
    environment = {"SSL_CERT_FILE": str(house.certificate[0])} if house.certificate is not None else {}
    environment |= house.environment
    mine = given | {"side": "customer", "route": opened.route, "folder": str(folder / "customer")}
    mine |= {"environment": environment | (customers_environment or {})}
    theirs = (
        given
        | {"environment": environment}
        | _technicians_part(house.prepared, opened)
        | {"folder": str(folder / "technician")}
    )
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(virtual_display(640, 480))
        technician = _start(stack, "technician", house.networks.technician.module, theirs, folder)
        customer = _start(stack, "customer", house.networks.customer.module, mine, folder, display)
        session = Session(house, house.networks, customer, technician, folder)
        _pair(session)
        if control:
            take_control(session)
        yield session


def _pair(session: Session) -> None:
    customer, technician = session.customer, session.technician
    pin = customer.until("the code", lambda line: line.get("pin"))["pin"]
    technician.until("asking for the code", lambda line: line.get("phase") == "pin_wanted")
    technician.program.tell("pin", pin=pin)
    technician.until("the first picture", lambda line: line.get("frames"))


def take_control(session: Session, *, since: float = 0.0) -> None:
    """Let the technician ask for control and the customer grant it."""
    session.technician.program.tell("control")
    session.technician.until("control", lambda line: line.get("control") == "granted", since=since)


def _technicians_part(relay: PreparedRelay, opened: msgspec.Struct) -> dict[str, Any]:
    fields = msgspec.structs.asdict(opened)
    return {
        "side": "technician",
        "opened": fields | {"mailbox": fields["mailbox"].hex()},
        "organisation": "Acme IT",
        "root_key": relay.root_key.hex(),
        "certificate": relay.certificate.hex(),
        "signing_key": relay.signing_key.private_bytes_raw().hex(),
        "sealing_key": relay.sealing_key.private_bytes_raw().hex(),
    }


def _start(
    stack: contextlib.ExitStack,
    name: str,
    inside: Callable[..., list[str]],
    given: dict[str, Any],
    folder: Path,
    display: str = "",
) -> Peer:
    arguments = inside("tests.support.headless_peer", json.dumps(given))
    program = Program(name, arguments, log_folder=folder, display=display)
    stack.callback(program.end, kill=True)
    return Peer(program)
