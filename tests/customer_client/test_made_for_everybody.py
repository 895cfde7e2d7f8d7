"""A copy that names no organisation, with a real relay: confirmed first, asked next, and tried again after trouble."""

import asyncio
import contextlib
import queue
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from customer_client.network_thread import NetworkThread
from customer_client.relay_address import parse_relay_address
from customer_client.session.state import CustomerViewState, Page
from customer_client.session.troubles import Again
from customer_client.trust import Trust, Unpinned
from protocol.version import PROTOCOL_VERSION
from relay.accounts.proof_key import certify_proof_key
from tests.support.relay_in_process import served_relay
from tests.support.relay_process import PreparedRelay, running_relay

WITHIN_S = 60.0


class Customer:
    """The program without its window: what it would show, and what the person answers."""

    def __init__(self, whom: Trust | Unpinned | None, data: Path) -> None:
        self.network = NetworkThread(whom, data)
        self._shown: queue.SimpleQueue[CustomerViewState] = queue.SimpleQueue()
        self.network.attach(publish=self._shown.put, close_window=lambda: None)

    def until(self, page: Page, holds: Callable[[CustomerViewState], bool] = lambda state: True) -> CustomerViewState:
        while True:
            state = self._shown.get(timeout=WITHIN_S)
            if state.page is page and holds(state):
                return state
            assert state.page in (page, Page.CONNECTING), f"{state.page} instead of {page}: {state.text}"

    def end(self) -> None:
        self.network.stop()
        self.network.join()
        self.network._loops.loop.close()  # the program leaves that to the end of its process


@contextlib.contextmanager
def asked(whom: Trust | Unpinned | None, data: Path, route: str | None) -> Iterator[Customer]:
    """Yield a customer who has answered the first question."""
    customer = Customer(whom, data)
    customer.network.start(route)
    try:
        customer.until(Page.CONTACT)
        customer.network.protection.contacted(True)
        yield customer
    finally:
        customer.end()


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreparedRelay]:
    with running_relay(tmp_path_factory.mktemp("everybody") / "data") as relay:
        yield relay


def test_nothing_is_sent_before_the_address_is_confirmed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with asked(Unpinned(parse_relay_address(url)), tmp_path, "K7QF2MXPPBW5") as customer:
            shown = customer.until(Page.RELAY)
            assert (shown.relay_asked.domain, shown.relay_asked.noted) == (url.removeprefix("http://"), True)
            assert shown.relay == "", "nothing names it as the relay yet"
            customer.network.enter_route("K7QF2MXPPBW5")
            customer.network.begin_again()
            server.settimeout(0.3)
            with pytest.raises(TimeoutError):
                server.accept()
            customer.network.relay.confirm()
            server.settimeout(WITHIN_S)
            server.accept()[0].close()


def test_the_confirmed_relay_names_its_organisation_and_a_used_code_can_be_followed_by_another(
    relay: PreparedRelay, tmp_path: Path
) -> None:
    used, opened = relay.open_session(), relay.open_session()
    with asked(Unpinned(None), tmp_path, "0" * 12) as customer:
        network = customer.network
        assert customer.until(Page.RELAY).relay_asked.domain == ""
        network.relay.name("my support")
        assert "help.example.org" in customer.until(Page.RELAY).relay_asked.problem
        network.relay.name("https://evil.example")
        assert customer.until(Page.RELAY).relay_asked.domain == "evil.example"
        network.relay.other()
        assert customer.until(Page.RELAY).relay_asked.domain == ""
        network.relay.name(f"{relay.url}/j/0000-0000-0000")
        assert customer.until(Page.RELAY).relay_asked.domain == relay.url.removeprefix("http://")
        network.relay.confirm()
        problem = customer.until(Page.PROBLEM)
        assert (problem.again, problem.alarm) == (Again.OTHER_CODE, None)
        assert "not open any more" in problem.text
        network.begin_again()
        assert customer.until(Page.ROUTE).relay == relay.url
        network.enter_route(opened.route)
        assert customer.until(Page.PIN, lambda state: bool(state.pin)).relay == relay.url
        network.begin_again()
        network.relay.confirm()
        assert used.route != opened.route


def test_a_server_that_is_no_relay_is_told_from_one_that_is_away_and_can_be_tried_again(
    relay: PreparedRelay, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    away = Unpinned(parse_relay_address(f"http://127.0.0.1:{closed}"))
    with asked(away, tmp_path, "0" * 12) as customer:
        customer.until(Page.RELAY)
        customer.network.relay.confirm()
        problem = customer.until(Page.PROBLEM)
        assert (problem.text, problem.again) == ("The support server does not answer.", Again.SAME_CODE)
        with socket.create_server(("127.0.0.1", closed)) as other:
            customer.network.begin_again()
            other.settimeout(WITHIN_S)
            with other.accept()[0] as asking:
                asking.recv(4096)
                asking.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            problem = customer.until(Page.PROBLEM)
        assert (problem.text, problem.again) == ("There is no support server at this address.", Again.NO)


@pytest.mark.parametrize(
    ("relays_version", "text", "where"),
    [
        (PROTOCOL_VERSION + 1, "This Deskside is too old for the support server.", "download it again here: "),
        (PROTOCOL_VERSION - 1, "The support server is too old for this Deskside.", "goes with it here: "),
    ],
)
async def test_a_relay_of_another_version_tells_where_the_program_is_that_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relays_version: int, text: str, where: str
) -> None:
    monkeypatch.setattr("relay.signaling.mailbox_socket.PROTOCOL_VERSION", relays_version)
    async with served_relay(tmp_path / "relay") as relay:
        await relay.make_organisation()
        certify_proof_key(relay.data_dir, relay.root, "Acme IT", now_s=int(time.time()))
        problem = await asyncio.to_thread(_problem_at, relay.url, tmp_path)
    assert (problem.text, problem.again, problem.alarm) == (text, Again.NO, None)
    assert f"{where}{relay.url}/j/0000-0000-0000" in problem.next_step


def _problem_at(url: str, folder: Path) -> CustomerViewState:
    with asked(Unpinned(parse_relay_address(url)), folder / "data", "0" * 12) as customer:
        customer.until(Page.RELAY)
        customer.network.relay.confirm()
        return customer.until(Page.PROBLEM)


def test_a_copy_that_names_a_malformed_organisation_asks_nothing(tmp_path: Path) -> None:
    customer = Customer(None, tmp_path)
    customer.network.start("K7QF2MXPPBW5")
    try:
        assert "not told whose support" in customer.until(Page.PROBLEM).text
    finally:
        customer.end()
