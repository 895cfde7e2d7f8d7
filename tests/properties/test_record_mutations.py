"""Honest sessions always verify; a changed record never does, whatever was changed."""

import random
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.audit.events import EventType, PeerLink
from protocol.audit.findings import Verdict
from protocol.audit.verify import verify_record
from protocol.errors import LocalError
from tests.support.forged_session import Forger
from tests.support.record_mutations import mutate
from tests.support.recorded_session import ROOT_ID, TwoParties, sealed_session, smallest_session

RANDOM_MUTATIONS = 2_000

free_acts = st.sampled_from(
    [
        ("C", EventType.IDENTITY_SHOWN),
        ("C", EventType.SHARING_PAUSE),
        ("C", EventType.SHARING_RESUME),
        ("C", EventType.INPUT_SUMMARY),
        ("C", EventType.DIAG_PREVIEW),
        ("C", EventType.NOTE),
        ("T", EventType.NOTE),
        ("T", EventType.INPUT_SUMMARY),
        ("T", EventType.CONTROL_RELEASE),
    ]
)
bodies = st.dictionaries(st.text("abcé", max_size=5), st.integers(0, 2**40) | st.text(max_size=80), max_size=3)
capabilities = st.sampled_from(["control", "diagnostics"])
steps = st.lists(
    st.tuples(st.just("write"), free_acts, bodies)
    | st.tuples(st.just("deliver"), st.sampled_from("CT"), st.integers(1, 3))
    | st.tuples(st.just("consent"), capabilities, st.sampled_from([0, 900]))
    | st.tuples(st.just("wait"), st.integers(0, 90_000), st.just(None)),
    max_size=25,
)


def take_step(parties: TwoParties, kind: str, what: object, how: object) -> None:
    if kind == "write":
        lane, type = what
        parties.write(lane, type, how)
    elif kind == "deliver":
        for _ in range(how):
            parties.deliver_one(what)
    elif kind == "consent":
        parties.ask_and_grant(what, how)
        if what == "control":
            parties.write("T", EventType.CONTROL_TAKE)
        else:
            parties.write("C", EventType.DIAG_SENT)
    else:
        parties.advance(what)


def play(script: list[tuple[str, object, object]], ends: str) -> TwoParties:
    parties = TwoParties()
    parties.open()
    for step in script:
        take_step(parties, *step)
    parties.end_and_seal(ends)
    return parties


@given(steps, st.sampled_from("CT"))
def test_every_honest_session_verifies_and_reads_the_same_on_both_sides(script, ends):
    parties = play(script, ends)
    found = verify_record(parties.file(), root_id=ROOT_ID)
    assert (found.verdict, found.findings) == (Verdict.VALID, ())
    assert parties.records["C"].own_events == parties.records["T"].peer_events
    assert parties.records["T"].own_events == parties.records["C"].peer_events
    assert len(found.timeline) == parties.records["C"].count("C") + parties.records["C"].count("T")


@given(steps, st.sampled_from("CT"), st.data())
@settings(max_examples=40)
def test_every_honest_session_without_its_tail_is_incomplete_and_no_lie(script, ends, data):
    parties = play(script, ends)
    left = {lane: data.draw(st.integers(0, parties.records[lane].count(lane)), label=lane) for lane in "CT"}
    found = verify_record(parties.file(lambda filed, seq: seq < left[filed.lane]), root_id=ROOT_ID)
    whole = all(left[lane] == parties.records[lane].count(lane) for lane in "CT")
    assert found.verdict is (Verdict.VALID if whole else Verdict.INCOMPLETE)


def test_no_single_flipped_bit_leaves_a_record_valid():
    data = smallest_session().file()
    choices = random.Random(1)
    assert verify_record(data).verdict is Verdict.VALID
    survivors = []
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << choices.randrange(8)
        if verify_record(bytes(changed)).verdict is not Verdict.INVALID:
            survivors.append(position)
    assert survivors == []


def test_no_random_mutation_leaves_a_record_valid():
    data = sealed_session().file()
    choices = random.Random(2)
    tried = 0
    while tried < RANDOM_MUTATIONS:
        changed = mutate(data, choices)
        if changed == data:
            continue
        tried += 1
        assert verify_record(changed, root_id=ROOT_ID).verdict is not Verdict.VALID


def test_no_line_taken_from_another_session_fits():
    data, other = sealed_session().file(), play([("consent", "control", 900)], "T").file()
    lines, others = data.splitlines(keepends=True), other.splitlines(keepends=True)
    for place, own in enumerate(lines):
        for foreign in others:
            if foreign != own:
                spliced = b"".join([*lines[:place], foreign, *lines[place + 1 :]])
                assert verify_record(spliced, root_id=ROOT_ID).verdict is not Verdict.VALID


signed_lies = st.lists(
    st.tuples(
        st.sampled_from("CT"),
        st.sampled_from(EventType),
        st.dictionaries(
            st.sampled_from(["capability", "capabilities", "expires_in_s", "reason", "n_C", "head_C", "text"]),
            st.none() | st.integers(-5, 5) | st.sampled_from(["control", "see", ""]) | st.lists(st.just("control")),
        ),
        st.fixed_dictionaries(
            {},
            optional={
                "t_ms": st.integers(0, 253_402_300_799_999),
                "mono_ms": st.integers(0, 2**53 - 1),
                "peer": st.integers(0, 2**53 - 1).map(lambda seq: PeerLink(seq, "1" * 64)),
                "seq": st.integers(1, 2**53 - 1),
                "prev": st.just("1" * 64),
                "req": st.integers(-1, 3),
            },
        ),
    ),
    max_size=6,
)


@given(signed_lies)
def test_whatever_two_parties_sign_the_verifier_answers(lies):
    forger = Forger().open()
    for lane, type, body, fields in lies:
        with suppress(LocalError):
            forger.add(lane, type, body, **fields)
    found = forger.verify()
    assert found.verdict in Verdict
    assert len(found.timeline) <= 2 + len(lies)


@given(st.binary(max_size=500))
def test_whatever_the_bytes_the_verifier_answers(data):
    assert verify_record(data).verdict is Verdict.INVALID
