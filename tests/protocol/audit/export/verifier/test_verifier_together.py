"""An export of a session and of the one in which a colleague joined it: both verifiers compare what each says."""

import pytest

from protocol.audit.events import EventType
from protocol.audit.export.verify_bundle import BundleVerification
from protocol.audit.export.writing import BundledSession, bundle_bytes
from protocol.audit.findings import Verdict
from tests.support.exported_session import CREATED_MS, JANE, check
from tests.support.forged_session import Forger
from tests.support.recorded_session import KEYS, OPENING, SESSION, private_key
from tests.support.second_verifier import second_findings, second_verdict

THEIRS = "d" * 32
COLLEAGUE = {"certificate_sha256": OPENING["certificate_sha256"]}
SOMEBODY_ELSE = {"certificate_sha256": "c" * 64}


def inviting(*, allowed: bool = True, colleague: dict[str, str] = COLLEAGUE, session: str = THEIRS) -> Forger:
    """The session that was joined, not sealed yet."""
    forger = Forger().open()
    forger.add("T", EventType.COLLEAGUE_INVITED, {**colleague, "purpose": "view"})
    if allowed:
        forger.add("C", EventType.COLLEAGUE_ALLOWED, colleague, req=1)
    forger.add("C", EventType.COLLEAGUE_JOINED, {**colleague, "session": session}, req=1)
    return forger


def joining(*, customer: int = 2, **about: str) -> Forger:
    """The colleague's own session; key 2 is the customer's."""
    assert KEYS["C"].private_bytes_raw() == private_key(2).private_bytes_raw()
    return Forger(THEIRS, private_key(customer), {"joins": SESSION, **about}).open().seal()


def both(*records: bytes) -> BundleVerification:
    """What the first verifier finds in an export of these, after the second one has found as much."""
    data = bundle_bytes([BundledSession(record) for record in records], exporter=JANE, created_ms=CREATED_MS)
    found = check(data)
    assert second_verdict(data) is found.verdict
    wrong = {text for kind, text, _ in second_findings(data).rows if kind == "wrong"}
    assert wrong == {item.text for item in found.findings if item.severity.value == "contradiction"}
    return found


def test_records_that_belong_together_agree_in_both_verifiers() -> None:
    assert both(inviting().seal().record(), joining().record()).verdict is Verdict.UNWITNESSED
    assert both(inviting().seal().record()).verdict is Verdict.UNWITNESSED
    assert both(joining().record()).verdict is Verdict.UNWITNESSED


@pytest.mark.parametrize(
    ("first", "theirs", "code"),
    [
        (inviting(), joining(joins="e" * 32), "joins_differs"),
        (inviting(session="f" * 32), joining(), "not_joined"),
        (inviting(colleague=SOMEBODY_ELSE), joining(), "colleague_differs"),
        (inviting(), joining(customer=9), "customer_differs"),
        (inviting(), joining(ticket="DS-2020-000009"), "ticket_differs"),
        (inviting(allowed=False), joining(), "without_consent"),
    ],
)
def test_an_export_whose_records_tell_different_stories_is_invalid_in_both(
    first: Forger, theirs: Forger, code: str
) -> None:
    found = both(first.seal().record(), theirs.record())
    assert found.verdict is Verdict.INVALID
    assert code in {item.code for item in found.findings}


@pytest.mark.parametrize("withheld", [{EventType.COLLEAGUE_JOINED}, set(EventType)])
def test_a_name_that_is_withheld_is_a_gap_and_no_lie(withheld: set[EventType]) -> None:
    assert both(inviting().seal().record(withheld), joining().record()).verdict is Verdict.INCOMPLETE


def test_a_record_that_breaks_off_before_the_colleague_joined_is_a_gap_and_no_lie() -> None:
    broken = Forger().open()
    assert both(broken.record(), joining().record()).verdict is Verdict.INCOMPLETE
    assert both(broken.seal().record(), joining().record()).verdict is Verdict.INVALID


def test_who_joined_after_a_gap_may_have_been_allowed_in_it() -> None:
    forger = inviting(allowed=False)
    del forger.filed["C"][0]
    assert "without_consent" not in {item.code for item in both(forger.record()).findings}
