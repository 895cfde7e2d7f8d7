"""One colleague's session, from the mailbox they were invited to, to its end. Network thread.

The invitation opens one session once: when the colleague has proved to hold it, there is no second attempt.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from typing import Any, Protocol

from customer_client.session.chat import CustomerChat
from customer_client.session.colleagues_invited import Invited
from customer_client.session.colleagues_seat import ColleagueView, Premises, Seat
from customer_client.session.company import Company
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.live import LiveSession
from customer_client.session.opening import Opening, open_record
from customer_client.session.state import Answer
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.colleague import ColleaguePurpose, decode_joining
from protocol.messages.consent import Capability
from protocol.messages.pairing import Introduction
from protocol.messages.signaling import (
    BodyDelivered,
    EventsStored,
    FromRelay,
    JoinMailbox,
    MailboxAttached,
    MailboxClaimed,
    PeerPresence,
    Refused,
)
from protocol.pairing.commands import Failed, Send
from protocol.pairing.joining import (
    ColleagueProven,
    Command,
    CustomerJoining,
    JoinAnswered,
    JoinTerms,
)
from protocol.pairing.keys import Role, SessionKeys
from protocol.pairing.resume_keys import ResumeKeys
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.picture_codec import negotiated_screen_stream
from protocol.transport.reconnector import Resumption
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, Reason, SessionLink
from protocol.transport.tasks import cancelled, create_task
from protocol.version import PROTOCOL_VERSION

MAX_ATTEMPTS = 5
"""Of somebody at the mailbox to prove to be the invited one."""

ANSWER_WITHIN_S = 30.0
DELIVERY_AT_END_S = 10.0
ASKS_FOR = (Capability.SEE,)
"""What an accepted invitation allows; everything else is asked for in the session."""

_log = logging.getLogger(__name__)


class Host(Company, Protocol):
    """What holds the sessions together: see `colleagues.Colleagues`."""

    async def joined(self, visit: "ColleagueVisit", seat: Seat) -> None:
        """The colleague's connection has verified."""

    def left(self, seat: Seat) -> None:
        """The session of `seat` is over."""


class ColleagueVisit:
    """`session` and `route` are those of the session the relay opened for the colleague."""

    def __init__(self, premises: Premises, host: Host, invited: Invited, *, session: str, route: str) -> None:
        self.invited = invited
        self.session = session
        self.recorded = False
        """That the colleague joined is in the record of the session they joined."""
        self._premises = premises
        self._host = host
        loop = asyncio.get_running_loop()
        self._given_up: asyncio.Future[str] = loop.create_future()
        self._proven: asyncio.Future[SessionKeys] = loop.create_future()
        self._answered: asyncio.Future[str] = loop.create_future()
        self._claimed: MailboxClaimed | None = None
        self._attempt: CustomerJoining | None = None
        self._failures = 0
        self._link: SessionLink | None = None
        self._keeper: RecordKeeper | None = None
        self._seat: Seat | None = None
        self._mailbox = MailboxClient(
            premises.trust.relay,
            JoinMailbox(route, PROTOCOL_VERSION),
            received=self._from_relay,
            connected_changed=self._relay_changed,
            organisation=premises.trust.root_id,
        )

    def give_up(self, reason: str = "not_awaited") -> None:
        """Do not wait for the colleague any longer (`reason`); a session that runs already is ended by its link."""
        if not self._given_up.done():
            self._given_up.set_result(reason)

    async def run(self) -> str:
        """Serve the colleague to the end; return why they are gone, a short code."""
        mailbox = create_task(self._mailbox.run(), name="a colleague's mailbox", awaited=True)
        mailbox.add_done_callback(self._mailbox_ended)
        work = create_task(self._serve(), name="serve a colleague", awaited=True)
        try:
            waiting: set[asyncio.Future[Any]] = {work, self._given_up}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and self._seat is None:
                work.cancel()
            await asyncio.wait({work})
            return self._given_up.result() if work.cancelled() else work.result()
        except TimeoutError:
            return "did_not_come"
        except DesksideError as error:
            _log.warning("a colleague's session failed: %s (%s)", error, error.code)
            return error.code
        finally:
            await self._clean_up()
            await cancelled(mailbox, patience_s=1.0)

    async def _serve(self) -> str:
        async with asyncio.timeout(max(0.0, self.invited.until - time.monotonic())):
            keys = await self._proven
        seat = self._seat = await self._connect(keys)
        await self._host.joined(self, seat)
        try:
            ending = await seat.live.run()
            seat.ended.set_result(ending)
            return ending.reason.value
        finally:
            seat.desktop.block()
            self._host.left(seat)
            if not seat.ended.done():
                seat.ended.set_result(Ending(Reason.LOCAL_FAULT, sealed_by_both=False))

    async def _connect(self, keys: SessionKeys) -> Seat:
        """Connect to the colleague who has just proved to be the invited one; nothing is captured yet."""
        premises, ways = self._premises, self._mailbox.ways
        view = ColleagueView(relay=premises.trust.relay, changed=self._host.show_people)
        technician = self._technician()
        chat = CustomerChat(view, technician.name)
        live = self._live(technician, keys, view, chat)
        await ways.ready()
        link = self._link = SessionLink(role=Role.CUSTOMER, handler=live, connectivity=ways.current)
        offer = await link.connection.offer()
        assert self._attempt is not None
        self._do(self._attempt.offer(offer))
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = await self._answered
        self._mailbox.parties_met()
        await link.connection.accept(answer)
        helps = self.invited.purpose is ColleaguePurpose.HELP
        desktop = premises.open_desktop(live, negotiated_screen_stream(answer), helps)
        try:
            link.connection.send_video(desktop.track)
            self._keeper = open_record(
                premises.trust,
                premises.data,
                technician=technician,
                own_key=premises.key,
                record_key=keys.record,
                mailbox=self._mailbox,
            )
            live.attach(link, self._keeper, desktop)
            await link.bind(keys, offer, answer, self._keeper)
        except BaseException:
            desktop.close()
            raise
        self._make_resumable(link, keys)
        return Seat(
            self.session, technician, live, link, self._keeper, desktop, chat, view=view, purpose=self.invited.purpose
        )

    def _technician(self) -> VerifiedTechnician:
        """Return the colleague as the customer was asked about them."""
        invited = self.invited
        told = invited.host.technician.introduction
        introduction = Introduction(
            certificate=invited.certificate_bytes,
            salt=bytes(32),
            signature=bytes(64),
            session=self.session,
            ticket=told.ticket,
            subject=told.subject,
            purpose=told.purpose,
            capabilities=ASKS_FOR,
        )
        return VerifiedTechnician(invited.certificate, invited.certificate_bytes, introduction)

    def _live(
        self, technician: VerifiedTechnician, keys: SessionKeys, view: ColleagueView, chat: CustomerChat
    ) -> LiveSession:
        return LiveSession(
            technician=technician,
            opening=Opening(
                customer_key=self._premises.key.public_key().public_bytes_raw(),
                certificate_sha256=hashlib.sha256(self.invited.certificate_bytes).hexdigest(),
                th=keys.th,
                joins=self.invited.host.session,
            ),
            answer=Answer(frozenset(ASKS_FOR)),
            questions=self._premises.questions,
            view=view,
            sounds=self._premises.sounds,
            chat=chat,
            company=self._host,
        )

    def _make_resumable(self, link: SessionLink, keys: SessionKeys) -> None:
        assert self._claimed is not None
        link.make_resumable(
            Resumption(
                keys=ResumeKeys(keys.resume),
                session=self.session,
                mailbox=self._claimed.mailbox,
                post=self._mailbox.post,
                hurry=self._mailbox.hurry,
            )
        )

    # --- what the relay says

    def _from_relay(self, message: FromRelay) -> None:
        match message:
            case MailboxClaimed():
                self._mailbox_claimed(message)
            case MailboxAttached(stored_customer=customer, stored_technician=technician):
                self._stored({"C": customer, "T": technician})
                self._present(message.peer_present, left=message.peer_left)
            case BodyDelivered(body=body):
                self._body_arrived(body)
            case PeerPresence(present=present, left=left):
                self._present(present, left=left)
            case EventsStored(lane=lane, count=count):
                self._stored({lane: count})
            case Refused(code=code, text=text):
                self._fail(EnvironmentFault(text, code=code, user_text=text))

    def _mailbox_claimed(self, claimed: MailboxClaimed) -> None:
        if claimed.session != self.session:
            self._fail(PeerError("the route leads to another session", code="session_mismatch"))
            return
        self._claimed = claimed
        self._present(claimed.peer_present, left=False)

    def _body_arrived(self, body: bytes) -> None:
        if self._link is not None and self._link.mailbox_body(body):
            return
        try:
            message = decode_joining(body)
        except PeerError as error:
            _log.info("passed over: %s", error)
            return
        if self._attempt is not None:
            self._do(self._attempt.receive(message))

    def _present(self, present: bool, *, left: bool) -> None:
        if self._link is not None:
            if present:
                self._link.peer_is_at_relay()
            else:
                self._link.peer_left_relay(for_good=left)
        elif present and not self._proven.done():
            self._begin()

    def _stored(self, counts: dict[str, int]) -> None:
        if self._keeper is not None:
            for lane, count in counts.items():
                self._keeper.relay_stored(lane, count)

    def _relay_changed(self, connected: bool) -> None:
        if self._link is not None:
            self._link.relay_changed(connected)

    def _mailbox_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(error)

    # --- the handshake

    def _begin(self) -> None:
        """Somebody is there: let them prove to be the invited one."""
        assert self._claimed is not None
        invited = self.invited
        terms = JoinTerms(
            inviting=invited.host.session,
            session=self.session,
            mailbox=self._claimed.mailbox,
            certificate=invited.certificate_bytes,
            customer_key=self._premises.key.public_key().public_bytes_raw(),
            purpose=invited.purpose,
            secret=invited.secret,
        )
        self._attempt = CustomerJoining(
            terms,
            signing_key=invited.certificate.signing_key,
            customer_key=self._premises.key,
            entropy=secrets.token_bytes,
        )
        self._do(self._attempt.start())

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Send(body=body):
                    self._mailbox.post(body)
                case ColleagueProven(keys=keys):
                    if not self._proven.done():
                        self._proven.set_result(keys)
                case JoinAnswered(sdp_answer=answer):
                    if not self._answered.done():
                        self._answered.set_result(answer)
                case Failed(code=code, user_text=text):
                    self._attempt_failed(PeerError(code, code=code, user_text=text))

    def _attempt_failed(self, error: PeerError) -> None:
        _log.warning("somebody who is not the invited colleague: %s", error.code)
        self._failures += 1
        if self._proven.done() or self._failures >= MAX_ATTEMPTS:
            self._fail(error)
        else:
            self._begin()

    def _fail(self, error: BaseException) -> None:
        for waiting in (self._proven, self._answered):
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # the one that is not awaited (yet, or any more)

    # --- the end

    async def _clean_up(self) -> None:
        for waiting in (self._proven, self._answered, self._given_up):
            waiting.cancel()
        if self._seat is not None:
            self._seat.desktop.close()
        if self._keeper is not None:
            if await self._keeper.deliver_everything(DELIVERY_AT_END_S):
                self._keeper.remove()
                if self._seat is not None:
                    self._seat.delivered = True
            else:
                self._keeper.close()
        if self._link is not None:
            await self._link.connection.close()
        await self._mailbox.close()
