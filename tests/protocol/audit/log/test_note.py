from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.audit.log.checkpoint import parse_checkpoint
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.leaf import parse_leaf
from protocol.audit.log.note import KeyKind, VerifierKey, parse_note, parse_vkey, print_note, read_base64, read_decimal
from protocol.audit.log.policy import parse_policy
from protocol.audit.log.proof import parse_proof
from protocol.errors import LocalError, PeerError
from tests.support.log_world import MemoryLog, MemoryWitness

LOG = MemoryLog(post_quantum=False)
LOG.fill(3)
CHECKPOINT = LOG.checkpoint()
SIGNED = print_note(CHECKPOINT.text, LOG.sign(CHECKPOINT))


def test_a_checkpoint_survives_being_written_and_read() -> None:
    note = parse_note(SIGNED)
    assert parse_checkpoint(note) == CHECKPOINT
    assert print_note(note.text, note.signatures) == SIGNED


@pytest.mark.parametrize(
    ("what", "found", "replacement"),
    [
        ("a carriage return", b"\n3\n", b"\r\n3\n"),
        ("a tab", b"\n3\n", b"\n3\t\n"),
        ("no empty line", b"\n\n", b"\n"),
        ("a hyphen for the dash", "— ".encode(), b"- "),
        ("two spaces", "— ".encode(), "—  ".encode()),
        ("no line feed at the end", b"=\n", b"="),
        ("something after the signatures", b"=\n", b"=\n\n"),
        ("a space at the end of a line", b"=\n", b"= \n"),
        ("base64 without padding", b"=\n", b"\n"),
    ],
)
def test_another_spelling_of_a_note_is_refused(what: str, found: bytes, replacement: bytes) -> None:
    head, tail = SIGNED[: -len(found) - 20], SIGNED[-len(found) - 20 :]
    changed = head + tail.replace(found, replacement) if found in tail else SIGNED.replace(found, replacement, 1)
    assert changed != SIGNED, what
    with pytest.raises(PeerError) as refused:
        parse_checkpoint(parse_note(changed))
    assert refused.value.code == "note_malformed"


@pytest.mark.parametrize("size", ["03", "+3", " 3", "3 ", "٣", "", "-1", "9007199254740993", "3.0"])
def test_another_spelling_of_a_number_is_refused(size: str) -> None:
    with pytest.raises(PeerError):
        read_decimal(size, 2**53)


@pytest.mark.parametrize("text", ["AB==", "AA=", "AA", "A A=", "AA==\n", "AA-_", "é"])
def test_another_spelling_in_base64_is_refused(text: str) -> None:
    assert read_base64("AA==") == b"\0"
    with pytest.raises(PeerError):
        read_base64(text)


def test_a_checkpoint_has_no_further_lines() -> None:
    note = parse_note(print_note(CHECKPOINT.text + "extension\n", LOG.sign(CHECKPOINT)))
    with pytest.raises(PeerError):
        parse_checkpoint(note)


def test_a_cosignature_holds_for_its_checkpoint_its_name_and_its_time_alone() -> None:
    witness, log = MemoryWitness("alpha.example"), MemoryLog()
    line = witness.cosign(CHECKPOINT, 1_800_000_123)
    assert verify_signature(witness.verifier, line, CHECKPOINT) == 1_800_000_123
    for key in log.keys.verifiers(CHECKPOINT.origin)[1:]:
        assert key.kind is KeyKind.ML_DSA_44_COSIGNATURE
        (own,) = [each for each in log.sign(CHECKPOINT) if each.is_by(key)]
        assert verify_signature(key, own, CHECKPOINT) > 0
        with pytest.raises(PeerError):
            verify_signature(key, own, LOG.checkpoint(2))
    with pytest.raises(PeerError):
        verify_signature(witness.verifier, line, LOG.checkpoint(2))
    later = type(line)(line.name, line.key_id, bytes([line.signature[0]]) + b"\x01" + line.signature[2:])
    with pytest.raises(PeerError):
        verify_signature(witness.verifier, later, CHECKPOINT)


def test_a_key_of_one_kind_is_no_key_of_another() -> None:
    witness = MemoryWitness("alpha.example")
    as_log_key = VerifierKey(witness.name, KeyKind.ED25519, witness.verifier.key)
    assert as_log_key.key_id != witness.verifier.key_id
    with pytest.raises(PeerError):
        verify_signature(as_log_key, witness.cosign(CHECKPOINT), CHECKPOINT)


def test_a_verifier_key_is_read_only_as_it_is_written() -> None:
    vkey = MemoryWitness("alpha.example").verifier.vkey
    assert parse_vkey(vkey).vkey == vkey
    for changed in (vkey.upper(), vkey + "=", vkey.replace("+", "+0", 1), "x" + vkey, vkey[:-4], ""):
        with pytest.raises(PeerError):
            parse_vkey(changed)


def test_what_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(LocalError):
        print_note("no line feed", LOG.sign(CHECKPOINT))
    with pytest.raises(LocalError):
        VerifierKey("a name with spaces", KeyKind.ED25519, bytes(32))


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
@example(SIGNED)
@example(b"old 0\n\n")
@example(b"\n\n\n")
def test_whatever_the_bytes_only_a_peer_error_comes_out(data: bytes) -> None:
    for parse in (parse_note, parse_proof, parse_leaf, lambda each: parse_policy(each.decode("utf-8", "replace"))):
        with suppress(PeerError):
            parse(data)
