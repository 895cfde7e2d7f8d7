"""Everybody who is in a session beside its first technician: invited, joined, sent away, put in charge. Network thread.

Each technician has a session of their own: connection, permissions, picture and record. This module holds them
together: one of them is in charge (may invite, has every tool), one at a time has mouse and keyboard.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from dataclasses import replace

from customer_client.languages import _
from customer_client.session.colleagues_invited import WITHDRAWN, InvitationDesk
from customer_client.session.colleagues_seat import Premises, Seat
from customer_client.session.colleagues_visit import ColleagueVisit
from customer_client.session.company import ColleagueWish
from customer_client.session.live import LiveSession
from customer_client.session.state import PersonHere
from protocol.audit.events import EventType
from protocol.consent import Standing
from protocol.errors import PeerError
from protocol.messages.colleague import (
    ColleagueAwaited,
    ColleagueInvited,
    ColleagueJoined,
    ColleagueLeft,
    ColleaguePurpose,
    ColleagueWithdrawn,
    SessionTaken,
)
from protocol.messages.consent import Capability
from protocol.transport.record_keeper import unless_over
from protocol.transport.session_link import Ending, Reason
from protocol.transport.tasks import create_task

ENDS_FOR_ALL = {
    Reason.STOPPED_BY_CUSTOMER: Reason.STOPPED_BY_CUSTOMER,
    Reason.ENDED_BY_TECHNICIAN: Reason.ENDED_BY_COLLEAGUE,
    Reason.LOCAL_FAULT: Reason.LOCAL_FAULT,
}
"""When the session in charge ends so, the others end, too (with this reason); otherwise one of them takes over."""

_log = logging.getLogger(__name__)


class Colleagues:
    """Implements `company.Company` and `colleagues_visit.Host`.

    `begin` names the first session; `after` says how the last one ended.
    """

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._seats: list[Seat] = []
        self._visits: dict[int, ColleagueVisit] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._in_charge: Seat | None = None
        self._controls: LiveSession | None = None
        self._closed = False
        self._invitations = InvitationDesk(premises, self._who_is_here)
        self.came: list[Seat] = []
        """Every colleague who has joined, in the order they came, and whether or not they are still here."""

    def begin(self, seat: Seat) -> None:
        """The first technician's session begins; they are in charge."""
        self._seats.append(seat)
        self._in_charge = seat

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Everybody who is connected, in the order they came."""
        return tuple(self._seats)

    # --- what LiveSession asks

    async def arrived(self, live: LiveSession, message: ColleagueWish) -> None:
        """Take what the technician of `live` wants with a colleague.

        Raises:
            PeerError: they are not in charge, or it is not what is recorded (`not_allowed`).
        """
        self.require_charge(live)
        host = self._seat_of(live)
        if host is None:
            raise PeerError("a colleague before the session", code="not_allowed")
        match message:
            case ColleagueInvited():
                self._invitations.invited(host, message)
            case ColleagueAwaited():
                self._await(host, message)
            case ColleagueWithdrawn(number=number):
                self._invitations.withdrawn(host, number)
                if (visit := self._visits.get(number)) is not None and visit.invited.host is host:
                    visit.give_up(WITHDRAWN)

    def require_charge(self, live: LiveSession) -> None:
        """Do nothing when the technician of `live` is in charge.

        Raises:
            PeerError: they are not (`not_allowed`).
        """
        seat = self._seat_of(live)
        if seat is not None and seat is not self._in_charge:
            raise PeerError("not in charge of the session", code="not_allowed")

    def barred(self, live: LiveSession, capability: Capability) -> str:
        """Return why `live` cannot have `capability` now, as a short code; empty when nothing is in the way.

        Mouse and keyboard belong to one session at a time: whoever asks first, until it has ended there.
        """
        seat = self._seat_of(live)
        leads = seat is None or seat is self._in_charge
        if capability is Capability.CONTROL:
            if seat is not None and not leads and seat.purpose is ColleaguePurpose.VIEW:
                return "view_only"
            return "" if self._take_hands(live) else "held_by_colleague"
        return "" if leads or capability is Capability.SEE else "not_in_charge"

    # --- what the customer presses

    async def remove(self, session: str) -> None:
        """Send one technician away; the others stay. Their picture and input stop before anybody is told."""
        seat = next((seat for seat in self._seats if seat.session == session), None)
        if seat is not None and len(self._seats) > 1:
            seat.desktop.block()
            seat.desktop.pause()
            await seat.link.end(Reason.REMOVED)

    async def pause(self) -> None:
        """Pause sharing with everybody; a session that is only beginning begins so."""
        for seat in self._seats:
            seat.desktop.pause()
            seat.live.permissions.pause(True)
        await _all(seat.live.pause() for seat in self._seats if seat.opened)

    async def resume(self) -> None:
        """Go on with everybody."""
        for seat in self._seats:
            if not seat.opened:
                seat.live.permissions.pause(False)
        await _all(seat.live.resume() for seat in self._seats if seat.opened)

    def block(self) -> None:
        """Capture and apply nothing for anybody, from any thread."""
        for seat in tuple(self._seats):
            seat.desktop.block()

    def cut(self) -> None:
        """Let nothing more happen for anybody, from any thread."""
        for seat in tuple(self._seats):
            seat.live.permissions.cut(Capability.SEE)

    def local_input_noticed(self, live: LiveSession) -> None:
        """The customer's own mouse or keyboard moved, as the computer tells it to one session."""
        if self._seat_of(live) is not None:
            live.local_input_noticed()

    def asking_changed(self, asking: bool) -> None:
        """A question is on the screen (true), or gone: no technician must answer it."""
        for seat in tuple(self._seats):
            if seat.desktop.input is not None:
                seat.desktop.input.asking_changed(asking)

    async def stop(self) -> None:
        """End everybody's session."""
        self._closed = True
        await self._end_others(Reason.STOPPED_BY_CUSTOMER)

    # --- the end of the session in charge

    async def after(self, ending: Ending) -> Ending:
        """Return how it ended once the last technician is gone; `ending` is how the session in charge did.

        A colleague who is there takes over, unless it ended for everybody.
        """
        gone, self._in_charge = self._in_charge, None
        if gone is not None:
            self._invitations.withdraw(gone)
        if gone is not None and gone in self._seats:
            self._seats.remove(gone)
        while not self._closed and ending.reason not in ENDS_FOR_ALL and self._seats:
            seat = self._successor(gone)
            await self._put_in_charge(seat, gone)
            ending = await seat.ended
            gone = seat
        self._closed = True
        await self._end_others(ENDS_FOR_ALL.get(ending.reason, Reason.ENDED_BY_COLLEAGUE))
        return ending

    def people(self) -> tuple[PersonHere, ...]:
        """Return everybody who is here, for the bar; nobody while there is only one."""
        if len(self._seats) < 2:
            return ()
        return tuple(
            PersonHere(
                session=seat.session,
                name=seat.technician.name,
                organisation=seat.technician.organisation,
                may=frozenset(seat.live.permissions.granted()),
                in_charge=seat is self._in_charge,
                unheard=seat.live.unheard,
            )
            for seat in self._seats
        )

    def show_people(self) -> None:
        """Bring the list on the bar up to date, and whether anybody at all can be seen by."""
        bar, people = self._premises.view.state.bar, self.people()
        if bar is None or not self._seats:
            return
        unheard = all(seat.live.unheard for seat in self._seats)
        if (bar.people, bar.unheard) != (people, unheard):
            self._premises.view.update(bar=replace(bar, people=people, unheard=unheard))

    def name_among(self, live: LiveSession) -> str:
        """Return the name of the technician of `live` while several are here."""
        seat = self._seat_of(live)
        return seat.technician.name if seat is not None and len(self._seats) > 1 else ""

    def leads(self, live: LiveSession) -> bool:
        """Return whether the technician of `live` is in charge."""
        return self._in_charge is None or self._in_charge.live is live

    def everybody(self, live: LiveSession) -> tuple[LiveSession, ...]:
        """Return the sessions of all who are here; one that is only beginning follows the others by itself."""
        return tuple(seat.live for seat in self._seats if seat.opened or seat.live is live) or (live,)

    async def opened(self, live: LiveSession) -> None:
        """The record of `live` has begun: it rests when the others do."""
        seat = self._seat_of(live)
        if seat is None:
            return
        seat.opened = True
        first = self._in_charge or seat
        money = first.live.protection.money
        if money is not None and first is not seat:
            live.protection.stop_for(money)
        elif first.live.permissions.paused or live.permissions.paused:
            await live.pause()

    # --- inside

    def _seat_of(self, live: LiveSession) -> Seat | None:
        return next((seat for seat in self._seats if seat.live is live), None)

    def _who_is_here(self) -> tuple[str, ...]:
        waiting = [visit.invited.certificate.technician_id for visit in self._visits.values()]
        return (*(seat.technician.certificate.technician_id for seat in self._seats), *waiting)

    def _take_hands(self, live: LiveSession) -> bool:
        holder = self._controls
        here = any(seat.live is holder for seat in self._seats)
        if holder is not None and here and holder.permissions.standing(Capability.CONTROL) is not Standing.DENIED:
            return holder is live
        self._controls = live
        return True

    def _await(self, host: Seat, message: ColleagueAwaited) -> None:
        """Wait for the colleague in the mailbox the relay opened for them."""
        invited = self._invitations.take(host, message.number)
        visit = self._visits[message.number] = ColleagueVisit(
            self._premises, self, invited, session=message.session, route=message.route
        )
        task = create_task(self._serve(visit), name="a colleague's session")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _serve(self, visit: ColleagueVisit) -> None:
        reason = "connection_lost"
        try:
            reason = await visit.run()
        finally:
            self._visits = {number: each for number, each in self._visits.items() if each is not visit}
            create_task(unless_over(self._left(visit, reason)), name="record that a colleague left")

    async def joined(self, visit: ColleagueVisit, seat: Seat) -> None:
        """The colleague's connection has verified: record it and say so, before anything is shared.

        Raises:
            PeerError: nobody waits for a colleague any more (`not_allowed`).
        """
        if self._closed or visit.invited.host not in self._seats:
            raise PeerError("the session that was joined is over", code="not_allowed")
        invited = visit.invited
        body = {**invited.named, "session": seat.session}
        written = await invited.host.keeper.write(EventType.COLLEAGUE_JOINED, body, answers=invited.number)
        visit.recorded = True
        invited.host.link.send(ColleagueJoined(invited.number, seat.session, written))
        if invited.host.live.permissions.paused:
            seat.live.permissions.pause(True)
        self._seats.append(seat)
        self.came.append(seat)
        self.show_people()

    def left(self, seat: Seat) -> None:
        """The session of `seat` is over: it holds nothing any more."""
        if seat in self._seats:
            self._seats.remove(seat)
        self.show_people()

    async def _left(self, visit: ColleagueVisit, reason: str) -> None:
        host, invited = visit.invited.host, visit.invited
        body: dict[str, object] = {**invited.named, "reason": reason}
        if visit.recorded:
            body["session"] = visit.session
        if host in self._seats:
            written = await host.keeper.write(EventType.COLLEAGUE_LEFT, body, answers=invited.number)
            host.link.send(ColleagueLeft(invited.number, reason, written))

    def _successor(self, gone: Seat | None) -> Seat:
        """Return who takes over: the one the session was handed to, else who has been here longest."""
        named = gone.handed_to() if gone is not None else ""
        return next((seat for seat in self._seats if seat.session == named), self._seats[0])

    async def _put_in_charge(self, seat: Seat, before: Seat | None) -> None:
        self._in_charge = seat
        seat.desktop.open_hands()
        self._premises.promoted(seat)
        if seat.view is not None:
            seat.view.take_charge(self._premises.view)
            seat.view.say(_("{name} goes on with you now.").format(name=seat.technician.name))
        self.show_people()
        _log.info("another technician is in charge now")
        if before is not None:
            create_task(unless_over(_tell_taken(seat, before)), name="record who is in charge")

    async def _end_others(self, reason: Reason) -> None:
        others = [seat for seat in self._seats if seat is not self._in_charge]
        for seat in others:
            seat.desktop.pause()
        for visit in tuple(self._visits.values()):
            visit.give_up()
        await _all(seat.link.end(reason) for seat in others)
        if self._running:
            await asyncio.wait(self._running)


async def _tell_taken(seat: Seat, before: Seat) -> None:
    written = await seat.keeper.write(EventType.SESSION_TAKEN, {"session": before.session})
    seat.link.send(SessionTaken(written))


async def _all(works: Iterable[Awaitable[object]]) -> None:
    """Run all of them; the first failure is raised when all are done."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
