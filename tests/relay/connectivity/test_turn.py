import base64
import hashlib
import hmac
import stat
from ipaddress import ip_address
from pathlib import Path

import pytest

from protocol.errors import EnvironmentFault
from relay.connectivity.turn import (
    LIVES_S,
    TurnPlan,
    make_credentials,
    read_or_make_secret,
    read_secret,
    turn_configuration,
)
from tests.support.relay_process import must, relay_command

SECRET = "s" * 40
PLAN = TurnPlan("turn.example.com", (ip_address("203.0.113.5"), ip_address("2001:db8::5")))


def test_credentials_name_their_end_and_nobody_and_verify_with_the_secret() -> None:
    made = make_credentials(SECRET, 1_700_000_000_999, lambda size: b"\xab" * size)
    assert made.username == f"{1_700_000_000 + LIVES_S}:{'ab' * 12}"
    digest = hmac.new(SECRET.encode(), made.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(made.password) == digest


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "turn.secret"
    made = read_or_make_secret(path)
    assert len(base64.b64decode(made)) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_secret(path) == read_secret(path) == made


@pytest.mark.parametrize("content", [None, "", "short", "with a space " * 4, "two\nlines" * 6, "ä" * 40])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "turn.secret"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(EnvironmentFault) as caught:
        read_secret(path)
    assert caught.value.code == "turn_secret"


def test_the_configuration_is_a_closed_relay() -> None:
    lines = turn_configuration(PLAN, SECRET).splitlines()
    assert f"static-auth-secret={SECRET}" in lines
    for needed in (
        "use-auth-secret",
        "realm=turn.example.com",
        "denied-peer-ip=0.0.0.0-255.255.255.255",
        "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "allowed-peer-ip=203.0.113.5",
        "allowed-peer-ip=2001:db8::5",
        "no-multicast-peers",
        "no-tcp-relay",
        "user-quota=4",
        "stale-nonce=600",
        "unauthorized-ratelimit",
        "no-cli",
        "no-tls",
    ):
        assert needed in lines
    options = {line.partition("=")[0] for line in lines if not line.startswith("#")}
    assert options.isdisjoint({"cli-ip", "web-admin", "allow-loopback-peers", "server-relay", "no-auth", "user"})


def test_with_a_certificate_it_also_listens_with_tls() -> None:
    plan = TurnPlan("turn.example.com", PLAN.addresses, certificate=Path("/c.pem"), key=Path("/k.pem"))
    lines = turn_configuration(plan, SECRET).splitlines()
    assert {"tls-listening-port=443", "cert=/c.pem", "pkey=/k.pem"} <= set(lines)
    assert "no-tls" not in lines


def test_the_command_prints_it_and_makes_the_secret(tmp_path: Path) -> None:
    secret_file = tmp_path / "turn.secret"
    where = ("--realm", "turn.example.com", "--relay-ip", "203.0.113.5", "--turn-secret-file", str(secret_file))
    printed = must(relay_command("turn-config", *where, data_dir=tmp_path))
    assert printed == turn_configuration(
        TurnPlan("turn.example.com", PLAN.addresses[:1]), secret_file.read_text().strip()
    )
    half = relay_command("turn-config", *where, "--turn-cert", "c.pem", data_dir=tmp_path)
    assert (half.returncode, half.stderr) == (1, "deskside-relay: --turn-cert and --turn-key go together.\n")
    assert relay_command("turn-config", *where, "--relay-ip", "nonsense", data_dir=tmp_path).returncode == 2
