"""An export with anything changed in it is refused, and both verifiers say so."""

import random
from collections.abc import Callable

import pytest

from protocol.audit.export.log_trust import trusted_log
from protocol.audit.findings import Verdict
from protocol.errors import PeerError
from tests.support.export_mutations import accepted_mutations, member_mutation, raw_mutation
from tests.support.exported_session import EVENTS, check, exported, members_of, repacked
from tests.support.organisation_log import OrganisationLog, batches
from tests.support.record_mutations import mutate
from tests.support.recorded_session import ROOT_ID, ROOT_KEY, public_bytes, smallest_session
from tests.support.second_verifier import second_verdict, second_verifier

RAW_MUTATIONS = 100_000
COMPARED_RAW = 3_000
COMPARED_DEEP = 800
SMALL = exported(smallest_session())


def tried(count: int, original: bytes, change: Callable[[bytes, random.Random], bytes], seed: int) -> list[bytes]:
    """Return `count` changed exports, all different from the original."""
    choices, changed = random.Random(seed), list[bytes]()
    while len(changed) < count:
        one = change(original, choices)
        if one != original:
            changed.append(one)
    return changed


@pytest.mark.long
def test_none_of_100000_random_mutations_of_an_export_is_accepted():
    assert check(SMALL).verdict is Verdict.VALID
    assert accepted_mutations(SMALL, seed=1, count=RAW_MUTATIONS) == []


def test_both_verifiers_refuse_the_same_mutations():
    assert second_verdict(SMALL) is Verdict.VALID
    changed = tried(COMPARED_RAW, SMALL, raw_mutation, 2) + tried(COMPARED_RAW // 10, SMALL, member_mutation, 3)
    assert [place for place, data in enumerate(changed) if second_verdict(data) is not Verdict.INVALID] == []


def changed_inside(original: bytes, choices: random.Random) -> bytes:
    """Return an export whose manifest and signature fit again after something in its evidence was changed.

    What somebody with the exporter's key can do, and all they can do: the reports are theirs to write.
    """
    members = members_of(original)
    name = choices.choice([name for name in members if not name.startswith(("manifest", "report", "verify"))])
    changed = mutate(members[name], choices) if name == EVENTS else raw_mutation(members[name], choices)
    if choices.randrange(8) == 0 and name not in (EVENTS, "keys/organisation.key"):
        del members[name]
    elif changed != members[name]:
        members[name] = changed
    else:
        return original
    return repacked(members, sign=choices.randrange(4) > 0)


def test_both_verifiers_agree_about_evidence_that_was_changed_and_packed_again():
    choices, done = random.Random(4), 0
    different, accepted = [], []
    while done < COMPARED_DEEP:
        changed = changed_inside(SMALL, choices)
        if changed == SMALL:
            continue
        done += 1
        first, second = check(changed).verdict, second_verdict(changed)
        if first is not second:
            different.append((done, first, second))
        if first is Verdict.VALID and members_of(changed).keys() >= members_of(SMALL).keys():
            accepted.append(done)
    assert different == []
    assert accepted == []


def test_no_flipped_bit_of_a_proof_is_accepted_by_either_verifier():
    log = OrganisationLog(post_quantum=False)
    places = [log.add(leaf) for leaf in batches(smallest_session().filed())]
    proof = log.prove(places[1])
    trusted = trusted_log(log.certificate, ROOT_ID)
    other = second_verifier().Log(log.certificate, public_bytes(ROOT_KEY))
    assert trusted.verify(proof).witnessed
    assert other.verify_proof(proof)["point"]["enough"]
    accepted = []
    for place in range(len(proof) * 8):
        changed = bytearray(proof)
        changed[place // 8] ^= 1 << place % 8
        try:
            trusted.verify(bytes(changed))
            accepted.append(("first", place))
        except PeerError:
            pass
        try:
            other.verify_proof(bytes(changed))
            accepted.append(("second", place))
        except second_verifier().FAULTS:
            pass
    assert len(proof) * 8 > 781
    assert accepted == []
