import pytest

from protocol.errors import PeerError
from relay.accounts.people import Person, Role
from relay.accounts.permissions import TABLE, Action, check_may, check_may_with


def person(role: Role) -> Person:
    return Person("1", "somebody", "Somebody", role)


def test_every_action_stands_in_the_table() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize("role", list(Role))
def test_what_names_no_action_is_refused_to_everybody(role: Role) -> None:
    for somebody in (person(role), None):
        with pytest.raises(PeerError) as caught:
            check_may(somebody, None)
        assert caught.value.code == "permission_denied"


def test_auditors_change_nothing_but_signatures_and_notes_of_exports() -> None:
    changing = {Action.SIGN_SESSION, Action.NOTE_EXPORT}
    reading = {action for action in Action if action.value.startswith(("read_", "know_", "search_", "review_"))}
    own_device = {Action.ENROL_DEVICE}
    open_to_all = {Action.WITHOUT_SIGNING_IN, Action.WITH_A_SESSION_TOKEN}
    may = {action for action in Action if Role.AUDITOR in TABLE[action]}
    assert may <= changing | reading | own_device | open_to_all


def test_administrators_read_no_body() -> None:
    for action in (Action.REVIEW_SESSION, Action.READ_RECORDING, Action.READ_ATTACHMENTS):
        assert Role.ADMINISTRATOR not in TABLE[action]


def test_a_technician_reviews_own_sessions_only_and_a_lead_everybodys() -> None:
    check_may_with(person(Role.TECHNICIAN), Action.REVIEW_SESSION, "1")
    check_may_with(person(Role.LEAD), Action.REVIEW_SESSION, "2")
    with pytest.raises(PeerError):
        check_may_with(person(Role.TECHNICIAN), Action.REVIEW_SESSION, "2")
