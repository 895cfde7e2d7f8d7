"""After a session: events, notes, proofs, exports and recordings, as they come from a relay or a disk nobody trusts."""

from collections.abc import Sequence

from fuzz.target import Parser, Target, family, seeds_of
from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.events import check_signed_event, parse_event
from protocol.audit.findings import Verdict
from protocol.audit.log.checkpoint import parse_checkpoint
from protocol.audit.log.leaf import encode_leaf, parse_leaf
from protocol.audit.log.note import parse_note, parse_signatures, parse_vkey
from protocol.audit.log.policy import parse_policy, print_policy
from protocol.audit.log.proof import parse_proof, verify_proof
from protocol.audit.record_file import read_record
from protocol.audit.signatures import read_signature
from protocol.audit.verify import verify_record
from protocol.recording.container import read_head, read_header
from protocol.recording.entries import read_chat, read_display, read_marker, read_voice, unpack_entries
from protocol.recording.index import read_index
from protocol.recording.reader import BytesSource, RecordingReader
from relay.log.witnessing import parse_request
from tests.support.exported_session import check, exported, members_of
from tests.support.organisation_log import TWO_OF_THREE, OrganisationLog, batches
from tests.support.recorded_session import ROOT_ID, SESSION, SIGNERS, smallest_session

SMALL = exported(smallest_session())
LOG = OrganisationLog(post_quantum=False)


def _canonical(data: bytes) -> None:
    assert encode_canonical(decode_canonical(data, 16 * 1024)) == data


EVENT_PARSERS: list[Parser] = [
    parse_event,
    _canonical,
    lambda data: check_signed_event(data, bytes(64), SIGNERS["C"], session=SESSION, lane="C"),
    read_record,
    lambda data: verify_record(data, root_id=ROOT_ID),
    read_signature,
    parse_leaf,
]


def _event_seeds() -> Sequence[bytes]:
    parties = smallest_session()
    event, leaf = parties.filed()[0].event, encode_leaf(batches(parties.filed())[0])
    return [*seeds_of(EVENT_PARSERS, [event, leaf, b'{"a":1}']), bytes([3]) + parties.file()]


def _policy(data: bytes) -> None:
    policy = parse_policy(data.decode("utf-8", errors="replace"))
    assert parse_policy(print_policy(policy)) == policy


NOTES: list[Parser] = [
    lambda data: parse_checkpoint(parse_note(data)),
    parse_note,
    lambda data: parse_signatures(data.decode("utf-8", errors="replace")),
    lambda data: parse_vkey(data.decode("utf-8", errors="replace")),
    _policy,
    parse_request,
]


def _proof(data: bytes) -> None:
    """Verify a proof; only the one truly made may hold; without lines of witnesses it counts as unwitnessed."""
    proven = verify_proof(data, LOG.keys, TWO_OF_THREE)
    if data != _true_proof():
        assert not proven.witnessed, "another proof than the true one counts as witnessed"
        assert data in _with_fewer_witnesses(), "another proof than the true one holds"


def _with_fewer_witnesses() -> set[bytes]:
    """Return the true proof without a line of a witness, and without any: who hands it on can always leave them out."""
    *rest, first, second, end = _true_proof().split(b"\n")
    return {b"\n".join(lines) for lines in ([*rest, first, end], [*rest, second, end], [*rest, end])}


def _true_proof() -> bytes:
    if not LOG._leaves:
        for leaf in batches(smallest_session().filed()):
            LOG.add(leaf)
    return LOG.prove(1)


def _note_seeds() -> Sequence[bytes]:
    _true_proof()
    note, policy = LOG.checkpoint(), print_policy(TWO_OF_THREE).encode()
    return seeds_of(NOTES, [note, policy, b"old 0\n\n" + note, TWO_OF_THREE.witnesses[0].key.vkey.encode()])


PROOFS: list[Parser] = [_proof, parse_proof]


def _export(data: bytes) -> None:
    """Verify an export; only the one that was truly made may be valid."""
    assert check(data).verdict is Verdict.INVALID or data == SMALL, "another export than the true one is accepted"


def _recording(data: bytes) -> None:
    reader = RecordingReader(BytesSource(data))
    reader.index()
    reader.seek_point(1000)
    for number in range(len(reader.segments)):
        reader.chain(number)
    for number in range(len(reader.segments)):
        list(reader.entries(number))


RECORDING: list[Parser] = [
    _recording,
    read_header,
    read_head,
    lambda data: list(unpack_entries(data)),
    read_voice,
    read_display,
    read_marker,
    read_chat,
    read_index,
]


def _recording_seeds() -> Sequence[bytes]:
    from tests.support.recordings import Tape

    tape = Tape()
    tape.flush()
    tape.finish(1000)
    return [
        bytes([0]) + bytes(tape.data),
        *seeds_of(RECORDING, [b"\x82\xa5width\x01\xa6height\x01", bytes(tape.data[:200])]),
    ]


TARGETS = {
    "events": Target(family(EVENT_PARSERS), _event_seeds, 8192),
    "notes": Target(family(NOTES), _note_seeds),
    "proofs": Target(family(PROOFS), lambda: seeds_of(PROOFS, [_true_proof()])),
    "exports": Target(_export, lambda: [SMALL, *members_of(SMALL).values()], len(SMALL) + 1024),
    "recordings": Target(family(RECORDING), _recording_seeds, 8192),
}
