"""Whatever the customer's program can find out about a deceiver is said in red, and everyday trouble is not."""

import pytest

from customer_client.session.distrust import shown_problem
from customer_client.session.state import Page
from protocol.errors import EnvironmentFault, PeerError


@pytest.mark.parametrize(
    "code",
    [
        "organisation_mismatch",
        "relay_unproven",
        "relay_elsewhere",
        "relay_proof_expired",
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
