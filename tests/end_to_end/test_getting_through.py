"""Sessions between real programs in network namespaces that let less and less through: each finds the way there is."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from benchmarks.picture.namespaces import Computer
from benchmarks.picture.shaper import Shape
from demo.programs import Program
from protocol.messages.relay_api import OpenedSession
from relay.clock import system_clock
from relay.connectivity.turn import TurnPlan, make_credentials, read_or_make_secret, turn_configuration
from tests.support.relay_process import PreparedRelay, running_relay
from tests.support.resumable_session import House, Session, resumable_session
from tests.support.three_networks import RELAY_ADDRESS, Networks, reason_not_possible, three_networks

pytestmark = pytest.mark.skipif(bool(reason_not_possible()), reason=reason_not_possible() or "-")

PROXY_PORT = 3128
TURN_PORT = 3478
BACK_WITHIN_S = 15.0
"""Generous: the machine may be busy."""

NO_TURNSERVER = shutil.which("turnserver") is None


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PreparedRelay, list[OpenedSession]]]:
    with running_relay(tmp_path_factory.mktemp("relay") / "data") as relay:
        invitations = [relay.open_session() for _ in range(4)]
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
def test_where_no_direct_way_is_allowed_a_closed_coturn_relays_and_refuses_strangers(
    tmp_path: Path, prepared: tuple[PreparedRelay, list[OpenedSession]]
) -> None:
    secret_file = tmp_path / "turn.secret"
    secret = read_or_make_secret(secret_file)
    options = (
        *("--stun-port", "0", "--no-tunnel", "--turn-secret-file", str(secret_file)),
        *("--turn-url", f"turn:{RELAY_ADDRESS}:{TURN_PORT}?transport=udp"),
    )
    with three_networks() as networks, coturn(networks.router, secret, tmp_path):
        forward(networks, False)
        wait_until_allocating(networks.customer, secret, tmp_path)
        with (
            relay_on(networks, prepared, tmp_path, options=options) as house,
            resumable_session(house, tmp_path) as session,
        ):
            assert path_of(session) == "turn"
            a_file_goes_through(session, tmp_path)
            check_record(session, "turn")
        outside = probe(networks.customer, secret, tmp_path, peer="198.18.2.1")
        assert outside["allocated"]
        assert not outside["bound"]
        assert "403" in outside["problem"]
        late = probe(networks.customer, secret, tmp_path, at_ms=system_clock() - 3_600_000)
        assert not late["allocated"]
        assert not probe(networks.customer, "another secret " * 3, tmp_path)["allocated"]


@contextlib.contextmanager
def coturn(router: Computer, secret: str, folder: Path) -> Iterator[None]:
    """Run coturn with the configuration `turn-config` prints, as the user it names."""
    configuration = folder / "turnserver.conf"
    configuration.write_text(
        turn_configuration(TurnPlan("turn.example.com", (ip_address(RELAY_ADDRESS),)), secret), encoding="utf-8"
    )
    arguments = ["turnserver", "-c", str(configuration), "--pidfile", str(folder / "pid"), "--db", str(folder / "db")]
    with (folder / "coturn.log").open("wb") as log:
        process = subprocess.Popen(router.command(*arguments), stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def probe(
    computer: Computer, secret: str, folder: Path, *, peer: str = RELAY_ADDRESS, at_ms: int | None = None
) -> dict[str, Any]:
    """Return what a program on `computer` that knows the secret gets from the TURN server."""
    now_ms = system_clock() if at_ms is None else at_ms
    credentials = make_credentials(secret, now_ms, lambda size: bytes(size))
    given = {"server": [RELAY_ADDRESS, TURN_PORT], "peer": [peer, 40000]}
    given |= {"username": credentials.username, "password": credentials.password}
    program = Program("probe", computer.module("tests.support.turn_probe", json.dumps(given)), log_folder=folder)
    try:
        return program.next_line()
    finally:
        program.end()


def wait_until_allocating(computer: Computer, secret: str, folder: Path) -> None:
    """Wait until the TURN server gives allocations, and lets them talk to each other."""
    deadline = time.monotonic() + 15
    while not (told := probe(computer, secret, folder))["bound"]:
        assert time.monotonic() < deadline, told


def certificate_for(address: str, folder: Path) -> tuple[Path, Path]:
    """Make a certificate for an IP address that signs itself; return its file and the key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay under test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths
