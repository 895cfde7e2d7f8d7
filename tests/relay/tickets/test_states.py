import itertools

import pytest

from protocol.errors import PeerError
from protocol.messages.relay_api import TicketState
from relay.tickets.states import check_change, check_takes_additions, check_takes_sessions

NEW, OPEN, PENDING, SOLVED, CLOSED = TicketState
ALLOWED = {
    (NEW, OPEN),
    (NEW, PENDING),
    (NEW, SOLVED),
    (NEW, CLOSED),
    (OPEN, PENDING),
    (OPEN, SOLVED),
    (OPEN, CLOSED),
    (PENDING, OPEN),
    (PENDING, SOLVED),
    (PENDING, CLOSED),
    (SOLVED, OPEN),
    (SOLVED, CLOSED),
}


@pytest.mark.parametrize(("current", "wanted"), list(itertools.product(TicketState, repeat=2)))
def test_every_pair_of_states_is_decided(current: TicketState, wanted: TicketState) -> None:
    if current is wanted:
        assert not check_change(current, wanted)
    elif (current, wanted) in ALLOWED:
        assert check_change(current, wanted)
    else:
        with pytest.raises(PeerError) as caught:
            check_change(current, wanted)
        assert caught.value.code == ("ticket_closed" if current is CLOSED else "invalid_request")


def test_sessions_need_a_ticket_that_is_being_worked_on() -> None:
    for state in (NEW, OPEN, PENDING):
        check_takes_sessions(state)
    for state in (SOLVED, CLOSED):
        with pytest.raises(PeerError) as caught:
            check_takes_sessions(state)
        assert caught.value.code == "ticket_closed"


def test_only_closed_tickets_take_no_additions() -> None:
    for state in (NEW, OPEN, PENDING, SOLVED):
        check_takes_additions(state)
    with pytest.raises(PeerError):
        check_takes_additions(CLOSED)
