"""What the last page says about colleagues, and what the receipt keeps of their sessions. Network thread."""

from collections.abc import Iterable

from customer_client.session.colleagues_seat import Seat
from customer_client.session.ending import what_a_colleague_did
from customer_client.session.receipt import Attended
from customer_client.session.session_account import what_it_was_like


def what_colleagues_did(came: Iterable[Seat]) -> tuple[str, ...]:
    """Return the lines of the last page about everybody who joined, one after the other."""
    lines: list[str] = []
    for seat in came:
        events = seat.keeper.record.own_events
        lines += what_a_colleague_did(seat.technician, events, sealed_by_both=_sealed(seat))
        lines += what_it_was_like(events, name=seat.technician.name)
    return tuple(lines)


def attended(came: Iterable[Seat]) -> tuple[Attended, ...]:
    """Return what the receipt keeps of their sessions."""
    return tuple(Attended(seat.technician, seat.keeper) for seat in came)


def _sealed(seat: Seat) -> bool:
    return seat.ended.done() and not seat.ended.cancelled() and seat.ended.result().sealed_by_both
