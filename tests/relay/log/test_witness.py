from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar.testing import AsyncTestClient

from protocol.audit.log.certificate import issue_log_certificate
from protocol.audit.log.checkpoint import Checkpoint
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.note import parse_signatures, print_note, write_base64
from protocol.errors import EnvironmentFault, PeerError
from relay.log.witness import Witness
from relay.log.witness_app import build_witness
from relay.log.witnessing import MAX_REQUEST_BYTES
from tests.support.log_world import NOON_S, MemoryLog

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")


def certificate(log: MemoryLog) -> bytes:
    return issue_log_certificate(
        ROOT,
        log.keys,
        serial="1",
        organisation="Acme IT",
        policy="quorum none\n",
        require_receipt=False,
        not_before=NOON_S,
        not_after=NOON_S + 1,
    )


def a_log(leaves: int) -> MemoryLog:
    log = MemoryLog()
    log.fill(leaves)
    return log


def request(log: MemoryLog, size: int, old: int) -> bytes:
    checkpoint = log.checkpoint(size)
    proof = log.tree.consistency(old, size) if old <= size else ()
    head = "\n".join([f"old {old}", *map(write_base64, proof)])
    return f"{head}\n\n".encode() + print_note(checkpoint.text, log.sign(checkpoint))


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = Witness.make(tmp_path / "witness", "witness.example")
    made.trust(certificate(MemoryLog()))
    return made


async def post(witness: Witness, body: bytes) -> httpx.Response:
    async with AsyncTestClient(build_witness(witness, lambda: NOON_S * 1000)) as client:
        return await client.post("/add-checkpoint", content=body)


async def test_it_cosigns_a_history_that_grows_with_both_its_keys(witness: Witness) -> None:
    log = a_log(9)
    for old, size in ((0, 3), (3, 3), (3, 9)):
        answer = await post(witness, request(log, size, old))
        assert answer.status_code == 200, answer.text
        lines = parse_signatures(answer.text)
        for key, line in zip(witness.verifiers, lines, strict=True):
            assert verify_signature(key, line, log.checkpoint(size)) == NOON_S


async def test_a_size_it_does_not_hold_is_answered_with_the_one_it_holds(witness: Witness) -> None:
    log = a_log(9)
    assert (await post(witness, request(log, 4, 0))).status_code == 200
    answer = await post(witness, request(log, 9, 2))
    assert (answer.status_code, answer.text) == (409, "4\n")
    assert answer.headers["content-type"].startswith("text/x.tlog.size")


async def test_it_signs_no_second_history(witness: Witness) -> None:
    log, other = a_log(5), a_log(3)
    other.append(b"another leaf")
    other.fill(3)
    assert (await post(witness, request(log, 5, 0))).status_code == 200
    assert (await post(witness, request(other, 5, 5))).status_code == 409, "another root for one size"
    assert (await post(witness, request(other, 7, 5))).status_code == 422, "no continuation"
    assert (await post(witness, request(log, 3, 3))).status_code == 409, "no going back"
    assert witness.seen(log.origin) == log.checkpoint(5)


async def test_a_stranger_an_unsigned_head_and_nonsense_are_told_apart(witness: Witness) -> None:
    log = a_log(4)
    stranger = MemoryLog(name="other.example.com")
    stranger.fill(2)
    assert (await post(witness, request(stranger, 2, 0))).status_code == 404
    forged = MemoryLog(ed25519=Ed25519PrivateKey.generate())
    forged.fill(4)
    assert (await post(witness, request(forged, 4, 0))).status_code == 403
    half_signed = print_note(log.checkpoint().text, log.sign(log.checkpoint())[:1])
    assert (await post(witness, b"old 0\n\n" + half_signed)).status_code == 403
    assert (await post(witness, request(log, 2, 3))).status_code == 400, "the old size is larger"
    assert (await post(witness, b"old 00\n\n")).status_code == 400
    assert (await post(witness, b"x" * (MAX_REQUEST_BYTES + 1))).status_code == 413
    assert witness.seen(log.origin) is None


async def test_a_proof_that_does_not_lead_there_is_refused(witness: Witness) -> None:
    log = a_log(9)
    assert (await post(witness, request(log, 4, 0))).status_code == 200
    lines = request(log, 9, 4).split(b"\n")
    assert (await post(witness, b"\n".join([lines[0], *lines[2:]]))).status_code == 422


def test_what_it_has_seen_survives_a_new_start(witness: Witness, tmp_path: Path) -> None:
    log = a_log(6)
    witness.add_checkpoint(request(log, 6, 0), NOON_S)
    again = Witness.open(tmp_path / "witness")
    assert again.seen(log.origin) == log.checkpoint(6)
    with pytest.raises(PeerError, match="holds 6"):
        again.add_checkpoint(request(log, 3, 0), NOON_S)
    assert [key.vkey for key in again.verifiers] == [key.vkey for key in witness.verifiers]


def test_a_witness_that_cannot_read_what_it_saw_cosigns_nothing(witness: Witness, tmp_path: Path) -> None:
    log = a_log(6)
    witness.add_checkpoint(request(log, 6, 0), NOON_S)
    (seen,) = (tmp_path / "witness" / "seen").iterdir()
    seen.write_bytes(seen.read_bytes()[:-3])
    with pytest.raises(EnvironmentFault):
        witness.add_checkpoint(request(log, 6, 6), NOON_S)


def test_a_log_it_knows_cannot_come_back_with_other_keys(witness: Witness) -> None:
    impostor = MemoryLog(ed25519=Ed25519PrivateKey.generate())
    with pytest.raises(PeerError) as refused:
        witness.trust(certificate(impostor))
    assert refused.value.code == "log_certificate_untrusted"
    witness.trust(certificate(MemoryLog()))
    assert len(witness.trusts()) == 1


def test_each_year_is_a_tree_of_its_own(witness: Witness) -> None:
    log = a_log(6)
    witness.add_checkpoint(request(log, 6, 0), NOON_S)
    next_year = Checkpoint(log.keys.origin(2028), 2, log.tree.root(2))
    body = b"old 0\n\n" + print_note(next_year.text, log.sign(next_year))
    assert witness.add_checkpoint(body, NOON_S)
    assert witness.seen(log.origin) == log.checkpoint(6)


def test_a_folder_has_one_witness(tmp_path: Path) -> None:
    Witness.make(tmp_path, "witness.example")
    with pytest.raises(EnvironmentFault):
        Witness.make(tmp_path, "witness.example")
    with pytest.raises(PeerError):
        Witness.make(tmp_path / "other", "No Such Name")
    assert (tmp_path / "witness-keys.json").stat().st_mode & 0o777 == 0o600
