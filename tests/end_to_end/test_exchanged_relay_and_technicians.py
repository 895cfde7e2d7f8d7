"""Once a relay has proven whose it is, a technician's program gives nothing to whoever is put into its place."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.messages.relay_api import NewSession, NewTicket
from protocol.pairing.certificates import root_id
from protocol.transport.tasks import create_task
from technician_app.controllers.account import NOT_THE_RELAY, AccountController, AccountStep, AccountViewState
from technician_app.controllers.profile import Profile
from technician_app.controllers.proven_relays import ProvenRelays
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.session import SessionController
from technician_app.controllers.session_state import Phase, SessionViewState
from tests.support.exchanged_relay import House, house_of_two
from tests.support.relay_in_process import PASSWORD


class Desk:
    """A technician's program without windows, before a house with two relays."""

    def __init__(self, house: House, profile: Path, trusted: Path) -> None:
        self.house, self.profile, self.trusted = house, Profile.open(profile), trusted
        self.seen: list[AccountViewState] = []
        self.account = AccountController(
            profile=self.profile,
            publish=self.seen.append,
            make_api=self.api,
            unix_now=lambda: house.relay.clock() / 1000,
        )

    @property
    def root(self) -> bytes:
        return root_id(self.house.relay.root.public_key().public_bytes_raw())

    def api(self, url: str) -> RelayApi:
        return RelayApi(url, verify=ssl.create_default_context(cafile=str(self.trusted)))

    async def enter(self) -> None:
        """Give tina an account at both relays, with a certified device at the right one."""
        await self.house.other.add_person("tina")
        keys = self.profile.device_keys()
        tina = await self.house.relay.add_person("tina")
        await self.house.relay.certify(tina, keys.signing_public, sealing_key=keys.sealing_public)

    async def sign_in(self) -> AccountViewState:
        await self.account.sign_in(self.house.address.url, "tina", PASSWORD)
        return self.seen[-1]


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with house_of_two(tmp_path) as (house, trusted):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        desk = Desk(house, tmp_path / "profile", trusted)
        await house.furnish()
        await desk.enter()
        try:
            yield desk
        finally:
            await desk.account.close()


async def test_a_relay_that_stops_proving_itself_is_said_in_red_and_gets_no_password(desk: Desk) -> None:
    assert (await desk.sign_in()).step is AccountStep.READY
    assert desk.account.api.proven_root == desk.root
    desk.house.exchange()
    signed_in = len(desk.seen)
    for lie, words in (
        (lambda house: None, "could not prove to be the relay"),
        (House.certify_the_other_by_itself, "belongs to another organisation"),
        (House.copy_the_certificate_to_the_other, "could not prove to be the relay"),
    ):
        lie(desk.house)
        state = await desk.sign_in()
        assert (state.step, state.alarm) == (AccountStep.SIGNED_OUT, NOT_THE_RELAY)
        assert words in state.problem
        assert "tell your administrator" in state.problem
    assert {state.step for state in desk.seen[signed_in:]} == {AccountStep.SIGNING_IN, AccountStep.SIGNED_OUT}


async def test_another_tls_certificate_is_said_in_red_and_the_right_relay_is_welcome_again(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.sign_in()
    first = desk.trusted
    second = desk.house.address.present(tmp_path / "second")
    state = await desk.sign_in()
    assert (state.step, state.alarm) == (AccountStep.SIGNED_OUT, NOT_THE_RELAY)
    assert second != first
    desk.house.address.present_again(first)
    right = desk.house.address.backend
    desk.house.address.backend = 9  # nobody is there: no alarm, and nothing to be afraid of
    state = await desk.sign_in()
    assert (state.step, state.alarm) == (AccountStep.SIGNED_OUT, "")
    assert state.problem
    desk.house.address.backend = right
    state = await desk.sign_in()
    assert (state.step, state.alarm) == (AccountStep.READY, "")


async def test_a_relay_that_was_never_certified_is_used_as_before_and_remembered_from_the_day_it_is(desk: Desk) -> None:
    desk.house.uncertify()
    state = await desk.sign_in()
    assert (state.step, state.alarm) == (AccountStep.READY, "")
    assert desk.account.api.proven_root == b""
    desk.house.certify()
    await desk.sign_in()
    assert desk.account.api.proven_root == desk.root
    desk.house.uncertify()
    assert (await desk.sign_in()).alarm == NOT_THE_RELAY
    ProvenRelays(desk.profile).forget(desk.house.address.url)
    assert (await desk.sign_in()).step is AccountStep.READY


@asynccontextmanager
async def waiting_session(desk: Desk) -> AsyncIterator[list[SessionViewState]]:
    """A session of which the customer has not come yet; it must have ended when the block does."""
    seen: list[SessionViewState] = []
    identity = desk.account.identity
    ticket = await identity.api.create_ticket(NewTicket(subject="Printer", customer="Carla"))
    opened = await identity.api.open_session(ticket.number, NewSession(reason="Have a look"))
    session = SessionController(
        opened=opened,
        api=identity.api,
        profile=desk.profile,
        organisation=identity.organisation,
        certificate=identity.certificate,
        publish=seen.append,
        frame_arrived=lambda shown: None,
    )
    running = create_task(session.run(), name="session under test")
    try:
        yield seen
        await asyncio.wait_for(asyncio.shield(running), 30)
    finally:
        session.end("")
        await asyncio.wait_for(running, 30)


async def test_what_takes_the_relays_place_while_a_technician_waits_ends_the_session_in_red(desk: Desk) -> None:
    await desk.sign_in()
    async with waiting_session(desk) as seen:
        desk.house.exchange()
        await desk.house.address.drop_everybody()
    assert seen[-1].phase is Phase.ENDED
    assert "could not prove to be the relay" in seen[-1].problem
