"""A whole session with a customer on Wayland: both programs, a real relay, the real portal and GNOME's compositor."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from customer_client.picture.sender_encoder import make_encoder
from customer_client.portal.faults import SHARING_ENDED
from customer_client.session.customer_session import CustomerSession
from customer_client.session.state import Answer, Page
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.messages.consent import Capability
from protocol.messages.input import KeyChanged
from protocol.messages.relay_api import Organisation
from protocol.transport import hooks
from protocol.transport.picture_codec import make_decoder
from technician_app.controllers.profile import DeviceKeys, Profile
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.session import SessionController
from technician_app.controllers.session_state import Control, Phase, PictureChange, Standing
from tests.support.relay_process import ORGANISATION, PASSWORD, TECHNICIAN, PreparedRelay, running_relay
from tests.support.wayland_desktop import WaylandDesktop, wayland_desktop

DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


@pytest.fixture(scope="module")
def desktop() -> Iterator[WaylandDesktop]:
    with wayland_desktop() as running:
        yield running


class States:
    """What a window was given last, and a way to wait for more."""

    def __init__(self) -> None:
        self.newest = None
        self._changed = asyncio.Event()

    def publish(self, state) -> None:
        self.newest = state
        self._changed.set()

    async def until(self, holds):
        async with asyncio.timeout(DEADLINE_S):
            while self.newest is None or not holds(self.newest):
                self._changed.clear()
                await self._changed.wait()
        return self.newest


class CertifiedProfile(Profile):
    """The profile of the device the relay fixture certified."""

    keys: DeviceKeys

    def device_keys(self) -> DeviceKeys:
        return self.keys


@asynccontextmanager
async def both(relay: PreparedRelay, folder: Path) -> AsyncIterator[tuple]:
    """Both programs up to the customer's first question; `pictures` gets every change the technician sees."""
    opened = relay.open_session()
    api = RelayApi(relay.url)
    await api.sign_in(TECHNICIAN, PASSWORD)
    profile = CertifiedProfile.open(folder / "technician")
    profile.keys = DeviceKeys(relay.signing_key, relay.sealing_key)
    told, shown, pictures = States(), States(), States()

    def arrived(change) -> None:
        if isinstance(change, PictureChange):
            pictures.publish(change)
            technician.picture_painted(change.number)

    technician = SessionController(
        opened=opened,
        api=api,
        profile=profile,
        organisation=Organisation(ORGANISATION, relay.root_key, relay.root_id.hex()),
        certificate=relay.certificate,
        publish=told.publish,
        frame_arrived=arrived,
    )
    view = View(shown.publish, relay=relay.url)
    customer = CustomerSession(Trust(relay.url, relay.root_id), folder / "customer", view)
    loop = asyncio.get_running_loop()
    running = [loop.create_task(technician.run()), loop.create_task(customer.run(opened.route))]
    try:
        pin = (await shown.until(lambda state: state.page is Page.PIN and state.pin)).pin
        await told.until(lambda state: state.phase is Phase.PIN_WANTED)
        technician.enter_pin(pin)
        await shown.until(lambda state: state.page is Page.CONSENT)
        hooks.install(encoder=make_encoder, decoder=make_decoder)  # both are in this process
        yield technician, told, customer, shown, pictures
    finally:
        technician.end("")
        await customer.stop()
        await asyncio.wait_for(asyncio.gather(*running), DEADLINE_S)
        await api.close()


async def test_the_system_asks_after_the_customer_and_what_it_shares_is_seen_and_controlled(relay, desktop, tmp_path):
    backend = desktop.backend
    backend.waits = True
    backend.asked.clear()
    async with both(relay, tmp_path) as (technician, told, customer, shown, pictures):
        assert not backend.asked.is_set(), "the system asked before the customer had said yes"
        customer.questions.answer(shown.newest.question.id, Answer(frozenset({Capability.SEE})))
        await shown.until(lambda state: state.page is Page.SYSTEM_DIALOG and state.dialog_open)
        assert await asyncio.to_thread(backend.asked.wait, DEADLINE_S)
        assert pictures.newest is None
        backend.close_dialog()
        await shown.until(lambda state: state.page is Page.SYSTEM_DIALOG and not state.dialog_open)
        assert shown.newest.text
        backend.waits = False
        customer.system_dialog.ask_again()
        await shown.until(lambda state: state.bar is not None)
        await pictures.until(lambda change: change.size == (800, 600))
        technician.ask_for((Capability.CONTROL,))
        question = (await shown.until(lambda state: state.question is not None)).question
        customer.questions.answer(question.id, Answer(frozenset({Capability.CONTROL})))
        await told.until(lambda state: state.control is Control.GRANTED)
        pressed, released = ("NotifyKeyboardKeycode", 30, 1), ("NotifyKeyboardKeycode", 30, 0)
        async with asyncio.timeout(DEADLINE_S):
            while pressed not in backend.notified:  # nothing is pressed before the watchdog stands by
                technician.send_input(KeyChanged("KeyA", True))
                await asyncio.sleep(0.05)
        customer.block()
        async with asyncio.timeout(DEADLINE_S):
            while backend.notified[-1] != released:  # the portal answers before it has handed on
                await asyncio.sleep(0.02)
        backend.close_session()
        await told.until(lambda state: state.permissions[Capability.SEE].standing is not Standing.GRANTED)
        await shown.until(lambda state: state.bar is not None and state.bar.notice == SHARING_ENDED)
        assert told.newest.phase is Phase.LIVE
        assert not customer.desktop.sees


async def test_whoever_does_not_share_ends_it_politely_and_nothing_stays_open(relay, desktop, tmp_path):
    backend = desktop.backend
    backend.waits = True
    backend.asked.clear()
    backend.withdrawn.clear()
    async with both(relay, tmp_path) as (_technician, told, customer, shown, pictures):
        customer.questions.answer(shown.newest.question.id, Answer(frozenset({Capability.SEE})))
        assert await asyncio.to_thread(backend.asked.wait, DEADLINE_S)
        await customer.stop()
        assert await asyncio.to_thread(backend.withdrawn.wait, DEADLINE_S)
        ended = await shown.until(lambda state: state.page is Page.ENDED)
        assert "before anything was shared" in ended.text
        await told.until(lambda state: "left" in state.problem)
        assert pictures.newest is None
    backend.waits = False
