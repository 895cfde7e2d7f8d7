"""A second technician through the real programs without windows: relay, customer, and two who help."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from demo.programs import Program
from demo.virtual_display import virtual_display
from protocol.audit.joined_sessions import check_together, joined_sessions, joins, ties_of
from protocol.audit.verify import verify_record
from protocol.messages.base import encode
from protocol.messages.colleague import JoinHello, JoinShare, decode_joining
from protocol.messages.colleague_api import JoinedSession
from protocol.messages.relay_api import Device, DeviceEnrolment, OpenedSession
from protocol.messages.signaling import AttachMailbox, BodyDelivered, PeerPresence, PostBody
from protocol.version import PROTOCOL_VERSION
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import (
    ORGANISATION,
    PASSWORD,
    TECHNICIAN_NAME,
    PreparedRelay,
    accepted,
    must,
    relay_command,
    running_relay,
)
from tests.support.resumable_session import Peer

COLLEAGUE = "Maria Berg"


@dataclass
class House:
    """The relay, and who the second technician is."""

    relay: PreparedRelay
    colleague: dict[str, Any]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
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
    return {
        "token": token,
        "signing_key": signing.private_bytes_raw().hex(),
        "sealing_key": sealing.private_bytes_raw().hex(),
        "certificate": certificate.hex(),
    }


@dataclass
class Company:
    """A live session of a customer with Tess; `come` lets Maria wait for an invitation."""

    house: House
    folder: Path
    stack: contextlib.ExitStack
    customer: Peer
    tess: Peer
    session: str

    def come(self) -> Peer:
        given = self.house.colleague | {"side": "colleague", "folder": str(self.folder / "maria")}
        given |= {"joins": self.session}
        return start(self.stack, self.house, "colleague_peer", "maria", given, self.folder)

    def invite(self, purpose: str = "help", *, yes: bool = True) -> None:
        """Let Tess invite Maria, and the customer answer."""
        self.tess.program.tell("look")
        self.tess.until("somebody to invite", lambda line: COLLEAGUE in line.get("candidates", []))
        self.tess.program.tell("invite", name=COLLEAGUE, purpose=purpose)
        asked = self.customer.until("the question", lambda line: line.get("asked_about"))
        assert asked["asked_about"] == [COLLEAGUE, ORGANISATION]
        self.customer.program.tell("answer", **({"yes": "yes"} if yes else {"yes": ""}))

    def joined(self, purpose: str = "help") -> Peer:
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
        command = [sys.executable, "-m", "protocol.audit.verify_command", str(path)]
        verified = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert verified.returncode == 0, verified.stdout
        return verified.stdout

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
    relay = house.relay
    common = {
        "relay": relay.url,
        "root_id": relay.root_id.hex(),
        "root_key": relay.root_key.hex(),
        "organisation": ORGANISATION,
    }
    arguments = [f"tests.support.{module}", json.dumps(common | given)]
    program = Program(name, arguments, log_folder=folder, display=display)
    stack.callback(program.end, kill=True)
    return Peer(program)


@contextlib.contextmanager
def company(house: House, folder: Path) -> Iterator[Company]:
    """Yield a live session of the customer with Tess."""
    relay = house.relay
    opened = msgspec.structs.asdict(relay.open_session())
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


def test_a_colleague_joins_helps_and_leaves_and_the_session_goes_on(house: House, tmp_path: Path) -> None:
    with company(house, tmp_path) as here:
        here.tess.program.tell("control")
        here.tess.until("control", lambda line: line.get("control") == "granted")
        maria = here.joined()
        asked = maria.until("what she may ask for", lambda line: line.get("asked") == ["control", "see"])
        assert not asked["in_charge"]
        maria.program.tell("control")
        session = asked["session"]
        maria.until("a refusal: one at a time", lambda line: "colleague has mouse" in line.get("problem", ""))
        now = time.monotonic()
        here.tess.program.tell("release")
        here.tess.until("no control", lambda line: line.get("control") == "none", since=now)
        maria.program.tell("control")
        maria.until("control", lambda line: line.get("control") == "granted")
        here.customer.until("who controls, on the bar", lambda line: line.get("may", [[]])[-1:] == [["control", "see"]])
        maria.program.tell("diagnostics")
        maria.until("only who leads may", lambda line: "in charge" in line.get("problem", ""))
        maria.program.tell("end")
        here.tess.until("that she left", lambda line: line.get("people") == [[COLLEAGUE, "gone"]])
        now = time.monotonic()
        here.tess.program.tell("control")
        here.tess.until("control again", lambda line: line.get("control") == "granted", since=now)
        here.tess.program.tell("end")
        here.customer.until("the end", lambda line: line.get("page") == "ended" and line.get("summary"))
        said = here.record_of(here.tess, "tess")
        for line in ("allowed a colleague to join", "noted that a colleague joined", "noted that a colleague left"):
            assert f"Customer {line}" in said
        assert "Technician noted that a colleague left" in said
        own = here.record_of(maria, "maria")
        assert COLLEAGUE in own
        here.agree("tess", "maria")
        again = house.relay.request("POST", f"/api/v1/invitations/{session}/join", token=house.colleague["token"])
        assert again.json()["code"] == "invitation_expired"


def test_the_session_is_handed_over_and_the_colleague_goes_on_with_every_tool(house: House, tmp_path: Path) -> None:
    with company(house, tmp_path) as here:
        maria = here.joined("view")
        here.tess.program.tell("hand_over")
        here.tess.until("the end for her", lambda line: line.get("status") == "You have handed the session over.")
        maria.until("being in charge", lambda line: line.get("in_charge") and "diagnostics" in line["asked"])
        here.customer.until("whose session it is", lambda line: line.get("leads") == COLLEAGUE)
        maria.program.tell("control")
        maria.until("control", lambda line: line.get("control") == "granted")
        maria.program.tell("end")
        ended = here.customer.until("the end", lambda line: line.get("page") == "ended")
        assert ended["text"] == "The technician has ended the session."
        assert "Technician handed the session over" in here.record_of(here.tess, "tess")
        assert "Customer noted that this technician is in charge now" in here.record_of(maria, "maria")


def test_who_joins_while_sharing_rests_sees_nothing_and_the_customer_removes_one_and_stops_all(
    house: House, tmp_path: Path
) -> None:
    with company(house, tmp_path) as here:
        here.customer.program.tell("pause")
        here.customer.until("the pause", lambda line: line.get("paused"))
        maria = here.come()
        here.invite("view")
        here.customer.until("both on the bar", lambda line: len(line.get("people", [])) == 2)
        maria.until("that sharing rests", lambda line: line.get("paused"))
        assert not any("frames" in line for line in maria.said)
        here.customer.program.tell("resume")
        maria.until("the picture", lambda line: line.get("frames"))
        here.customer.program.tell("remove", name=TECHNICIAN_NAME)
        here.tess.until("being sent away", lambda line: "sent you away" in line.get("status", ""))
        maria.until("being in charge", lambda line: line.get("in_charge"))
        here.customer.until("whose session it is", lambda line: line.get("leads") == COLLEAGUE)
        here.customer.program.tell("stop")
        maria.until("the end", lambda line: line.get("status") == "The customer has stopped the session.")
        here.customer.until("the end", lambda line: line.get("page") == "ended")


async def answer_falsely(house: House, opened: OpenedSession) -> int:
    """Be the colleague without the invitation's secret, as a relay could; return how often the customer tried."""
    key, tried = X25519PrivateKey.generate(), 0
    async with MailboxClient(house.relay.mailbox_url) as mailbox:
        await mailbox.send(AttachMailbox(opened.mailbox, opened.token, PROTOCOL_VERSION))
        while not (isinstance(message := await mailbox.receive(), PeerPresence) and message.left):
            if isinstance(message, BodyDelivered):
                hello = decode_joining(message.body)
                assert isinstance(hello, JoinHello)
                tried += 1
                forged = JoinShare(hello.attempt, key.public_key().public_bytes_raw(), bytes(32), bytes(80))
                await mailbox.send(PostBody(encode(forged)))
    return tried


def test_no_means_no_and_who_the_relay_sends_in_place_of_the_colleague_sees_nothing(
    house: House, tmp_path: Path
) -> None:
    with company(house, tmp_path) as here:
        here.invite(yes=False)
        told = here.tess.until("the refusal", lambda line: line.get("people") == [[COLLEAGUE, "refused"]])
        assert told["said"] == ["The customer did not let them join."]
        here.customer.said.clear()
        here.invite("view")
        here.tess.until("waiting for her", lambda line: [COLLEAGUE, "waiting"] in line.get("people", []))
        token, deadline = house.colleague["token"], time.monotonic() + 20
        while not (found := house.relay.request("GET", "/api/v1/invitations", token=token).json()["invitations"]):
            assert time.monotonic() < deadline
        path = f"/api/v1/invitations/{found[0]['session']}/join"
        taken = accepted(house.relay.request("POST", path, token=token))
        opened = msgspec.json.decode(taken, type=JoinedSession).opened
        assert asyncio.run(answer_falsely(house, opened)) == 5
        here.tess.until("that nobody came", lambda line: [COLLEAGUE, "gone"] in line.get("people", []))
        assert here.customer.said[-1]["people"] == []
        gone = house.relay.request("POST", path, token=token)
        assert gone.json()["code"] == "invitation_expired"
        assert house.relay.request("GET", "/api/v1/invitations", token=token).json() == {"invitations": []}
        here.tess.program.tell("end")
        said = here.record_of(here.tess, "tess")
        assert "join_refused" in said
        assert "did not let a colleague join" in said
        assert "noted that a colleague joined" not in said
