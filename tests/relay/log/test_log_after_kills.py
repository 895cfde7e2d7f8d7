"""Relay and witness are killed again and again: nothing acknowledged is lost, nothing signed is taken back."""

import asyncio
import random
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from websockets.exceptions import WebSocketException

from protocol.audit.log.certificate import read_log_certificate
from protocol.audit.log.checkpoint import Checkpoint, parse_checkpoint
from protocol.audit.log.leaf import BatchLeaf
from protocol.audit.log.note import parse_note
from protocol.audit.log.proof import verify_proof
from protocol.messages.relay_api import SessionReceipts
from protocol.messages.signaling import EventsStored, LogCertified, ReceiptIssued, StoredEvent, StoreEvents
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import accepted, must, relay_command
from tests.support.witness_process import WitnessedRelay, witnessed_relay

ROUNDS = 2
PATIENCE_S = 60.0


async def store(world: WitnessedRelay, token: tuple[bytes, str], events: list[StoredEvent]) -> int:
    """Store events one by one until the relay is gone; return how many of the lane it acknowledged last."""
    acknowledged = 0
    with suppress(OSError, WebSocketException):
        async with MailboxClient(world.relay.mailbox_url) as technician:
            await technician.attach(*token)
            for event in events:
                await technician.send(StoreEvents((event,)))
                while not isinstance(message := await technician.receive(), EventsStored):
                    assert isinstance(message, LogCertified | ReceiptIssued), message
                acknowledged = message.count
    return acknowledged


def newest_checkpoint(world: WitnessedRelay) -> Checkpoint | None:
    with world.relay.client("") as client:
        answer = client.get(f"/log/{time.gmtime().tm_year}/checkpoint")
    return parse_checkpoint(parse_note(answer.content)) if answer.is_success else None


def witnessed_batches(world: WitnessedRelay, session: str) -> list[BatchLeaf]:
    """Return the batches of the session for which the relay can show a witnessed proof."""
    answer = accepted(world.relay.request("GET", f"/api/v1/sessions/{session}/receipts"))
    certificate = read_log_certificate(world.certificate)
    proven = [
        verify_proof(proof, certificate.keys, certificate.witnesses)
        for proof in msgspec.json.decode(answer, type=SessionReceipts).proofs
    ]
    return [one.leaf for one in proven if one.witnessed and isinstance(one.leaf, BatchLeaf)]


@pytest.mark.long
async def test_kills_lose_nothing_that_was_acknowledged_and_take_nothing_back(tmp_path: Path) -> None:
    chance = random.Random(7)
    with witnessed_relay(tmp_path, witnesses=1, quorum=1) as world:
        relay, (witness,) = world.relay, world.witnesses
        opened = relay.open_session()
        writer = LaneWriter(opened.session, "T", relay.signing_key)
        acknowledged, sizes = 0, [0]
        for _ in range(ROUNDS):
            relay.stop()
            relay.start()
            unsent = [*writer.written[acknowledged:], *writer.write_many(40)]
            storing = asyncio.get_running_loop().create_task(store(world, (opened.mailbox, opened.token), unsent))
            await asyncio.sleep(chance.uniform(0.1, 1.5))
            relay.kill()
            witness.kill()
            acknowledged = max(acknowledged, await storing)
            relay.start()
            witness.start()
            head = newest_checkpoint(world)
            sizes.append(head.size if head else 0)
        acknowledged = max(
            acknowledged, await store(world, (opened.mailbox, opened.token), writer.written[acknowledged:])
        )
        assert acknowledged == len(writer.written)
        assert sizes == sorted(sizes), "no checkpoint was ever taken back"
        deadline = time.monotonic() + PATIENCE_S
        while not witnessed_batches(world, opened.session):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
        relay.stop()
        assert "Everything fits." in must(relay_command("log", "check", data_dir=relay.data_dir))
