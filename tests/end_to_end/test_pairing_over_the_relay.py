"""Both programs' own pairing and mailbox code over a real relay: right and wrong codes, wrong and late people."""

import asyncio
import copy
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from customer_client.session import customer_session
from customer_client.session.customer_session import CustomerSession
from customer_client.session.farewell_state import Sending
from customer_client.session.state import Answer, CustomerViewState, Page
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.messages.base import encode
from protocol.messages.consent import Capability
from protocol.messages.pairing import SealedBody, decode_pairing
from protocol.messages.relay_api import OpenedSession, Organisation
from protocol.messages.signaling import BodyDelivered, JoinMailbox
from protocol.pairing.certificates import TechnicianCertificate, read_certificate
from protocol.relay_proof import ExpectedRelay
from protocol.transport import relay_check
from technician_app.controllers.profile import DeviceKeys, Profile
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.session import SessionController
from technician_app.controllers.session_state import OPENED_AGAIN, Phase, SessionViewState
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import ORGANISATION, PASSWORD, TECHNICIAN, PreparedRelay, running_relay


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


class States:
    """The states a window was given, and a way to wait for one."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self._changed = asyncio.Event()

    def publish(self, state: object) -> None:
        self.seen.append(state)
        self._changed.set()

    async def until(self, holds) -> object:
        async with asyncio.timeout(20):
            while not (self.seen and holds(self.seen[-1])):
                self._changed.clear()
                await self._changed.wait()
        return self.seen[-1]


class CertifiedProfile(Profile):
    """The profile of the device the relay fixture certified."""

    relay: PreparedRelay

    def device_keys(self) -> DeviceKeys:
        return DeviceKeys(self.relay.signing_key, self.relay.sealing_key)


@asynccontextmanager
async def technician(relay: PreparedRelay, opened: OpenedSession, folder: Path) -> AsyncIterator[tuple]:
    api = RelayApi(relay.url)
    await api.sign_in(TECHNICIAN, PASSWORD)
    profile = CertifiedProfile.open(folder / "technician")
    profile.relay = relay
    states = States()
    controller = SessionController(
        opened=opened,
        api=api,
        profile=profile,
        organisation=Organisation(ORGANISATION, relay.root_key, relay.root_id.hex()),
        certificate=relay.certificate,
        publish=states.publish,
        frame_arrived=lambda frame: None,
    )
    running = asyncio.get_running_loop().create_task(controller.run())
    try:
        yield controller, states
    finally:
        controller.end("")
        await asyncio.wait_for(running, 20)
        await api.close()


@asynccontextmanager
async def customer(relay: PreparedRelay, route: str, folder: Path, root_id: bytes = b"") -> AsyncIterator[tuple]:
    states = States()
    trust = Trust(relay.url, root_id or relay.root_id)
    session = CustomerSession(trust, folder / "customer", View(states.publish, relay=relay.url))
    running = asyncio.get_running_loop().create_task(session.run(route))
    try:
        yield session, states
    finally:
        await session.stop()
        await asyncio.wait_for(running, 20)


def shows_pin(state: CustomerViewState) -> bool:
    return state.page is Page.PIN and state.pin != ""


def wants_pin(state: SessionViewState) -> bool:
    return state.phase is Phase.PIN_WANTED


def another_pin(pin: str) -> str:
    """Return a well-formed PIN that is not `pin`."""
    from protocol.pairing.pin import new_pin

    for start in range(1, 9):
        other = new_pin(lambda count, start=start: bytes([start]) * count)
        if other.shown != pin:
            return other.shown
    raise AssertionError("no other PIN")


async def test_the_right_pin_brings_the_question_and_no_ends_it_politely(relay, tmp_path) -> None:
    opened = relay.open_session()
    async with (
        technician(relay, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path) as (me, shown),
    ):
        pin = (await shown.until(shows_pin)).pin
        await told.until(wants_pin)
        async with MailboxClient(relay.mailbox_url) as second:
            await second.send(JoinMailbox(route=opened.route, protocol=1))
            assert (await second.refusal()).code == "route_not_open"
        await told.until(lambda state: state.problem == OPENED_AGAIN)
        control.enter_pin(pin)
        asked = await shown.until(lambda state: state.page is Page.CONSENT)
        assert (asked.question.organisation, asked.question.ticket) == (ORGANISATION, opened.ticket)
        me.questions.answer(asked.question.id, Answer())
        ended = await told.until(lambda state: state.phase is Phase.ENDED)
        assert ended.status == "The customer did not allow the session."
        assert (await shown.until(lambda state: state.page is Page.ENDED)).text.endswith("Nothing was shared.")


async def test_a_wrong_pin_is_told_to_both_and_three_make_a_pause(relay, tmp_path) -> None:
    opened = relay.open_session()
    async with (
        technician(relay, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path) as (_, shown),
    ):
        used = set()
        for left in (2, 1, 0):
            pin = (await shown.until(lambda state: shows_pin(state) and state.pin not in used)).pin
            used.add(pin)
            await told.until(wants_pin)
            control.enter_pin(another_pin(pin))
            await told.until(lambda state: "did not match" in state.problem)
            await shown.until(lambda state, left=left: state.attempts_left == left)
        paused = await shown.until(lambda state: state.pause_until > 0)
        assert paused.pin == ""
        assert len(used) == 3


async def test_a_mistyped_pin_spends_no_guess(relay, tmp_path) -> None:
    opened = relay.open_session()
    async with (
        technician(relay, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path) as (_, shown),
    ):
        pin = (await shown.until(shows_pin)).pin
        await told.until(wants_pin)
        digits = pin.replace(" ", "")
        control.enter_pin(digits[:-1] + str((int(digits[-1]) + 1) % 10))
        told_wrong = await told.until(lambda state: state.problem != "")
        assert told_wrong.phase is Phase.PIN_WANTED
        control.enter_pin(pin)
        await shown.until(lambda state: state.page is Page.CONSENT)


async def test_a_relay_of_another_organisation_is_said_in_red_before_any_pin(relay, tmp_path) -> None:
    opened = relay.open_session()
    stranger = bytes(31) + b"\x01"
    async with customer(relay, opened.route, tmp_path, stranger) as (_, shown):
        red = await shown.until(lambda state: state.page is Page.PROBLEM)
        assert red.alarm.heading == "This support server belongs to somebody else"
        assert red.farewell is None, "nobody who could be trusted would read a report"
        assert {state.pin for state in shown.seen} == {""}


async def test_a_relay_that_got_past_the_proof_gets_no_further_than_the_pin(relay, tmp_path, monkeypatch) -> None:
    opened = relay.open_session()
    stranger = bytes(31) + b"\x01"
    monkeypatch.setattr(relay_check, "check_proof", lambda proven, expected, **asked: None)
    async with (
        technician(relay, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path, stranger) as (_, shown),
    ):
        pin = (await shown.until(shows_pin)).pin
        await told.until(wants_pin)
        control.enter_pin(pin)
        await told.until(lambda state: state.problem != "")
        await shown.until(lambda state: shows_pin(state) and state.pin != pin)
        assert not any(state.page is Page.CONSENT for state in shown.seen)


@pytest.mark.parametrize("route", ["AAAA-AAAA-AAAA", "000000"])
async def test_a_route_that_is_not_open_is_said_so(relay, tmp_path, route) -> None:
    async with customer(relay, route, tmp_path) as (_, shown):
        problem = await shown.until(lambda state: state.page is Page.PROBLEM)
        assert problem.text
        assert problem.next_step


async def test_a_route_works_once(relay, tmp_path) -> None:
    opened = relay.open_session()
    async with customer(relay, opened.route, tmp_path / "first") as (_, first):
        await first.until(shows_pin)
        async with customer(relay, opened.route, tmp_path / "second") as (_, second):
            await second.until(lambda state: state.page is Page.PROBLEM)


async def test_an_unreachable_relay_is_said_so(tmp_path) -> None:
    states = States()
    session = CustomerSession(Trust("http://127.0.0.1:9", bytes(32)), tmp_path, View(states.publish, relay=""))
    await asyncio.wait_for(session.run("AAAA-AAAA-AAAA"), 30)
    assert states.seen[-1].page is Page.PROBLEM
    assert "support server" in states.seen[-1].text


async def test_a_technician_who_gives_up_is_gone_for_the_customer(relay, tmp_path) -> None:
    opened = relay.open_session()
    async with customer(relay, opened.route, tmp_path) as (_, shown):
        async with technician(relay, opened, tmp_path) as (control, told):
            pin = (await shown.until(shows_pin)).pin
            await told.until(wants_pin)
            control.enter_pin(pin)
            await shown.until(lambda state: state.page is Page.CONSENT)
        ended = await shown.until(lambda state: state.page in (Page.ENDED, Page.PROBLEM))
        assert "technician" in ended.text.lower()


async def test_an_unverified_technician_is_said_in_red_and_gets_no_other_try(relay, tmp_path) -> None:
    """They know the PIN, and show a certificate that the organisation did not sign."""
    opened = relay.open_session()
    honest = read_certificate(relay.certificate)
    fields = msgspec.structs.asdict(honest) | {"name": "Microsoft Support"}
    forged = copy.copy(relay)
    forged.certificate = msgspec.msgpack.encode(TechnicianCertificate(**fields))
    async with (
        technician(forged, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path) as (me, shown),
    ):
        pin = (await shown.until(shows_pin)).pin
        await told.until(wants_pin)
        control.enter_pin(pin)
        red = await shown.until(lambda state: state.page is Page.PROBLEM)
        assert red.alarm.heading == "This person is not verified"
        assert not any(state.page is Page.CONSENT for state in shown.seen)
        assert {state.pin for state in shown.seen} == {"", pin}
        me.departure.open_report(True)
        assert shown.seen[-1].page is Page.REPORT
        me.departure.report("They said they were from Microsoft.")
        await shown.until(lambda state: state.farewell.report is Sending.SENT)
        me.departure.open_report(False)
        assert (shown.seen[-1].page, shown.seen[-1].alarm) == (Page.PROBLEM, red.alarm)


@pytest.mark.parametrize("decided", [False, True], ids=["while asking", "after the yes"])
async def test_a_message_changed_after_the_introduction_is_said_in_red(relay, tmp_path, decided, monkeypatch) -> None:
    monkeypatch.setattr(customer_session, "choose_capture", lambda **_: SimpleNamespace(close=lambda: None))
    opened = relay.open_session()
    async with (
        technician(relay, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path) as (me, shown),
    ):
        pin = (await shown.until(shows_pin)).pin
        await told.until(wants_pin)
        control.enter_pin(pin)
        asked = await shown.until(lambda state: state.page is Page.CONSENT)
        if decided:
            me._mailbox._received = changing(me._mailbox._received)
            me.questions.answer(asked.question.id, Answer(frozenset({Capability.SEE})))
        else:
            me._pairing.received(encode(SealedBody(bytes(40))))
        red = await shown.until(lambda state: state.page is Page.PROBLEM)
        assert red.alarm.heading == "Somebody may be in between"


async def test_somebody_in_the_relays_place_while_the_customer_decides_is_said_in_red(relay, tmp_path) -> None:
    opened = relay.open_session()
    async with (
        technician(relay, opened, tmp_path) as (control, told),
        customer(relay, opened.route, tmp_path) as (me, shown),
    ):
        pin = (await shown.until(shows_pin)).pin
        await told.until(wants_pin)
        control.enter_pin(pin)
        await shown.until(lambda state: state.page is Page.CONSENT)
        me._mailbox._expected = ExpectedRelay("https://support.example.org", relay.root_id)
        me._mailbox._socket.transport.abort()
        red = await shown.until(lambda state: state.page is Page.PROBLEM)
        assert red.alarm.heading == "Somebody may be in between"
        assert red.farewell is None, "nobody who could be trusted would read a report"


def changing(receive):
    """Hand on what the relay says, with a bit of each sealed body changed."""

    def received(message) -> None:
        if isinstance(message, BodyDelivered):
            body = decode_pairing(message.body)
            if isinstance(body, SealedBody):
                flipped = body.sealed[:-1] + bytes([body.sealed[-1] ^ 1])
                message = BodyDelivered(encode(SealedBody(flipped)))
        receive(message)

    return received
