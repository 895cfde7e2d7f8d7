"""Sessions between real programs in network namespaces that let less and less through: each finds the way there is."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.picture.shaper import Shape
from demo.programs import Program
from protocol.messages.relay_api import OpenedSession
from relay.clock import system_clock
from tests.support.coturn import PORT, TLS_PORT, Coturn, running_coturn
from tests.support.relay_process import PreparedRelay, running_relay
from tests.support.resumable_session import House, Session, resumable_session
from tests.support.three_networks import (
    RELAY_ADDRESS,
    ROUTER,
    TECHNICIAN_NETWORK,
    Networks,
    reason_not_possible,
    three_networks,
)
from tests.support.tls_certificate import certificate_for

pytestmark = pytest.mark.skipif(bool(reason_not_possible()), reason=reason_not_possible() or "-")

PROXY_PORT = 3128
ANOTHER_NAME = f"{TECHNICIAN_NETWORK}.{ROUTER}"
"""The router's address on the other side, which its certificate does not name."""
BACK_WITHIN_S = 15.0
"""Generous: the machine may be busy."""
RESTARTED_WITHIN_S = 30.0
"""Two attempts: the first one may meet a server that only begins."""

NO_TURNSERVER = shutil.which("turnserver") is None


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PreparedRelay, list[OpenedSession]]]:
    with running_relay(tmp_path_factory.mktemp("relay") / "data") as relay:
        invitations = [relay.open_session() for _ in range(5)]
        relay.stop()
        yield relay, invitations


@contextlib.contextmanager
def relay_on(
    networks: Networks, prepared: tuple[PreparedRelay, list[OpenedSession]], folder: Path, **more: Any
) -> Iterator[House]:
    """Run the prepared relay on the router."""
    house = House(networks, folder, *prepared, **more)
    house.start_relay()
    try:
        yield house
    finally:
        house.kill_relay()


def forward(networks: Networks, wanted: bool) -> None:
    """Let the router pass packets on between its two sides, or not."""
    switch = networks.router.command("sh", "-c", f"echo {int(wanted)} > /proc/sys/net/ipv4/ip_forward")
    subprocess.run(switch, check=True, capture_output=True)


def path_of(session: Session) -> str:
    """Return the path the technician's status line names; picture and control came over it."""
    shown = session.technician.until("naming the path", lambda line: line.get("path"))
    return str(shown["path"])


def a_file_goes_through(session: Session, folder: Path) -> None:
    """Send a small file to the customer, over the second connection that is made for it; it must arrive as it was."""
    sent = folder / "small.pdf"
    sent.write_bytes(os.urandom(200_000))
    session.technician.program.tell("send_file", path=str(sent))

    def saved(line: dict[str, Any]) -> list[str]:
        return [file["saved_as"] for file in line.get("files", ()) if file["stage"] == "saved"]

    arrived = session.customer.until("saving the file", saved)
    assert Path(saved(arrived)[0]).read_bytes() == sent.read_bytes()


def check_record(session: Session, path_taken: str) -> None:
    """End the session; its record must be valid, and both sides' lanes must name the path."""
    ended = session.end()
    assert "signed by both" in ended["record"], ended
    path = session.folder / "session.deskside-record"
    session.technician.program.tell("record", path=str(path))
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    verifier = [sys.executable, "-m", "protocol.audit.verify_command", str(path)]
    told = subprocess.run(verifier, capture_output=True, text=True, check=True).stdout
    assert told.count(f'which way the connection takes (path "{path_taken}")') == 2, told


def test_where_everything_is_let_through_the_way_is_direct(
    tmp_path: Path, prepared: tuple[PreparedRelay, list[OpenedSession]]
) -> None:
    # a proxy nobody answers at, and not for the relay
    proxy_for_others = {"HTTPS_PROXY": f"http://{RELAY_ADDRESS}:9", "NO_PROXY": f"localhost,{RELAY_ADDRESS}"}
    with (
        three_networks() as networks,
        relay_on(networks, prepared, tmp_path) as house,
        resumable_session(house, tmp_path, customers_environment=proxy_for_others) as session,
    ):
        assert path_of(session) == "direct"
        check_record(session, "direct")


def test_where_udp_is_blocked_the_tunnel_carries_the_session_and_its_resume(
    tmp_path: Path, prepared: tuple[PreparedRelay, list[OpenedSession]]
) -> None:
    with (
        three_networks(Shape(delay_ms=10, rate_kbps=20_000, only_tcp=True)) as networks,
        relay_on(networks, prepared, tmp_path) as house,
        resumable_session(house, tmp_path) as session,
    ):
        assert path_of(session) == "tunnel"
        a_file_goes_through(session, tmp_path)
        networks.unplug("customer")
        cut = time.monotonic()
        session.customer.until("saying so", lambda line: "Reconnecting" in line.get("notice", ""), since=cut)
        time.sleep(max(0.0, cut + 7 - time.monotonic()))
        back = networks.plug_in("customer")
        assert session.back_at(back) - back < BACK_WITHIN_S
        check_record(session, "tunnel")


def test_where_only_a_web_proxy_can_be_reached_the_session_goes_through_it(
    tmp_path: Path, prepared: tuple[PreparedRelay, list[OpenedSession]]
) -> None:
    line = Shape(delay_ms=5, rate_kbps=20_000, only_tcp=True, only_ports=(PROXY_PORT,))
    environment = {"HTTPS_PROXY": f"http://{RELAY_ADDRESS}:{PROXY_PORT}"}
    with contextlib.ExitStack() as stack:
        networks = stack.enter_context(three_networks(line))
        proxy = Program(
            "proxy", networks.router.module("tests.support.connect_proxy", str(PROXY_PORT)), log_folder=tmp_path
        )
        stack.callback(proxy.end, kill=True)
        assert proxy.next_line() == {"ready": True}
        certificate = certificate_for(RELAY_ADDRESS, tmp_path)
        house = stack.enter_context(relay_on(networks, prepared, tmp_path, certificate=certificate))
        session = stack.enter_context(resumable_session(house, tmp_path, customers_environment=environment))
        assert path_of(session) == "tunnel"
        check_record(session, "tunnel")
        asked = [proxy.next_line()["asked"] for _ in range(2)]
        assert asked == [f"CONNECT {RELAY_ADDRESS}:443"] * 2


@pytest.mark.skipif(NO_TURNSERVER, reason="coturn (turnserver) is not installed")
def test_where_no_direct_way_is_allowed_a_closed_coturn_relays_is_restarted_and_refuses_strangers(
    tmp_path: Path, prepared: tuple[PreparedRelay, list[OpenedSession]]
) -> None:
    with three_networks() as networks, running_coturn(networks.router, RELAY_ADDRESS, tmp_path) as server:
        forward(networks, False)
        server.wait_until_allocating(networks.customer)
        with (
            relay_on(networks, prepared, tmp_path, options=turn_options(server, "turn", "udp", RELAY_ADDRESS)) as house,
            resumable_session(house, tmp_path) as session,
        ):
            assert path_of(session) == "turn"
            a_file_goes_through(session, tmp_path)
            killed = server.kill()
            session.customer.until("saying so", lambda line: "Reconnecting" in line.get("notice", ""), since=killed)
            session.technician.until("saying so", lambda line: "Reconnecting" in line.get("outage", ""), since=killed)
            started = server.start()
            assert session.back_at(started) - started < RESTARTED_WITHIN_S
            check_record(session, "turn")
        outside = server.probe(networks.customer, peer=["198.18.2.1", 40000])
        assert outside["allocated"]
        assert not outside["bound"]
        assert "403" in outside["problem"]
        assert not server.probe(networks.customer, at_ms=system_clock() - 3_600_000)["allocated"]
        assert not server.probe(networks.customer, secret="another secret " * 3)["allocated"]


@pytest.mark.skipif(NO_TURNSERVER, reason="coturn (turnserver) is not installed")
def test_where_udp_is_blocked_a_coturn_that_proves_to_be_it_relays_over_tls_and_another_is_not_used(
    tmp_path: Path, prepared: tuple[PreparedRelay, list[OpenedSession]]
) -> None:
    certificate = certificate_for(RELAY_ADDRESS, tmp_path)
    trusts = str(certificate[0])
    with (
        three_networks(Shape(delay_ms=10, rate_kbps=20_000, only_tcp=True)) as networks,
        running_coturn(networks.router, RELAY_ADDRESS, tmp_path, certificate) as server,
    ):
        server.wait_until_allocating(networks.customer, transport="tcp")
        assert server.probe(networks.customer, transport="tcp", tls=True, trusts=trusts)["bound"]
        unknown = server.probe(networks.customer, transport="tcp", tls=True)
        assert "self-signed certificate" in unknown["problem"]
        options = turn_options(server, "turns", "tcp", ANOTHER_NAME, RELAY_ADDRESS)
        environment = {"SSL_CERT_FILE": trusts}
        with (
            relay_on(networks, prepared, tmp_path, options=options, environment=environment) as house,
            resumable_session(house, tmp_path) as session,
        ):
            assert path_of(session) == "turn"
            check_record(session, "turn")
            for peer in (session.customer, session.technician):
                log = peer.program.log.read_text(encoding="utf-8")
                assert log.count(f"IP address mismatch, certificate is not valid for '{ANOTHER_NAME}'") == 1


def turn_options(server: Coturn, scheme: str, transport: str, *hosts: str) -> tuple[str, ...]:
    """Return what makes a relay offer `server`, under each of the names `hosts`, and no other way."""
    port = TLS_PORT if scheme == "turns" else PORT
    urls = [word for host in hosts for word in ("--turn-url", f"{scheme}:{host}:{port}?transport={transport}")]
    return ("--stun-port", "0", "--no-tunnel", "--turn-secret-file", str(server.secret_file), *urls)
