"""Whoever is put into the relay's place gets a red page: before a PIN, and while one is on the screen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from customer_client.session.customer_session import CustomerSession
from customer_client.session.state import CustomerViewState, Page
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.transport.tasks import create_task
from tests.support.exchanged_relay import House, exchangeable_address, house_of_two, port_of


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with house_of_two(tmp_path) as (house, trusted):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        yield house


class Window:
    """What the customer's window was given, and a way to wait for something."""

    def __init__(self) -> None:
        self.seen: list[CustomerViewState] = []
        self._changed = asyncio.Event()

    def publish(self, state: CustomerViewState) -> None:
        self.seen.append(state)
        self._changed.set()

    async def until(self, page: Page) -> CustomerViewState:
        async with asyncio.timeout(30):
            while not (self.seen and self.seen[-1].page is page):
                self._changed.clear()
                await self._changed.wait()
        return self.seen[-1]


@asynccontextmanager
async def customer(trust: Trust, route: str, folder: Path) -> AsyncIterator[Window]:
    window = Window()
    session = CustomerSession(trust, folder / "customer", View(window.publish, relay=trust.relay))
    running = create_task(session.run(route), name="customer under test")
    try:
        yield window
    finally:
        await session.stop()
        await asyncio.wait_for(running, 20)


def heading_in_red(state: CustomerViewState) -> str:
    assert state.alarm is not None
    assert (state.pin, state.question) == ("", None)
    assert state.farewell is None, "nobody who could be trusted would read a report"
    return state.alarm.heading


NOT_THE_RIGHT_ONE = "This is not the right support server"


@pytest.mark.parametrize(
    ("lie", "heading"),
    [
        (House.certify_the_other_by_itself, "This support server belongs to somebody else"),
        (House.copy_the_certificate_to_the_other, NOT_THE_RIGHT_ONE),
        (lambda house: None, NOT_THE_RIGHT_ONE),
    ],
    ids=["its own proof", "a copied certificate", "no proof"],
)
async def test_a_relay_that_lies_about_its_organisation_is_said_in_red_before_any_pin(
    house: House, tmp_path: Path, lie, heading: str
) -> None:
    route = await house.furnish()
    lie(house)
    house.exchange()
    async with customer(house.trust, route, tmp_path) as window:
        assert heading_in_red(await window.until(Page.PROBLEM)) == heading
        assert {state.pin for state in window.seen} == {""}


async def test_a_server_that_passes_the_question_on_to_the_right_relay_is_said_in_red(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = await house.furnish()
    async with exchangeable_address(tmp_path / "between") as (between, trusted):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        between.backend = port_of(house.relay)
        async with customer(Trust(between.url, house.trust.root_id), route, tmp_path) as window:
            assert heading_in_red(await window.until(Page.PROBLEM)) == "Somebody may be in between"
            assert {state.pin for state in window.seen} == {""}


@pytest.mark.parametrize("swap", ["another TLS certificate", "another relay"])
async def test_what_takes_the_relays_place_while_the_pin_shows_is_said_in_red(
    house: House, tmp_path: Path, swap: str
) -> None:
    route = await house.furnish()
    async with customer(house.trust, route, tmp_path) as window:
        assert (await window.until(Page.PIN)).pin
        if swap == "another relay":
            house.exchange()
        else:
            house.address.present(tmp_path / "second")
        await house.address.drop_everybody()
        assert heading_in_red(await window.until(Page.PROBLEM)) == NOT_THE_RIGHT_ONE
