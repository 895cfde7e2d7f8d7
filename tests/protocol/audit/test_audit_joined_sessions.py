"""Records that name each other: nobody joins unasked, and two records that belong together must agree."""

import dataclasses

import pytest

from protocol.audit.events import EventType
from protocol.audit.findings import Verdict
from protocol.audit.joined_sessions import check_together, joined_sessions, joins, ties_of
from protocol.audit.proven_events import ProvenEvent, ProvenLane
from protocol.audit.verify import Verification
from tests.support.forged_session import Forger
from tests.support.recorded_session import OPENINGS, SESSION

COLLEAGUE = {"certificate_sha256": "c" * 64}
THEIRS = "d" * 32


def with_colleague(*, allowed: bool = True, session: str = THEIRS) -> Verification:
    forger = Forger().open()
    forger.add("T", EventType.COLLEAGUE_INVITED, {**COLLEAGUE, "purpose": "view"})
    if allowed:
        forger.add("C", EventType.COLLEAGUE_ALLOWED, COLLEAGUE, req=1)
    forger.add("C", EventType.COLLEAGUE_JOINED, {**COLLEAGUE, "session": session}, req=1)
    forger.add("C", EventType.COLLEAGUE_LEFT, {**COLLEAGUE, "session": session, "reason": "left"}, req=1)
    return forger.seal().verify()


def colleagues(**changes: object) -> dict[str, ProvenLane]:
    """Return the lanes of a colleague's record that says in its opening what `changes` say."""
    opened = Forger().open().verify().lanes["C"].events[0]
    body = {**OPENINGS["C"], **COLLEAGUE, "joins": SESSION, **changes}
    lane = ProvenLane("C", {0: dataclasses.replace(opened, body=body)})
    return {"C": lane, "T": ProvenLane("T")}


def test_a_record_names_who_joined_and_whether_they_left() -> None:
    found = with_colleague()
    assert found.verdict is Verdict.VALID, found.findings
    (joined,) = joined_sessions(found.lanes)
    assert (joined.session, joined.certificate_sha256, joined.left) == (THEIRS, "c" * 64, True)
    assert joins(found.lanes) == ""
    assert any("allowed a colleague to join" in entry.text for entry in found.timeline)


def test_a_colleague_who_was_not_allowed_makes_the_record_invalid() -> None:
    found = with_colleague(allowed=False)
    assert found.verdict is Verdict.INVALID
    assert found.first_bad is not None
    assert found.first_bad.code == "without_consent"


def test_an_answer_about_another_colleague_than_the_invitation_is_noticed() -> None:
    forger = Forger().open()
    forger.add("T", EventType.COLLEAGUE_INVITED, {**COLLEAGUE, "purpose": "view"})
    forger.add("C", EventType.COLLEAGUE_ALLOWED, {"certificate_sha256": "e" * 64}, req=1)
    found = forger.seal().verify()
    assert found.first_bad is not None
    assert found.first_bad.code == "answer_wrong"


def together(found: Verification, joining: dict[str, ProvenLane]) -> list[str]:
    return [each.code for each in check_together([ties_of(SESSION, found.lanes), ties_of(THEIRS, joining)])]


def test_records_that_belong_together_agree() -> None:
    assert together(with_colleague(), colleagues()) == []
    assert check_together([ties_of(THEIRS, colleagues())]) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"joins": "e" * 32}, "joins_differs"),
        ({"certificate_sha256": "e" * 64}, "colleague_differs"),
        ({"customer_key": "e" * 64}, "customer_differs"),
        ({"ticket": "DS-2020-000009"}, "ticket_differs"),
    ],
)
def test_records_that_tell_different_stories_are_found_out(changes: dict[str, object], code: str) -> None:
    assert together(with_colleague(), colleagues(**changes)) == [code]


def test_a_record_nobody_was_named_in_does_not_belong_to_it() -> None:
    assert together(with_colleague(session="f" * 32), colleagues()) == ["not_joined"]


def test_withheld_details_are_not_held_against_anybody() -> None:
    lanes = with_colleague().lanes
    bare = {
        name: ProvenLane(name, {seq: _withheld(proven) for seq, proven in lane.events.items()})
        for name, lane in lanes.items()
    }
    assert joined_sessions(bare) == ()
    theirs = {"C": ProvenLane("C", {0: _withheld(colleagues()["C"].events[0])}), "T": ProvenLane("T")}
    assert together(with_colleague(), theirs) == []
    assert check_together([ties_of(SESSION, bare), ties_of(THEIRS, colleagues())]) == ()


def _withheld(proven: ProvenEvent) -> ProvenEvent:
    return dataclasses.replace(proven, body=None)
