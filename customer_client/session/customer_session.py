"""One session of a customer from the route to the end page: mailbox, pairing, consent, sharing, farewell.

Runs on the network thread. Nothing is captured and no candidate gathered before the customer said yes.
"""

import asyncio
import hashlib
import logging
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.capture.choose import choose_capture
from customer_client.picture.sender_encoder import make_encoder
from customer_client.session.desktop import Desktop
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.live import LiveSession, Opening
from customer_client.session.pairing import CustomerPairing, Site
from customer_client.session.questions import Questions
from customer_client.session.state import Page, Question
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.audit.events import EventType, log_name
from protocol.audit.session_record import SessionRecord
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.consent import Capability
from protocol.messages.signaling import (
    BodyDelivered,
    EventsStored,
    FromRelay,
    JoinMailbox,
    MailboxAttached,
    MailboxClaimed,
    PeerPresence,
    Refused,
    StoredEvent,
)
from protocol.pairing.commands import Introduced
from protocol.pairing.keys import Role
from protocol.transport import hooks
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.mailbox_client import MailboxClient, relay_origin
from protocol.transport.picture_codec import negotiated_screen_stream
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, Reason, SessionLink
from protocol.transport.tasks import cancelled, create_task
from protocol.version import PROTOCOL_VERSION

DELIVERY_AT_END_S = 10.0
BUILD = f"customer 0.1.0 {sys.platform}"

_ENDINGS = {
    Reason.ENDED_BY_TECHNICIAN: "The technician has ended the session.",
    Reason.STOPPED_BY_CUSTOMER: "You have stopped the session.",
    Reason.CONNECTION_LOST: "The connection to the technician was lost, so the session has ended.",
    Reason.PROTOCOL_BROKEN: "The technician's program did something that is not allowed, so the session was stopped.",
    Reason.LOCAL_FAULT: "Something failed on this computer, so the session was stopped.",
}

_log = logging.getLogger(__name__)


@dataclass
class CustomerSession:
    """One run. `data` is the folder for the record's journal while the session lives."""

    trust: Trust
    data: Path
    view: View

    def __post_init__(self) -> None:
        self.questions = Questions(self._question_changed)
        self.live: LiveSession | None = None
        self.desktop: Desktop | None = None
        self._key = Ed25519PrivateKey.generate()
        self._claimed: asyncio.Future[MailboxClaimed] = asyncio.get_running_loop().create_future()
        self._mailbox: MailboxClient | None = None
        self._mailbox_task: asyncio.Task[None] | None = None
        self._pairing: CustomerPairing | None = None
        self._link: SessionLink | None = None
        self._keeper: RecordKeeper | None = None
        self._stopping = asyncio.Event()

    async def run(self, route: str) -> None:
        """Serve one session for `route`; every way it can go ends on the end page or the problem page."""
        self.view.update(page=Page.CONNECTING, route=route, text="Connecting to the support server …")
        hooks.install(encoder=make_encoder)
        work = create_task(self._session(route), name="customer session", awaited=True)
        stop = create_task(self._stopping.wait(), name="stop wanted")
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and self.live is None:
                work.cancel()
                self._show_ended("You have stopped before anything was shared.")
            await asyncio.wait({work})
            if not work.cancelled() and (error := work.exception()) is not None:
                self._show_problem(error)
        finally:
            stop.cancel()
            await self._clean_up()

    async def stop(self) -> None:
        """The customer pressed Stop: end whatever is going on."""
        self._stopping.set()
        self.questions.decline_open()
        if self.live is not None:
            await self.live.stop()

    async def _session(self, route: str) -> None:
        self._mailbox = MailboxClient(
            self.trust.relay,
            JoinMailbox(route, PROTOCOL_VERSION),
            received=self._from_relay,
            connected_changed=lambda connected: _log.info("relay connected: %s", connected),
        )
        self._mailbox_task = create_task(self._mailbox.run(), name="mailbox", awaited=True)
        self._mailbox_task.add_done_callback(self._mailbox_ended)
        claimed = await self._claimed
        assert self._pairing is not None  # made together with `claimed`
        introduced = await self._pairing.introduced()
        if introduced.introduction.session != claimed.session:
            raise PeerError("the introduction names another session", code="session_mismatch")
        technician = VerifiedTechnician(
            introduced.certificate, introduced.introduction.certificate, introduced.introduction
        )
        allowed = await self._may_see(technician)
        if self._pairing.gone:
            self._show_ended(f"{self._pairing.gone} Nothing was shared.")
            return
        if not allowed:
            self._pairing.decline()
            self._show_ended("You did not allow the technician to see your screen. Nothing was shared.")
            return
        await self._share(technician, introduced, self._pairing)

    async def _may_see(self, technician: VerifiedTechnician) -> bool:
        introduction = technician.introduction
        return await self.questions.ask(
            Capability.SEE,
            organisation=technician.organisation,
            technician=technician.name,
            ticket=introduction.ticket,
            subject=introduction.subject,
            reason=introduction.purpose,
        )

    async def _share(self, technician: VerifiedTechnician, introduced: Introduced, pairing: CustomerPairing) -> None:
        self.view.update(page=Page.CONNECTING, text="Connecting to the technician's computer …")
        choose_capture().close()  # a screen that cannot be shown is said before anybody waits for it
        live = LiveSession(
            technician=technician,
            opening=Opening(
                customer_key=self._public_key(),
                certificate_sha256=hashlib.sha256(technician.certificate_bytes).hexdigest(),
                th=introduced.keys.th,
            ),
            questions=self.questions,
            view=self.view,
        )
        self._link = SessionLink(role=Role.CUSTOMER, handler=live)
        offer = await self._link.connection.offer()
        answer = await pairing.accept((Capability.SEE,), offer)
        await self._link.connection.accept(answer)
        self.desktop = self._open_desktop(live, screen_stream=negotiated_screen_stream(answer))
        self._link.connection.send_video(self.desktop.track)
        self._keeper = self._open_record(technician, introduced)
        live.attach(self._link, self._keeper, self.desktop)
        await self._link.bind(introduced.keys, offer, answer, self._keeper)
        self.live = live
        if self._stopping.is_set():
            create_task(live.stop(), name="stop at once")
        self._show_ending(await live.run(), technician)

    def _open_desktop(self, live: LiveSession, *, screen_stream: bool) -> Desktop:
        desktop = Desktop(
            screen_stream=screen_stream,
            local_input_noticed=self._local_input_noticed,
            cursor_changed=live.cursor_changed,
        )
        if desktop.input is not None:
            self.view.asking_changed = desktop.input.asking_changed
        return desktop

    def _open_record(self, technician: VerifiedTechnician, introduced: Introduced) -> RecordKeeper:
        introduction, certificate = technician.introduction, technician.certificate
        log = log_name(self.trust.root_id, datetime.now(UTC).year)
        record = SessionRecord(
            session=introduction.session,
            lane="C",
            own_key=self._key,
            peer_key=certificate.signing_key,
            log=log,
            entropy=secrets.token_bytes,
        )
        header = JournalHeader(
            session=introduction.session,
            lane="C",
            ticket=introduction.ticket,
            log=log,
            relay=self.trust.relay,
            record_key=introduced.keys.record,
            organisation_key=certificate.root_key,
            technician_certificate=technician.certificate_bytes,
            customer_key=self._public_key(),
        )
        return RecordKeeper(
            record=record,
            journal=Journal(self.data / "sessions", header),
            record_key=introduced.keys.record,
            signers={"C": self._public_key(), "T": certificate.signing_key},
            store=self._store,
        )

    def _public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def _store(self, events: tuple[StoredEvent, ...]) -> bool:
        return self._mailbox is not None and self._mailbox.store(events)

    # --- what the relay says

    def _from_relay(self, message: FromRelay) -> None:
        match message:
            case MailboxClaimed():
                self._mailbox_claimed(message)
            case MailboxAttached(stored_customer=customer, stored_technician=technician):
                self._stored({"C": customer, "T": technician})
                self._peer_present(message.peer_present)
            case BodyDelivered(body=body):
                if self._pairing is not None:
                    self._pairing.received(body)
            case PeerPresence(present=present):
                self._peer_present(present)
            case EventsStored(lane=lane, count=count):
                self._stored({lane: count})
            case Refused(code=code, text=text):
                self._refused(code, text)

    def _mailbox_claimed(self, claimed: MailboxClaimed) -> None:
        """Begin to pair before the next frame is read: the technician's first message may be right behind this one."""
        if self._claimed.done() or self._mailbox is None:
            return
        site = Site(claimed.mailbox, relay_origin(self.trust.relay), self.trust.root_id, BUILD)
        self._pairing = CustomerPairing(
            site, self._key, post=self._mailbox.post, view=self.view, technician_gone=self.questions.decline_open
        )
        self._pairing.begin()
        self._claimed.set_result(claimed)

    def _stored(self, counts: dict[str, int]) -> None:
        if self._keeper is not None:
            for lane, count in counts.items():
                self._keeper.relay_stored(lane, count)

    def _peer_present(self, present: bool) -> None:
        if self._link is not None:
            if present:
                self._link.peer_is_at_relay()
            else:
                self._link.peer_left_relay()

    def _refused(self, code: str, text: str) -> None:
        _log.warning("the relay refused: %s", code)
        if not self._claimed.done():
            self._claimed.set_exception(EnvironmentFault(text, code=code, user_text=text))

    def _mailbox_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._claimed.done():
            self._claimed.set_exception(error)

    # --- what the window shows

    def _question_changed(self, question: Question | None) -> None:
        if question is not None and self.live is None:
            self.view.update(page=Page.CONSENT, question=question)
        else:
            self.view.update(question=question)

    def _local_input_noticed(self) -> None:
        if self.live is not None:
            self.live.local_input_noticed()

    def _show_ending(self, ending: Ending, technician: VerifiedTechnician) -> None:
        could = "see your screen"
        if self._happened(EventType.CONSENT_GRANT, Capability.CONTROL):
            could += ", and use your mouse and keyboard after you allowed it"
        summary = [f"{technician.name} of {technician.organisation} could {could}."]
        if self._happened(EventType.DIAG_SENT):
            summary.append("You sent the facts about this computer that you had ticked.")
        summary.append(f"It was about ticket {technician.introduction.ticket}.")
        if ending.sealed_by_both:
            summary.append("Both sides have signed the record of this session.")
        else:
            summary.append("The other side did not sign the record; yours says so.")
        self._show_ended(_ENDINGS[ending.reason], tuple(summary))

    def _happened(self, type: EventType, capability: Capability | None = None) -> bool:
        """Whether this side's lane of the record has such an event."""
        events = self._keeper.record.own_events if self._keeper is not None else ()
        return any(
            held.event.type is type and (capability is None or held.body.get("capability") == capability.value)
            for held in events
        )

    def _show_ended(self, text: str, summary: tuple[str, ...] = ()) -> None:
        self.view.update(page=Page.ENDED, text=text, summary=summary, question=None, bar=None, pin="")

    def _show_problem(self, error: BaseException) -> None:
        known = error if isinstance(error, DesksideError) else DesksideError()
        if known is error:
            _log.warning("the session failed: %s (%s)", error, known.code)
        else:
            _log.error("the session failed", exc_info=error)
        self.view.update(
            page=Page.PROBLEM,
            text=known.user_text,
            next_step="Nothing is shared now. Ask your technician for a new code and start again.",
            question=None,
            bar=None,
            pin="",
        )

    async def _clean_up(self) -> None:
        if self.desktop is not None:
            self.desktop.close()
        if self._keeper is not None and self._mailbox is not None:
            if await self._keeper.deliver_everything(DELIVERY_AT_END_S):
                self._keeper.remove()
            else:
                self._keeper.close()
        if self._pairing is not None and self.live is None:
            self._pairing.farewell("The customer left.")
            await asyncio.sleep(0)
        if self._link is not None:
            await self._link.connection.close()
        if self._mailbox is not None:
            await self._mailbox.close()
        if self._mailbox_task is not None:
            await cancelled(self._mailbox_task, patience_s=1.0)
