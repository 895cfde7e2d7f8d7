"""A customer, Tess and her colleague Maria: three programs without windows, and what they tell each other.

with house_with_two_technicians() as house, company(house, folder) as here:
    maria = here.joined()
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from benchmarks.picture.namespaces import Computer
from demo.programs import Program
from demo.virtual_display import virtual_display
from protocol.audit.joined_sessions import check_together, joined_sessions, joins, ties_of
from protocol.audit.verify import verify_record
from protocol.messages.relay_api import Device, DeviceEnrolment, OpenedSession
from tests.support.relay_process import (
    ORGANISATION,
    PASSWORD,
    PreparedRelay,
    accepted,
    must,
    relay_command,
    running_relay,
)
from tests.support.resumable_session import House as RouterHouse
from tests.support.resumable_session import Peer
from tests.support.three_networks import RELAY_ADDRESS, Networks
from tests.support.tls_certificate import certificate_for

COLLEAGUE = "Maria Berg"


@dataclass
class House:
    """The relay, and who the second technician is. `url` is the relay as the programs reach it, if not as we do."""

    relay: PreparedRelay
    colleague: dict[str, Any]
    url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    computers: dict[str, Computer] = field(default_factory=dict)
    """Where the program of that name runs, if not here."""

    @contextlib.contextmanager
    def over(self, networks: Networks, folder: Path) -> Iterator[None]:
        """Move the relay to the router, and Tess; the customer and Maria are behind a line of their own each."""
        self.relay.stop()
        certificate = certificate_for(RELAY_ADDRESS, folder)  # technicians' programs want TLS
        router = RouterHouse(networks, folder, self.relay, [], certificate=certificate)
        router.start_relay()
        self.url, self.environment = router.url, {"SSL_CERT_FILE": str(certificate[0])}
        self.computers = {"tess": networks.router, "customer": networks.customer, "maria": networks.technician}
        try:
            yield
        finally:
            router.kill_relay()
            self.url, self.environment, self.computers = "", {}, {}
            self.relay.start()


@contextlib.contextmanager
def house_with_two_technicians() -> Iterator[House]:
    """Yield a relay where Tess and Maria are technicians with certified devices."""
    with running_relay() as relay:
        must(
            relay_command(
                *("user", "add", "maria", "--display-name", COLLEAGUE, "--role", "technician", "--password-stdin"),
                data_dir=relay.data_dir,
                stdin=PASSWORD + "\n",
            )
        )
        signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        token = relay.sign_in("maria").token
        public = signing.public_key().public_bytes_raw(), sealing.public_key().public_bytes_raw()
        accepted(relay.request("PUT", "/api/v1/device", DeviceEnrolment(*public, "Maria's laptop"), token=token))
        must(
            relay_command("org", "certify", "--org-key", str(relay.key_path), "--all-pending", data_dir=relay.data_dir)
        )
        device = msgspec.json.decode(accepted(relay.request("GET", "/api/v1/device", token=token)), type=Device)
        yield House(relay, device_of(token, signing, sealing, device.certificate))


def device_of(token: str, signing: Ed25519PrivateKey, sealing: X25519PrivateKey, certificate: bytes) -> dict[str, Any]:
    """Return what a technician's program is given of its device."""
    return {
        "token": token,
        "signing_key": signing.private_bytes_raw().hex(),
        "sealing_key": sealing.private_bytes_raw().hex(),
        "certificate": certificate.hex(),
    }


def verified(path: Path, *, exit_code: int = 0) -> str:
    """Return what `deskside-verify` says of a record in which nothing is wrong; 2: but something is missing."""
    command = [sys.executable, "-m", "protocol.audit.verify_command", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == exit_code, told.stdout
    return told.stdout


@dataclass
class Company:
    """A live session of a customer with Tess."""

    house: House
    folder: Path
    stack: contextlib.ExitStack
    customer: Peer
    tess: Peer
    session: str

    def come(self) -> Peer:
        """Let Maria wait for an invitation."""
        given = self.house.colleague | {"side": "colleague", "folder": str(self.folder / "maria")}
        given |= {"joins": self.session}
        return start(self.stack, self.house, "colleague_peer", "maria", given, self.folder)

    def invite(self, purpose: str = "help", *, yes: bool = True) -> None:
        """Let Tess invite Maria, and the customer answer."""
        self.ask(purpose)
        self.customer.program.tell("answer", **({"yes": "yes"} if yes else {"yes": ""}))

    def ask(self, purpose: str = "help") -> None:
        """Let Tess invite Maria, and wait until the customer is asked."""
        now = time.monotonic()
        self.tess.program.tell("look")
        self.tess.until("somebody to invite", lambda line: COLLEAGUE in line.get("candidates", []))
        self.tess.program.tell("invite", name=COLLEAGUE, purpose=purpose)
        asked = self.customer.until("the question", lambda line: line.get("asked_about"), since=now)
        assert asked["asked_about"] == [COLLEAGUE, ORGANISATION]

    def joined(self, purpose: str = "help") -> Peer:
        """Let Maria join, and everybody see it."""
        maria = self.come()
        self.invite(purpose)
        maria.until("the colleague's picture", lambda line: line.get("frames"))
        self.tess.until("news of her", lambda line: line.get("people") == [[COLLEAGUE, "here"]])
        self.customer.until("both on the bar", lambda line: len(line.get("people", [])) == 2)
        return maria

    def record_of(self, peer: Peer, name: str) -> str:
        """Let an ended program write its record, verify it, and return what `deskside-verify` says."""
        peer.until("the end", lambda line: line.get("ended"))
        path = self.folder / f"{name}.deskside-record"
        peer.program.tell("record", path=str(path))
        peer.until("the record", lambda line: line.get("path") == str(path))
        return verified(path)

    def agree(self, joined: str, colleague: str) -> None:
        """Compare two records that were written: they must tell of each other, and say the same."""
        first, second = (
            verify_record((self.folder / f"{name}.deskside-record").read_bytes()) for name in (joined, colleague)
        )
        assert joins(second.lanes) == first.session
        assert [each.session for each in joined_sessions(first.lanes)] == [second.session]
        assert check_together([ties_of(each.session, each.lanes) for each in (first, second)]) == ()


def start(
    stack: contextlib.ExitStack,
    house: House,
    module: str,
    name: str,
    given: dict[str, Any],
    folder: Path,
    display: str = "",
) -> Peer:
    """Start one of the programs where it belongs."""
    relay = house.relay
    common = {
        "relay": house.url or relay.url,
        "root_id": relay.root_id.hex(),
        "root_key": relay.root_key.hex(),
        "organisation": ORGANISATION,
        "environment": house.environment,
    }
    arguments = [f"tests.support.{module}", json.dumps(common | given)]
    if name in house.computers:
        arguments = house.computers[name].module(*arguments)
    program = Program(name, arguments, log_folder=folder, display=display)
    stack.callback(program.end, kill=True)
    return Peer(program)


@contextlib.contextmanager
def company(house: House, folder: Path, prepared: OpenedSession | None = None) -> Iterator[Company]:
    """Yield a live session of the customer with Tess; `prepared` was opened while the relay could be reached."""
    relay = house.relay
    opened = msgspec.structs.asdict(prepared or relay.open_session())
    mine = device_of(relay.token, relay.signing_key, relay.sealing_key, relay.certificate)
    mine |= {"side": "technician", "opened": opened | {"mailbox": opened["mailbox"].hex()}}
    mine |= {"folder": str(folder / "tess")}
    theirs = {"route": opened["route"], "folder": str(folder / "customer")}
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(virtual_display(640, 480))
        tess = start(stack, house, "colleague_peer", "tess", mine, folder)
        customer = start(stack, house, "colleague_customer", "customer", theirs, folder, display)
        pin = customer.until("the code", lambda line: line.get("pin"))["pin"]
        tess.until("asking for the code", lambda line: line.get("phase") == "pin_wanted")
        tess.program.tell("pin", pin=pin)
        tess.until("the first picture", lambda line: line.get("frames"))
        yield Company(house, folder, stack, customer, tess, opened["session"])
