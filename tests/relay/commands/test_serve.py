"""Starting and stopping the relay as an operator does."""

import asyncio
import sqlite3
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from relay import health_check
from relay.storage.migrate import open_data_folder
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import RelayProcess, relay_command, running_relay


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
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
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def test_the_relay_needs_no_configuration_and_stops_cleanly(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "data")
    relay.start()
    try:
        assert httpx.get(f"{relay.url}/api/v1/health", trust_env=False).json() == {"status": "ok"}
        assert relay.url.startswith("http://127.0.0.1:")
        assert health_check.main([str(relay.port)]) == 0
    finally:
        assert relay.stop() == 0
    assert health_check.main([str(relay.port)]) == 1
    left = {path.name for path in (tmp_path / "data").iterdir()}
    assert left == {"relay.db", "log-keys.json"}, "the WAL was folded in"


async def test_open_mailboxes_do_not_delay_the_stop(tmp_path: Path) -> None:
    with running_relay(tmp_path / "data") as relay:
        async with MailboxClient(relay.mailbox_url) as technician:
            await technician.attach_technician(relay.open_session())
            assert await asyncio.to_thread(relay.stop) == 0
            await technician.closed()
        assert '"level": "error"' not in relay.log_text()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_plain_http_is_refused_beyond_this_computer(tmp_path: Path, host: str) -> None:
    refused = relay_command("serve", "--host", host, "--port", "0", data_dir=tmp_path / "data")
    assert refused.returncode == 1
    assert refused.stderr.startswith("deskside-relay: Plain HTTP is only served on this computer itself")
    assert not (tmp_path / "data").exists()


def test_tls_is_spoken_when_given_a_certificate(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    relay = RelayProcess(tmp_path / "data", ("--tls-cert", str(cert), "--tls-key", str(key)))
    relay.start()
    try:
        assert relay.url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cafile=str(cert))
        answer = httpx.get(f"{relay.url}/api/v1/health", verify=trust, trust_env=False)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert health_check.main([str(relay.port)]) == 0, "a container's check of a relay that does TLS itself"
    finally:
        assert relay.stop() == 0
    assert '"level": "error"' not in relay.log_text()


def test_behind_a_proxy_the_public_origin_is_announced_and_the_forwarded_address_is_logged(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "data", ("--behind-proxy", "--public-url", "https://relay.example.com/"))
    bodies = {"name": "nobody", "password": "wrong password"}
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    relay.start()
    try:
        assert relay.url == "https://relay.example.com"
        httpx.post(f"http://127.0.0.1:{relay.port}/api/v1/sign-in", json=bodies, headers=forwarded, trust_env=False)
    finally:
        assert relay.stop() == 0
    assert '"address": "203.0.113.7"' in relay.log_text()


def test_a_proxy_on_another_computer_is_believed_when_it_is_named_and_its_neighbour_is_not(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "data", ("--behind-proxy", "--trusted-proxy", "127.0.0.2"))
    relay.start()
    try:
        for sender, claimed in (("127.0.0.2", "203.0.113.7"), ("127.0.0.3", "203.0.113.8")):
            with httpx.Client(transport=httpx.HTTPTransport(local_address=sender)) as client:
                client.post(
                    f"http://127.0.0.1:{relay.port}/api/v1/sign-in",
                    json={"name": "nobody", "password": "wrong password"},
                    headers={"X-Forwarded-For": claimed},
                )
    finally:
        assert relay.stop() == 0
    assert '"address": "203.0.113.7"' in relay.log_text()
    assert '"address": "127.0.0.3"' in relay.log_text()
    assert "203.0.113.8" not in relay.log_text()


def test_without_a_proxy_forwarded_addresses_are_not_believed(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "data")
    relay.start()
    try:
        httpx.post(
            f"{relay.url}/api/v1/sign-in",
            json={"name": "nobody", "password": "wrong password"},
            headers={"X-Forwarded-For": "203.0.113.7"},
            trust_env=False,
        )
    finally:
        relay.stop()
    assert "203.0.113.7" not in relay.log_text()
    assert '"address": "127.0.0.1"' in relay.log_text()


def test_a_database_of_a_newer_relay_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path / "data", 0)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = relay_command("serve", "--port", "0", data_dir=tmp_path / "data")
    assert refused.returncode == 1
    assert "written by a newer Deskside relay" in refused.stderr


def test_an_address_in_use_is_reported_in_one_sentence(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "data")
    relay.start()
    try:
        refused = relay_command("serve", "--port", str(relay.port), data_dir=tmp_path / "other")
        assert refused.returncode == 1
        assert "cannot listen on 127.0.0.1" in refused.stderr.splitlines()[-1]
    finally:
        relay.stop()
