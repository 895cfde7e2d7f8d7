from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.log.certificate import issue_log_certificate
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.policy import Witness as NamedWitness
from protocol.errors import EnvironmentFault
from relay.log.witness import Witness
from relay.log.witness_app import build_witness
from relay.log.witness_courier import WitnessCourier, WitnessDisagrees, client_for
from relay.storage.log import SignedHead
from tests.support.log_world import NOON_S, MemoryLog

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")


class Desk:
    """A real witness behind its web service, and couriers of a log on their way to it."""

    def __init__(self, folder: Path) -> None:
        self.witness = Witness.make(folder, "witness.example")
        certificate = issue_log_certificate(
            ROOT,
            MemoryLog().keys,
            serial="1",
            organisation="Acme IT",
            policy="quorum none\n",
            require_receipt=False,
            not_before=0,
            not_after=NOON_S,
        )
        self.witness.trust(certificate)
        app = build_witness(self.witness, lambda: NOON_S * 1000)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
        self.named = NamedWitness("alpha", self.witness.verifiers[0], "http://witness.example")

    def courier(self, log: MemoryLog) -> WitnessCourier:
        async def consistency(_origin: str, old: int, new: int) -> tuple[bytes, ...]:
            return log.tree.consistency(old, new)

        return WitnessCourier(self.named, self.client, consistency)


def head(log: MemoryLog, size: int) -> SignedHead:
    checkpoint = log.checkpoint(size)
    return SignedHead(checkpoint, log.sign(checkpoint))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.client.aclose()


def a_log(leaves: int, last: bytes = b"") -> MemoryLog:
    log = MemoryLog()
    log.fill(leaves)
    if last:
        log.append(last)
    return log


async def test_it_brings_back_a_cosignature_each_time_the_log_has_grown(desk: Desk) -> None:
    log = a_log(20)
    courier = desk.courier(log)
    for size in (1, 7, 7, 20):
        line = await courier.cosign(head(log, size))
        assert verify_signature(desk.named.key, line, log.checkpoint(size)) == NOON_S


async def test_a_relay_that_forgot_what_the_witness_saw_is_told_and_goes_on(desk: Desk) -> None:
    log = a_log(20)
    await desk.courier(log).cosign(head(log, 9))
    line = await desk.courier(log).cosign(head(log, 20))
    assert verify_signature(desk.named.key, line, log.checkpoint(20)) == NOON_S
    assert await desk.courier(log).cosign(head(log, 20)), "the same once more"


@pytest.mark.parametrize("size", [5, 6])
async def test_a_witness_that_saw_another_history_is_an_alarm(desk: Desk, size: int) -> None:
    await desk.courier(a_log(8)).cosign(head(a_log(8), 6))
    other = a_log(5, b"another leaf")
    with pytest.raises(WitnessDisagrees):
        await desk.courier(other).cosign(head(other, size))


async def test_a_witness_that_cannot_help_now_is_tried_again_later(desk: Desk) -> None:
    stranger = MemoryLog(name="other.example.com")
    stranger.fill(2)
    with pytest.raises(EnvironmentFault, match="404"):
        await desk.courier(stranger).cosign(head(stranger, 2))
    async with client_for("http://127.0.0.1:9") as client:
        nowhere = NamedWitness("alpha", desk.named.key, "http://127.0.0.1:9")
        with pytest.raises(EnvironmentFault) as unreachable:
            await WitnessCourier(nowhere, client, desk.courier(stranger)._consistency).cosign(head(stranger, 2))
    assert unreachable.value.code == "witness_unreachable"
