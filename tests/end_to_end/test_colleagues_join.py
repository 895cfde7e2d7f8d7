"""A second technician through the real programs without windows: relay, customer, and two who help."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.colleague import JoinHello, JoinShare, decode_joining
from protocol.messages.colleague_api import JoinedSession
from protocol.messages.relay_api import OpenedSession
from protocol.messages.signaling import AttachMailbox, BodyDelivered, PeerPresence, PostBody
from protocol.recording.reader import RecordingReader
from protocol.version import PROTOCOL_VERSION
from technician_app.recording.opening import recordings_here, unlock_with_device
from technician_app.recording.recording_file import FileSource, recording_path
from tests.support.colleague_company import COLLEAGUE, Company, House, company, house_with_two_technicians, verified
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import ORGANISATION, TECHNICIAN_NAME, accepted
from tests.support.resumable_session import BACK, Peer
from tests.support.three_networks import reason_not_possible, three_networks

BACK_WITHIN_S = 30.0
"""Generous: the machine may be busy."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_with_two_technicians() as house:
        yield house


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
        here.customer.until(
            "nobody with control",
            lambda line: line.get("may") and not any("control" in each for each in line["may"]),
            since=now,
        )
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
        ended = here.customer.until("the end", lambda line: line.get("page") == "ended" and line.get("summary"))
        assert f"{COLLEAGUE} of {ORGANISATION} joined and could see your screen." in ended["summary"]
        assert "You also allowed them to use your mouse and keyboard." in ended["summary"]
        said = here.record_of(here.tess, "tess")
        for line in ("allowed a colleague to join", "noted that a colleague joined", "noted that a colleague left"):
            assert f"Customer {line}" in said
        assert "Technician noted that a colleague left" in said
        own = here.record_of(maria, "maria")
        assert COLLEAGUE in own
        here.agree("tess", "maria")
        kept = here.customer.until("everything being over", lambda line: line.get("ended"))["kept"]
        assert kept == ["Everything this program kept about the session was removed from this computer."]
        receipt = verified(tmp_path / "customer" / "receipt.dsaudit", exit_code=3)  # the relay has no witnesses
        assert session in receipt
        assert here.session in receipt
        again = house.relay.request("POST", f"/api/v1/invitations/{session}/join", token=house.colleague["token"])
        assert again.json()["code"] == "invitation_expired"


def test_the_session_is_handed_over_and_the_colleague_goes_on_with_every_tool(house: House, tmp_path: Path) -> None:
    with company(house, tmp_path) as here:
        maria = here.joined("view")
        here.tess.program.tell("hand_over")
        here.tess.until("the end for her", lambda line: line.get("status") == "You have handed the session over.")
        joined = maria.until("being in charge", lambda line: line.get("in_charge") and "diagnostics" in line["asked"])
        maria_key = X25519PrivateKey.from_private_bytes(bytes.fromhex(house.colleague["sealing_key"]))
        recording = Recording(tmp_path / "maria", joined["session"], maria_key)
        records(maria, recording)
        here.customer.until("whose session it is", lambda line: line.get("leads") == COLLEAGUE)
        maria.program.tell("control")
        maria.until("control", lambda line: line.get("control") == "granted")
        maria.program.tell("end")
        ended = here.customer.until("the end", lambda line: line.get("page") == "ended")
        assert ended["text"] == "The technician has ended the session."
        assert "Technician handed the session over" in here.record_of(here.tess, "tess")
        hers = here.record_of(maria, "maria")
        assert "Customer noted that this technician is in charge now" in hers
        assert "finished the recording" in hers
        assert recording.read(maria_key).is_whole
        with pytest.raises(PeerError):
            recording.read(house.relay.sealing_key)


def records(technician: Peer, recording: "Recording") -> None:
    """Let a technician record until there is a picture in it."""
    technician.program.tell("ask", capability="recording")
    technician.until("the recording", lambda line: line.get("recording") == "granted")
    deadline = time.monotonic() + BACK_WITHIN_S
    while not recording.has_picture:
        assert time.monotonic() < deadline, "no picture in the recording"
        time.sleep(0.1)


@dataclass
class Recording:
    """The one recording somebody makes of their session, on their disk."""

    profile: Path
    session: str
    key: X25519PrivateKey

    @property
    def has_picture(self) -> bool:
        try:
            return recordings_here(self.profile, self.session) == (0,) and bool(self.read(self.key).seek_points)
        except PeerError:  # it has just been begun
            return False

    def read(self, key: X25519PrivateKey) -> RecordingReader:
        """Open what is on the disk with a device's key; only what was read at once may be asked for.

        Raises:
            PeerError: the recording is not for this device.
        """
        with closing(FileSource(recording_path(self.profile / "sessions" / self.session, 0))) as source:
            reader = RecordingReader(source)
            reader.unlock(unlock_with_device(key)(reader.header))
            return reader


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


def withdraw_in_time(house: House, here: Company) -> None:
    """Take an invitation back before the customer has answered, and another one before the colleague has come."""
    here.ask("view")
    now = time.monotonic()
    here.tess.program.tell("withdraw")
    here.customer.until("the question to go", lambda line: line.get("asked_about") == [], since=now)
    back = "You have taken the invitation back."
    here.tess.until("that it is taken back", lambda line: line.get("said", [])[1:] == [back], since=now)
    here.invite("view")
    here.tess.until("waiting for her", lambda line: [COLLEAGUE, "waiting"] in line.get("people", []))
    token, deadline = house.colleague["token"], time.monotonic() + 20
    while not house.relay.request("GET", "/api/v1/invitations", token=token).json()["invitations"]:
        assert time.monotonic() < deadline
    here.tess.program.tell("withdraw")
    here.tess.until("that it is taken back", lambda line: line.get("said", [])[1:] == [back, back])
    while house.relay.request("GET", "/api/v1/invitations", token=token).json()["invitations"]:
        assert time.monotonic() < deadline
    here.customer.said.clear()


def test_no_means_no_and_who_the_relay_sends_in_place_of_the_colleague_sees_nothing(
    house: House, tmp_path: Path
) -> None:
    with company(house, tmp_path) as here:
        here.invite(yes=False)
        told = here.tess.until("the refusal", lambda line: line.get("people") == [[COLLEAGUE, "refused"]])
        assert told["said"] == ["The customer did not let them join."]
        withdraw_in_time(house, here)
        here.invite("view")
        here.tess.until("waiting for her", lambda line: [COLLEAGUE, "waiting"] in line.get("people", []))
        token, deadline = house.colleague["token"], time.monotonic() + 20
        while not (found := house.relay.request("GET", "/api/v1/invitations", token=token).json()["invitations"]):
            assert time.monotonic() < deadline
        path = f"/api/v1/invitations/{found[0]['session']}/join"
        taken = accepted(house.relay.request("POST", path, token=token))
        opened = msgspec.json.decode(taken, type=JoinedSession).opened
        assert asyncio.run(answer_falsely(house, opened)) == 5
        here.tess.until("that nobody came", lambda line: line.get("people", [])[-1:] == [[COLLEAGUE, "gone"]])
        assert here.customer.said[-1]["people"] == []
        gone = house.relay.request("POST", path, token=token)
        assert gone.json()["code"] == "invitation_expired"
        assert house.relay.request("GET", "/api/v1/invitations", token=token).json() == {"invitations": []}
        here.tess.program.tell("end")
        said = here.record_of(here.tess, "tess")
        assert "join_refused" in said
        assert "did not let a colleague join" in said
        assert "noted that a colleague joined" not in said


@pytest.mark.skipif(bool(reason_not_possible()), reason=reason_not_possible() or "-")
def test_a_colleagues_line_comes_back_and_they_go_on_when_the_first_technicians_program_is_killed(
    house: House, tmp_path: Path
) -> None:
    opened = house.relay.open_session()
    with three_networks() as networks, house.over(networks, tmp_path), company(house, tmp_path, opened) as here:
        maria = here.joined()
        networks.unplug("technician")
        cut = time.monotonic()
        told = here.customer.until("who is not heard", lambda line: line.get("interrupted") == [COLLEAGUE], since=cut)
        assert not told["unheard"]
        maria.until("saying so", lambda line: "Reconnecting" in line.get("outage", ""), since=cut)
        time.sleep(max(0.0, cut + 7 - time.monotonic()))
        back = networks.plug_in("technician")
        maria.until("coming back", lambda line: line.get("outage") == BACK, since=back, within_s=BACK_WITHIN_S)
        maria.until("the picture again", lambda line: line.get("frames"), since=back)
        here.customer.until("that she is heard", lambda line: line.get("interrupted") == [], since=back)
        here.tess.program.end(kill=True)
        killed = time.monotonic()
        gone = f"{TECHNICIAN_NAME}'s program is gone."
        told = here.customer.until(
            "whose is gone", lambda line: line.get("interrupted") == [TECHNICIAN_NAME], since=killed
        )
        assert not told["unheard"]
        here.customer.until("that it does not wait for ever", lambda line: line.get("notice", "").startswith(gone))
        here.customer.program.tell("remove", name=TECHNICIAN_NAME)
        maria.until("being in charge", lambda line: line.get("in_charge"))
        here.customer.until("whose session it is", lambda line: line.get("leads") == COLLEAGUE)
        maria.program.tell("control")
        maria.until("control", lambda line: line.get("control") == "granted")
        maria.program.tell("end")
        ended = here.customer.until("the end", lambda line: line.get("page") == "ended" and line.get("summary"))
        assert "The other side did not sign the record; yours says so." in ended["summary"]
        here.customer.until("that the relay has everything", lambda line: line.get("ended"))
        own = here.record_of(maria, "maria")
        for line in ("the connection was interrupted", "the connection was back", "this technician is in charge now"):
            assert f"Customer noted that {line}" in own
    record = tmp_path / "tess.deskside-record"
    record.write_bytes(accepted(house.relay.request("GET", f"/api/v1/sessions/{opened.session}/record")))
    told = verified(record, exit_code=2)  # who was killed could not seal
    for line in ("noted that a colleague joined", "lost the connection to the other side", "sealed the record"):
        assert f"Customer {line}" in told
