"""R24: a coturn with our configuration, asked to pass things on to 65,536 peers, does so to itself and nobody else."""

import json
import shutil
from pathlib import Path

import pytest

from demo.programs import Program
from relay.clock import system_clock
from relay.connectivity.turn import make_credentials
from tests.support.coturn import PORT, running_coturn
from tests.support.three_networks import RELAY_ADDRESS, reason_not_possible, three_networks

PEERS = 65_536
ASKED_WITHIN_S = 240.0

pytestmark = [
    pytest.mark.skipif(bool(reason_not_possible()), reason=reason_not_possible() or "-"),
    pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn (turnserver) is not installed"),
]


@pytest.mark.long
def test_r24_of_65536_peers_in_every_spelling_a_closed_coturn_allows_itself_only(tmp_path: Path) -> None:
    with three_networks() as networks, running_coturn(networks.router, RELAY_ADDRESS, tmp_path) as server:
        server.wait_until_allocating(networks.customer)
        credentials = make_credentials(server.secret, system_clock(), lambda size: bytes(size))
        given = {"host": RELAY_ADDRESS, "port": PORT, "relay": RELAY_ADDRESS, "count": PEERS, "seed": 24}
        given |= {"username": credentials.username, "password": credentials.password}
        arguments = networks.customer.module("tests.support.turn_sweep", json.dumps(given))
        sweep = Program("sweep", arguments, log_folder=tmp_path)
        try:
            told = sweep.next_line(timeout=ASKED_WITHIN_S)
        finally:
            sweep.end()
    assert told["allowed"] == [RELAY_ADDRESS], told
    assert told["silent"] == []
    assert (told["asked"], sum(told["refused"].values())) == (PEERS, PEERS - 1)
    assert set(told["refused"]) <= {"403", "443"}  # forbidden; another family than the allocation's
