"""Whatever the customer's program can find out about a deceiver is said in red, and everyday trouble is not."""

import pytest

from customer_client.session.distrust import check_organisation, shown_problem
from customer_client.session.state import Page
from customer_client.trust import Trust
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.signaling import MailboxClaimed

TRUST = Trust("https://support.example.org", b"o" * 32)
TOKEN = "t" * 32


def claimed(organisation: bytes) -> MailboxClaimed:
    return MailboxClaimed(b"m" * 32, TOKEN, "s" * 32, peer_present=False, organisation=organisation)


@pytest.mark.parametrize(
    "code",
    [
        "organisation_mismatch",
        "relay_untrusted",
        "certificate_untrusted",
        "certificate_malformed",
        "certificate_expired",
        "identity_mismatch",
        "signature_invalid",
        "session_mismatch",
        "binding_failed",
        "media_untrusted",
        "confirmation_invalid",
        "share_invalid",
        "sealed_record_rejected",
    ],
)
def test_each_sign_of_a_deceiver_has_its_words_in_red_and_no_pin_is_left_on_the_page(code: str) -> None:
    shown = shown_problem(PeerError(code, code=code))
    assert shown["page"] is Page.PROBLEM
    assert shown["alarm"].heading
    assert "Nothing was shared" in shown["alarm"].text
    assert (shown["pin"], shown["question"], shown["bar"]) == ("", None, None)


@pytest.mark.parametrize("code", ["relay_unreachable", "route_not_open", "no_path", "wrong_pin", "pin_expired"])
def test_everyday_trouble_frightens_nobody(code: str) -> None:
    assert shown_problem(EnvironmentFault(code, code=code))["alarm"] is None


def test_only_another_organisation_is_refused() -> None:
    check_organisation(claimed(TRUST.root_id), TRUST)
    check_organisation(claimed(b""), TRUST)
    with pytest.raises(PeerError) as raised:
        check_organisation(claimed(b"x" * 32), TRUST)
    assert raised.value.code == "organisation_mismatch"
