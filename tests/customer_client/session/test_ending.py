"""The end page says in plain words what was allowed and what was exchanged, and takes it from the record."""

import pytest

from customer_client.session.ending import ENDINGS, what_was_done
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.session_account import what_it_was_like
from protocol.audit.events import EventType
from protocol.messages.consent import Capability
from protocol.messages.pairing import Introduction
from protocol.pairing.certificates import read_certificate
from protocol.transport.session_link import Ending, Reason
from tests.support.recorded_session import CERTIFICATE, SESSION, TICKET, TwoParties

TECHNICIAN = VerifiedTechnician(
    read_certificate(CERTIFICATE),
    CERTIFICATE,
    Introduction(CERTIFICATE, bytes(32), bytes(64), SESSION, TICKET, "Printer", "Have a look", (Capability.SEE,)),
)
WHO = "Jane Doe of Example Ltd"
STOPPED = Ending(Reason.STOPPED_BY_CUSTOMER, sealed_by_both=True)
PUSHED = {"bytes": 5, "sha256": "ab" * 32}


@pytest.fixture
def parties() -> TwoParties:
    begun = TwoParties()
    begun.open()
    return begun


def said(parties: TwoParties, ending: Ending = STOPPED) -> tuple[str, ...]:
    return what_was_done(ending, TECHNICIAN, parties.records["C"].own_events)


def test_only_what_was_allowed_is_named(parties: TwoParties) -> None:
    assert said(parties)[0] == f"{WHO} could not see your screen."
    parties.ask_and_grant("see")
    assert said(parties)[0] == f"{WHO} could see your screen."
    assert not any("allowed" in line for line in said(parties))
    parties.ask_and_grant("voice")
    assert said(parties)[1] == "You also allowed them to talk with you."


def test_everything_allowed_is_named_in_one_sentence_though_it_was_taken_back(parties: TwoParties) -> None:
    for capability in ("see", "control", "chat", "point"):
        parties.ask_and_grant(capability)
    parties.write("C", EventType.CONSENT_REVOKE, {"capability": "control", "reason": "taken_back"})
    sentence = "You also allowed them to point at your screen, use your mouse and keyboard and write to you."
    assert said(parties)[1] == sentence


@pytest.mark.parametrize("capability", [one for one in Capability if one is not Capability.SEE])
def test_every_permission_has_its_words(parties: TwoParties, capability: Capability) -> None:
    before = said(parties)
    parties.ask_and_grant("see")
    parties.ask_and_grant(capability.value)
    assert len(said(parties)) == len(before) + 1


def test_what_left_or_reached_this_computer_is_counted(parties: TwoParties) -> None:
    parties.ask_and_grant("see")
    parties.write("C", EventType.CLIPBOARD_SENT, PUSHED)
    for _ in range(2):
        parties.write("T", EventType.CLIPBOARD_SENT, PUSHED)
        parties.deliver()
        newest = parties.records["C"].count("T") - 1
        parties.write("C", EventType.CLIPBOARD_RECEIVED, PUSHED, answers=newest)
    assert said(parties)[1:3] == ("You sent text from your clipboard.", "They gave you text to paste 2 times.")


def test_a_record_the_other_side_did_not_sign_is_called_so(parties: TwoParties) -> None:
    assert said(parties)[-2:] == (
        f"It was about ticket {TICKET}.",
        "Both sides have signed the record of this session.",
    )
    lost = Ending(Reason.CONNECTION_LOST, sealed_by_both=False)
    assert said(parties, lost)[-1] == "The other side did not sign the record; yours says so."


def test_every_reason_to_end_has_its_sentence() -> None:
    assert set(ENDINGS) == set(Reason)


FILE = {"name": "plan.pdf", "size_bytes": 8 * 1024 * 1024, "sha256": "cd" * 32}


def send_a_file(parties: TwoParties) -> None:
    """The customer's file is taken, and its first byte is about to leave."""
    parties.write("C", EventType.FILE_OFFERED, FILE)
    parties.deliver()
    parties.write("T", EventType.FILE_ACCEPTED, FILE, answers=parties.records["T"].count("C") - 1)
    parties.deliver()
    parties.write("C", EventType.FILE_SENT, FILE, answers=parties.records["C"].count("T") - 1)


def about_files(parties: TwoParties) -> list[str]:
    return [line for line in what_it_was_like(parties.records["C"].own_events) if line.startswith("Files")]


def test_a_file_that_was_given_up_is_not_counted_as_sent_and_says_how_far_it_came(parties: TwoParties) -> None:
    parties.ask_and_grant("see")
    send_a_file(parties)
    parties.write("C", EventType.FILE_CANCELLED, FILE | {"moved_bytes": 2 * 1024 * 1024, "reason": "cancelled"})
    assert not any("You sent" in line for line in said(parties))
    broken = "Files you did not send to the end: plan.pdf (cancelled after 2 of 8 MB)."
    assert about_files(parties) == [broken]
    send_a_file(parties)
    assert "You sent one file." in said(parties)
    assert about_files(parties) == ["Files you sent: plan.pdf (8.0 MB).", broken]
