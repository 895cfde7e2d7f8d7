"""Clipboard and chat in the record: judged where they are enforced, named by hash, never by their words."""

import pytest

from protocol.audit.events import EventType
from protocol.audit.findings import Verdict
from protocol.audit.verify import verify_record
from tests.support.forged_session import Forger, codes
from tests.support.recorded_session import TwoParties

TEXT = {"bytes": 4, "sha256": "ab" * 32}


@pytest.mark.parametrize(("sender", "capability"), [("C", "clipboard_to_technician"), ("T", "clipboard_to_customer")])
def test_a_push_under_a_live_grant_is_valid(sender: str, capability: str) -> None:
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant(capability)
    seq = pushed(parties, sender)
    parties.write("T" if sender == "C" else "C", EventType.CLIPBOARD_RECEIVED, TEXT, answers=seq)
    parties.deliver()
    parties.end_and_seal()
    found = verify_record(parties.file())
    assert found.verdict is Verdict.VALID, found.findings


def pushed(parties: TwoParties, sender: str) -> int:
    """Let `sender` record a push and the other side see it; return the event's seq."""
    parties.write(sender, EventType.CLIPBOARD_SENT, TEXT)
    parties.deliver()
    held = [each for each in parties.filed() if each.lane == sender]
    return len(held) - 1


@pytest.mark.parametrize("granted", ["", "clipboard_to_customer", "control"])
def test_text_that_left_the_customer_without_its_own_grant_is_a_contradiction(granted: str) -> None:
    forger = Forger().open()
    if granted:
        forger.grant(granted)
    forger.add("C", EventType.CLIPBOARD_SENT, TEXT)
    assert codes(forger.seal().verify()) == {"without_consent"}


def test_a_push_of_the_technician_that_crossed_the_revocation_is_nobodys_lie() -> None:
    forger = Forger().open().grant("clipboard_to_customer")
    forger.add("C", EventType.CONSENT_REVOKE, {"capability": "clipboard_to_customer"})
    forger.add("T", EventType.CLIPBOARD_SENT, TEXT)
    assert codes(forger.seal().verify()) == set()


def test_text_that_was_taken_in_after_the_revocation_is_a_contradiction() -> None:
    forger = Forger().open().grant("clipboard_to_customer")
    forger.add("T", EventType.CLIPBOARD_SENT, TEXT)
    forger.add("C", EventType.CONSENT_REVOKE, {"capability": "clipboard_to_customer"})
    forger.add("C", EventType.CLIPBOARD_RECEIVED, TEXT, req=len(forger.filed["T"]) - 1)
    assert "without_consent" in codes(forger.seal().verify())


@pytest.mark.parametrize("type", [EventType.CLIPBOARD_SENT, EventType.CHAT_SENT])
@pytest.mark.parametrize("body", [{}, {"bytes": 4}, {"bytes": -1, "sha256": "ab" * 32}, {"bytes": 4, "sha256": "text"}])
def test_a_text_that_is_not_named_by_length_and_hash_is_invalid(type: EventType, body: dict[str, object]) -> None:
    forger = Forger().open().grant("clipboard_to_technician")
    forger.add("C", type, body)
    assert "body_invalid" in codes(forger.seal().verify())


def test_the_conversation_needs_no_grant_in_the_record_and_only_the_technician_attaches_it() -> None:
    forger = Forger().open()
    for lane in "CT":
        forger.add(lane, EventType.CHAT_SENT, TEXT | {"id": 1, "before_the_session": True})
    forger.add("T", EventType.CHAT_ATTACHED, {"messages": 2, "sha256": "ab" * 32})
    found = forger.seal().verify()
    assert (found.verdict, codes(found)) == (Verdict.VALID, set())
