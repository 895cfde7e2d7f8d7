"""One session of a customer from the route to the end page: mailbox, pairing, consent, sharing, farewell.

Runs on the network thread. Nothing is captured and no candidate gathered before the customer said yes.
"""

import asyncio
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.capture.choose import choose_capture
from customer_client.languages import _
from customer_client.picture.sender_encoder import make_encoder
from customer_client.protection.contact import Contact
from customer_client.protection.running import ToolWatch
from customer_client.redaction.curtain import open_curtain
from customer_client.session.chat import CustomerChat
from customer_client.session.colleagues import Colleagues
from customer_client.session.colleagues_account import attended, what_colleagues_did
from customer_client.session.colleagues_seat import Premises, Seat
from customer_client.session.departure import Departure, Visit
from customer_client.session.desktop import Desktop
from customer_client.session.distrust import shown_problem
from customer_client.session.ending import ENDINGS, what_was_done
from customer_client.session.first_consent import FirstConsent
from customer_client.session.hiding import HidingDesk
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.live import LiveSession
from customer_client.session.opening import Opening, open_record
from customer_client.session.other_tools import OtherTools
from customer_client.session.pairing import CustomerPairing, Site
from customer_client.session.protection import Beginning
from customer_client.session.questions import Questions
from customer_client.session.session_account import what_it_was_like
from customer_client.session.state import Answer, Page, Question
from customer_client.session.system_dialog import SystemDialog
from customer_client.session.troubles import said_of
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.errors import EnvironmentFault, PeerError
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
)
from protocol.pairing.commands import Introduced
from protocol.pairing.keys import Role
from protocol.pairing.resume_keys import ResumeKeys
from protocol.transport import hooks
from protocol.transport.mailbox_client import MailboxClient, relay_origin
from protocol.transport.picture_codec import negotiated_screen_stream
from protocol.transport.reconnector import Resumption
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, SessionLink
from protocol.transport.tasks import cancelled, create_task
from protocol.transport.voice.port_audio import PortAudioDevices
from protocol.transport.voice.sound_devices import SoundDevices
from protocol.version import PROTOCOL_VERSION

DELIVERY_AT_END_S = 10.0
BUILD = f"customer 0.1.0 {sys.platform}"

_log = logging.getLogger(__name__)


@dataclass
class CustomerSession:
    """One run. `data` is the folder for the record's journal while the session lives."""

    trust: Trust
    data: Path
    view: View
    sounds: SoundDevices = field(default_factory=PortAudioDevices)
    contact: Contact = Contact.NOT_ASKED
    """Who contacted whom, as the customer answered before."""

    def __post_init__(self) -> None:
        self.questions = Questions(self._question_changed)
        self.live: LiveSession | None = None
        self.desktop: Desktop | None = None
        self.chat: CustomerChat | None = None
        logged_first = self.trust.require_receipt
        self._consent = FirstConsent(self.questions, contact=self.contact, logged_first=logged_first)
        self._key = Ed25519PrivateKey.generate()
        self._claimed: asyncio.Future[MailboxClaimed] = asyncio.get_running_loop().create_future()
        self._mailbox: MailboxClient | None = None
        self._mailbox_task: asyncio.Task[None] | None = None
        self._pairing: CustomerPairing | None = None
        self._link: SessionLink | None = None
        self._keeper: RecordKeeper | None = None
        self._stopping = asyncio.Event()
        self._tools = OtherTools(ToolWatch().look)
        self.curtain = open_curtain()
        self.hiding: HidingDesk | None = None
        self.departure = Departure(self.view, relay=self.trust.relay)
        self.colleagues = Colleagues(
            Premises(
                trust=self.trust,
                data=self.data,
                key=self._key,
                questions=self.questions,
                view=self.view,
                sounds=self.sounds,
                open_desktop=self._open_desktop,
                promoted=self._promoted,
            )
        )
        self.system_dialog = SystemDialog(self.view, block=self.block, seats=lambda: self.colleagues.seats)
        self.view.asking_changed = self.colleagues.asking_changed

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
                self._show_ended(_("You have stopped before anything was shared."))
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
            await asyncio.gather(self.live.stop(), self.colleagues.stop())

    def block(self) -> None:
        """Capture and apply nothing for anybody from now on, from any thread."""
        if self.desktop is not None:
            self.desktop.block()
        self.colleagues.block()

    async def _session(self, route: str) -> None:
        self._mailbox = MailboxClient(
            self.trust.relay,
            JoinMailbox(route, PROTOCOL_VERSION),
            received=self._from_relay,
            connected_changed=self._relay_changed,
            organisation=self.trust.root_id,
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
        self.view.update(tools=await self._tools.look_before())
        chat = self._open_chat(technician, self._pairing)
        self.departure.arriving()
        answer = await self._consent.ask(technician)
        self._pairing.check_untouched()
        if self._pairing.gone:
            self._show_ended(f"{_(self._pairing.gone)} {_('Nothing was shared.')}")
            return
        if Capability.SEE not in answer.allowed:
            self._pairing.decline()
            self._show_ended(_("You did not allow the technician to see your screen. Nothing was shared."))
            return
        await self._share(technician, introduced, self._pairing, answer, chat)

    def _open_chat(self, technician: VerifiedTechnician, pairing: CustomerPairing) -> CustomerChat:
        """Let the customer write to the technician, who is known by now, before deciding anything."""
        chat = self.chat = CustomerChat(self.view, technician.name, wrote=self._consent.give_time)
        pairing.chat_arrived = chat.arrived_early
        chat.open_early(pairing.chat)
        return chat

    async def _share(
        self,
        technician: VerifiedTechnician,
        introduced: Introduced,
        pairing: CustomerPairing,
        answer: Answer,
        chat: CustomerChat,
    ) -> None:
        self.view.update(page=Page.CONNECTING, text="Connecting to the technician's computer …")
        if not await self.system_dialog.ask(lambda: pairing.gone):
            # A screen that cannot be shown is said before anybody waits for it.
            choose_capture(with_pointer=False).close()
        live = LiveSession(
            technician=technician,
            opening=Opening.of(self._public_key(), technician, introduced.keys.th),
            answer=answer,
            questions=self.questions,
            view=self.view,
            sounds=self.sounds,
            chat=chat,
            company=self.colleagues,
            beginning=Beginning(self.contact, self._tools, self.departure.compared),
        )
        assert self._mailbox is not None
        await self._mailbox.ways.ready()
        self._link = SessionLink(role=Role.CUSTOMER, handler=live, connectivity=self._mailbox.ways.current)
        offer = await self._link.connection.offer()
        allowed = tuple(each for each in technician.introduction.capabilities if each in answer.allowed)
        sdp = await pairing.accept(allowed, offer)
        self._mailbox.parties_met()
        await self._link.connection.accept(sdp)
        self.hiding = HidingDesk(self.curtain, self.view)
        self.desktop = self._open_desktop(live, negotiated_screen_stream(sdp))
        self._link.connection.send_video(self.desktop.track)
        self._keeper = open_record(
            self.trust,
            self.data,
            technician=technician,
            own_key=self._key,
            record_key=introduced.keys.record,
            mailbox=self._mailbox,
        )
        live.attach(self._link, self._keeper, self.desktop)
        await self._link.bind(introduced.keys, offer, sdp, self._keeper)
        self._make_resumable(self._link, introduced)
        self.live = live
        session = introduced.introduction.session
        self.colleagues.begin(Seat(session, technician, live, self._link, self._keeper, self.desktop, chat))
        if self._stopping.is_set():
            create_task(live.stop(), name="stop at once")
        ending = await live.run()
        delivering = create_task(self._keeper.deliver_everything(DELIVERY_AT_END_S), name="deliver the record's end")
        self._show_ending(ending, await self.colleagues.after(ending), technician)
        await delivering

    def _promoted(self, seat: Seat) -> None:
        """Another technician is in charge: what the customer presses is about their session now."""
        if self.desktop is not None:
            self.desktop.close()
            self.desktop = None
        self._close_chat()
        self.live, self.chat = seat.live, seat.chat

    def _make_resumable(self, link: SessionLink, introduced: Introduced) -> None:
        assert self._mailbox is not None
        link.make_resumable(
            Resumption(
                keys=ResumeKeys(introduced.keys.resume),
                session=introduced.introduction.session,
                mailbox=self._claimed.result().mailbox,
                post=self._mailbox.post,
                hurry=self._mailbox.hurry,
            )
        )

    def _open_desktop(self, live: LiveSession, screen_stream: bool, with_input: bool = True) -> Desktop:
        """Return the picture, and the input, of one technician's session."""
        return Desktop(
            screen_stream=screen_stream,
            with_input=with_input,
            local_input_noticed=lambda: self.colleagues.local_input_noticed(live),
            cursor_changed=live.cursor_changed,
            displays_changed=live.displays_changed,
            sight_changed=lambda fault: live.displays.sight_changed(fault),
            panic_cut=self.colleagues.cut,
            money_in_front=lambda kind: live.protection.money_in_front(kind),
            panic_stop=lambda: create_task(self.stop(), name="stop by the panic keys"),
            curtain=self.curtain,
            portal=self.system_dialog.screen,
        )

    def _public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    # --- what the relay says

    def _from_relay(self, message: FromRelay) -> None:
        match message:
            case MailboxClaimed():
                self._mailbox_claimed(message)
            case MailboxAttached(stored_customer=customer, stored_technician=technician):
                self._stored({"C": customer, "T": technician})
                self._peer_present(message.peer_present, left=message.peer_left)
            case BodyDelivered(body=body):
                if not (self._link is not None and self._link.mailbox_body(body)) and self._pairing is not None:
                    self._pairing.received(body)
            case PeerPresence(present=present, left=left):
                self._peer_present(present, left=left)
            case EventsStored(lane=lane, count=count):
                self._stored({lane: count})
            case Refused(code=code, text=text):
                self._refused(code, text)

    def _mailbox_claimed(self, claimed: MailboxClaimed) -> None:
        """Begin to pair before the next frame is read: the technician's first message may be right behind this one."""
        if self._claimed.done() or self._mailbox is None:
            return
        self.departure.met(claimed.session, claimed.token)
        site = Site(claimed.mailbox, relay_origin(self.trust.relay), self.trust.root_id, BUILD)
        self._pairing = CustomerPairing(
            site, self._key, post=self._mailbox.post, view=self.view, technician_gone=self.questions.decline_open
        )
        self._pairing.begin()
        self._claimed.set_result(claimed)

    def _relay_changed(self, connected: bool) -> None:
        _log.info("relay connected: %s", connected)
        if self._link is not None:
            self._link.relay_changed(connected)

    def _stored(self, counts: dict[str, int]) -> None:
        if self._keeper is not None:
            for lane, count in counts.items():
                self._keeper.relay_stored(lane, count)

    def _peer_present(self, present: bool, *, left: bool) -> None:
        if self._link is not None:
            if present:
                self._link.peer_is_at_relay()
            else:
                self._link.peer_left_relay(for_good=left)

    def _refused(self, code: str, text: str) -> None:
        _log.warning("the relay refused: %s", code)
        if not self._claimed.done():
            self._claimed.set_exception(EnvironmentFault(text, code=code, user_text=text))

    def _mailbox_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._claimed.done():
            self._claimed.set_exception(error)
        elif error is not None and self._pairing is not None:
            self.departure.unmet()
            self._pairing.interfered(error)

    # --- what the window shows

    def _question_changed(self, question: Question | None) -> None:
        if question is not None and self.live is None:
            self.view.update(page=Page.CONSENT, question=question)
        else:
            self.view.update(question=question)

    def _show_ending(self, ending: Ending, last: Ending, technician: VerifiedTechnician) -> None:
        """Show how the session of `technician` ended, who was first, and of whoever went on after them the `last`."""
        assert self._keeper is not None  # it was shared
        events = self._keeper.record.own_events
        came = self.colleagues.came
        lines = (*what_was_done(ending, technician, events), *what_it_was_like(events), *what_colleagues_did(came))
        token = self._claimed.result().token
        self.departure.left(Visit(technician, self._keeper, self._public_key(), token, attended(came)))
        self._show_ended(ENDINGS[last.reason], lines)

    def _show_ended(self, text: str, summary: tuple[str, ...] = ()) -> None:
        self._close_chat()
        if self.hiding is not None:
            self.hiding.end()
        self.view.update(page=Page.ENDED, text=text, summary=summary, question=None, bar=None, pin="")

    def _close_chat(self) -> None:
        if self.chat is not None:
            self.chat.close()

    def _show_problem(self, error: BaseException) -> None:
        self._close_chat()
        self.view.update(**(shown_problem(error) | said_of(error, self.view.state)))
        self.departure.alarmed()

    async def _clean_up(self) -> None:
        if self.desktop is not None:
            self.desktop.close()
        self.system_dialog.close()
        self.curtain.close()
        if self._keeper is not None and self._mailbox is not None:
            delivered = await self._keeper.deliver_everything(DELIVERY_AT_END_S)
            if delivered:
                self._keeper.remove()
            else:
                self._keeper.close()
            delivered = delivered and all(seat.delivered for seat in self.colleagues.came)
            self.departure.cleaned(delivered=delivered, folder=self.data / "sessions")
        if self._pairing is not None and self.live is None:
            self._pairing.farewell("The customer left.")
            await asyncio.sleep(0)
        if self._link is not None:
            await self._link.connection.close()
        if self._mailbox is not None:
            await self._mailbox.close()
        if self._mailbox_task is not None:
            await cancelled(self._mailbox_task, patience_s=1.0)
