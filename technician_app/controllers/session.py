"""One session as its technician runs it: invitation, PIN, consent, picture, control, report, seal, export.

Runs on the network thread; publishes a frozen view state at every change.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiortc import MediaStreamTrack

from protocol.channels import PICTURE
from protocol.errors import DesksideError, EnvironmentFault
from protocol.messages.consent import Capability
from protocol.messages.picture import PictureReport
from protocol.messages.relay_api import OpenedSession, Organisation
from protocol.messages.signaling import (
    AttachMailbox,
    BodyDelivered,
    EventsStored,
    FromRelay,
    MailboxAttached,
    OpenedAgain,
    PeerPresence,
    Refused,
)
from protocol.pairing.commands import Decided
from protocol.pairing.keys import Role
from protocol.pairing.resume_keys import ResumeKeys
from protocol.transport import hooks
from protocol.transport.mailbox_client import MailboxClient, relay_origin
from protocol.transport.picture_codec import make_decoder, negotiated_screen_stream
from protocol.transport.reconnector import Resumption
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, SessionLink
from protocol.transport.tasks import cancelled, create_task
from protocol.transport.voice.port_audio import PortAudioDevices
from protocol.transport.voice.sound_devices import SoundDevices
from protocol.version import PROTOCOL_VERSION
from technician_app.controllers.colleagues import OwnDevice, TechnicianColleagues
from technician_app.controllers.colleagues_joining import ASKED_WHEN_JOINING, ColleaguePairing, Joining
from technician_app.controllers.exchange import TechnicianExchange
from technician_app.controllers.live_intents import LiveIntents
from technician_app.controllers.picture import PictureController
from technician_app.controllers.plan import ASKED_AT_FIRST
from technician_app.controllers.profile import Profile
from technician_app.controllers.proven_relays import NotTheRelay
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.screen_tools import TechnicianScreen
from technician_app.controllers.session_export import proofs_of
from technician_app.controllers.session_live import TechnicianLive
from technician_app.controllers.session_outcome import outcome_of
from technician_app.controllers.session_pairing import Asking, PairingHandlers, TechnicianPairing
from technician_app.controllers.session_record import RecordFacts, deposit_of, export_record, open_record
from technician_app.controllers.session_report import TicketAttachments
from technician_app.controllers.session_state import OPENED_AGAIN, Phase, SessionViewState, Shown, first_state
from technician_app.recording.session_recording import SessionRecording

BUILD = "technician 0.1.0"
DELIVERY_AT_END_S = 10.0

_log = logging.getLogger(__name__)


class SessionController(LiveIntents):
    """Implements `SessionIntents`. Intents begin work and return; what goes wrong is shown as `problem`.

    `plan` is what the customer is asked for at first. `joining` is set when this technician was invited to a
    colleague's session: then there is neither route nor PIN.
    """

    def __init__(
        self,
        *,
        opened: OpenedSession,
        api: RelayApi,
        profile: Profile,
        organisation: Organisation,
        certificate: bytes,
        publish: Callable[[SessionViewState], None],
        frame_arrived: Callable[[Shown], None],
        sounds: SoundDevices | None = None,
        joining: Joining | None = None,
        plan: tuple[Capability, ...] = ASKED_AT_FIRST,
    ) -> None:
        self._opened = opened
        self._joining = joining
        self._plan = plan if joining is None else ASKED_WHEN_JOINING
        self._sounds = sounds or PortAudioDevices()
        self._api = api
        self._publish = publish
        self._facts = RecordFacts(
            opened=opened,
            organisation=organisation,
            certificate=certificate,
            keys=profile.device_keys(),
            relay_url=api.base_url,
            folder=profile.session_folder(opened.session),
            next_session_number=profile.next_session_number,
        )
        self._picture = PictureController(
            shown=frame_arrived,
            send_report=self._send_report,
            problem=lambda error: self._update(problem=error.user_text),
            preset=profile.settings().picture,
        )
        self._attachments = TicketAttachments(api, opened.ticket, bytes.fromhex(organisation.root_id), opened.session)
        self.exchange = TechnicianExchange(attachments=self._attachments, update=self._update, begin=self._begin)
        self.screen = TechnicianScreen(attachments=self._attachments, update=self._update, begin=self._begin)
        self._recording = SessionRecording(api, self._facts, said=lambda text: self._update(problem=text))
        self.colleagues = self._prepare_colleagues(organisation)
        self._live: TechnicianLive | None = None
        self._link: SessionLink | None = None
        self._keeper: RecordKeeper | None = None
        self._deposit: asyncio.Task[None] | None = None
        self._customer_key = b""
        self._cancelled = asyncio.Event()
        self._note = ""
        self._state = first_state(opened, self.colleagues.state)
        self._mailbox = MailboxClient(
            api.base_url,
            AttachMailbox(opened.mailbox, opened.token, PROTOCOL_VERSION),
            received=self._from_relay,
            connected_changed=self._relay_connected,
            organisation=api.proven_root,
            strict=bool(api.proven_root),
        )
        self._pairing = self._prepare_pairing()

    def _prepare_colleagues(self, organisation: Organisation) -> TechnicianColleagues:
        facts = self._facts
        return TechnicianColleagues(
            api=self._api,
            session=self._opened.session,
            device=OwnDevice(bytes.fromhex(organisation.root_id), facts.certificate, facts.keys.signing),
            joined=self._joining is not None,
            begin=self._begin,
            shown=lambda colleagues: self._update(colleagues=colleagues),
        )

    def _prepare_pairing(self) -> TechnicianPairing | ColleaguePairing:
        opened, facts = self._opened, self._facts
        if self._joining is not None:
            return ColleaguePairing(
                self._joining,
                certificate=facts.certificate,
                device_key=facts.keys.signing,
                post=self._mailbox.post,
                confirmed=self._picture.prepare,
            )
        asking = Asking(
            mailbox=opened.mailbox,
            relay_origin=relay_origin(facts.relay_url),
            certificate=facts.certificate,
            device_key=facts.keys.signing,
            session=opened.session,
            ticket=opened.ticket,
            subject=opened.subject,
            purpose=opened.reason,
            plan=self._plan,
            build=BUILD,
        )
        handlers = PairingHandlers(
            post=self._mailbox.post,
            pin_wanted=lambda: self._update(
                phase=Phase.PIN_WANTED, status="The customer sees a code. Ask for it and type it here."
            ),
            confirmed=self._pin_confirmed,
            attempt_failed=self._attempt_failed,
            chat_arrived=self.exchange.chat.arrived_early,
        )
        return TechnicianPairing(asking, handlers)

    async def run(self) -> None:
        """Serve the session to its end, however it goes."""
        hooks.install(decoder=make_decoder)
        self._publish(self._state)
        mailbox = create_task(self._stay_at_the_relay(), name="mailbox")
        work = create_task(self._session(), name="technician session", awaited=True)
        cancel = create_task(self._cancelled.wait(), name="session cancelled")
        try:
            await asyncio.wait({work, cancel}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
            await asyncio.wait({work})
            self._show_outcome(work)
        finally:
            cancel.cancel()
            await self._clean_up()
            await cancelled(mailbox, patience_s=1.0)

    # --- intents

    def enter_pin(self, text: str) -> None:
        """Check what was typed and spend the attempt's guess on it."""
        try:
            self._pairing.enter_pin(text)
            self._update(phase=Phase.CHECKING_PIN, problem="", status="Checking the code …")
        except DesksideError as error:
            self._update(problem=error.user_text)

    def end(self, note: str) -> None:
        """End the session or give up waiting; the note goes to the ticket."""
        self._note = note
        if self._live is not None:
            self._begin(self._live.end(), "end session")
        else:
            self._cancelled.set()

    def export_record(self, path: str) -> None:
        """Write the record file."""
        self._begin(self._export(Path(path)), "export record")

    # --- the session

    async def _session(self) -> Ending | None:
        decided = await self._pairing.decided()
        self._customer_key = decided.customer_key
        if not decided.decision.accepted:
            return None
        self._update(phase=Phase.CONNECTING, status="Allowed. Connecting to the customer's computer …", problem="")
        live = TechnicianLive(
            opening=self._opening(decided),
            picture=self._picture,
            update=self._update,
            attachments=self._attachments,
            exchange=self.exchange,
            screen=self.screen,
            sounds=self._sounds,
            colleagues=self.colleagues,
            plan=self._plan,
            may_ask=self._joining.may_ask if self._joining is not None else None,
            recording=self._recording,
        )
        tracks: list[MediaStreamTrack] = []
        ways = self._mailbox.ways
        await ways.ready()
        self._link = SessionLink(
            role=Role.TECHNICIAN, handler=live, track_arrived=tracks.append, connectivity=ways.current
        )
        offer = decided.decision.sdp_offer
        answer = await self._link.connection.answer(offer)
        for track in tracks:
            self._picture.track_arrived(track, screen_stream=negotiated_screen_stream(answer))
        self._keeper = open_record(self._facts, decided, self._mailbox)
        self._keeper.log_finding = lambda sentence: self._update(problem=sentence)
        self.colleagues.attach(self._link, self._keeper, decided.customer_key)
        live.attach(self._link, self._keeper)
        self._pairing.answer(answer)
        await self._link.bind(decided.keys, offer, answer, self._keeper)
        self._mailbox.parties_met()
        self._deposit = create_task(deposit_of(self._facts, decided).keep_trying(self._api), name="record key deposit")
        self._link.make_resumable(
            Resumption(
                keys=ResumeKeys(decided.keys.resume),
                session=self._opened.session,
                mailbox=self._opened.mailbox,
                post=self._mailbox.post,
                hurry=self._mailbox.hurry,
            )
        )
        self._live = live
        if self._cancelled.is_set():
            create_task(live.end(), name="end at once")
        return await live.run()

    def _opening(self, decided: Decided) -> dict[str, object]:
        joining = self._joining
        joins: dict[str, object] = {} if joining is None else {"joins": joining.invitation.fields.session}
        return joins | {
            "ticket": self._opened.ticket,
            "subject": self._opened.subject,
            "purpose": self._opened.reason,
            "capabilities": [capability.value for capability in self._plan],
            "certificate_sha256": hashlib.sha256(self._facts.certificate).hexdigest(),
            "customer_key": decided.customer_key.hex(),
            "th": decided.keys.th.hex(),
        }

    def _send_report(self, report: PictureReport) -> None:
        if self._link is not None and self._live is not None:
            self._link.send(report, PICTURE)

    # --- what the relay says

    async def _stay_at_the_relay(self) -> None:
        try:
            await self._mailbox.run()
        except DesksideError as error:
            # Before the parties have met, what is no relay ends it; there is nothing to try again.
            _log.warning("not the relay: %s (%s)", error, error.code)
            self._update(problem=NotTheRelay(error).user_text)
            self._cancelled.set()

    def _from_relay(self, message: FromRelay) -> None:
        match message:
            case MailboxAttached(stored_customer=customer, stored_technician=technician, peer_present=present):
                self._stored({"C": customer, "T": technician})
                self._customer_present(present, left=message.peer_left)
            case BodyDelivered(body=body):
                if self._link is None or not self._link.mailbox_body(body):
                    self._pairing.received(body)
            case PeerPresence(present=present, left=left):
                self._customer_present(present, left=left)
            case OpenedAgain():
                self._update(problem=OPENED_AGAIN)
            case EventsStored(lane=lane, count=count):
                self._stored({lane: count})
            case Refused(code=code, text=text):
                _log.warning("the relay refused: %s", code)
                self._update(problem=text)
                if self._live is None:
                    self._cancelled.set()

    def _relay_connected(self, connected: bool) -> None:
        if self._link is not None:
            self._link.relay_changed(connected)
        if self._state.phase is not Phase.ENDED:
            self._update(problem="" if connected else "The relay cannot be reached right now; trying again …")

    def _stored(self, counts: dict[str, int]) -> None:
        if self._keeper is not None:
            for lane, count in counts.items():
                self._keeper.relay_stored(lane, count)

    def _customer_present(self, present: bool, *, left: bool) -> None:
        self._update(customer_present=present)
        if present:
            self._pairing.customer_arrived()
        if self._link is not None:
            if present:
                self._link.peer_is_at_relay()
            else:
                self._link.peer_left_relay(for_good=left)

    # --- what the window shows

    def _update(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        self._publish(self._state)

    def _pin_confirmed(self) -> None:
        self._update(phase=Phase.WAITING_FOR_CONSENT, problem="", status="Right code. The customer is being asked …")
        self.exchange.chat.open_early(self._pairing.chat)
        self._picture.prepare()

    def _attempt_failed(self, text: str) -> None:
        self.exchange.chat.forget()
        self._update(phase=Phase.WAITING_FOR_CUSTOMER, problem=text, status="Waiting for the customer's next code …")

    def _show_outcome(self, work: asyncio.Task[Ending | None]) -> None:
        outcome = outcome_of(work, was_live=self._live is not None)
        problem = "" if self._live is not None else self._state.problem
        self._update(
            phase=Phase.ENDED, status=outcome.status, record_status=outcome.record, problem=problem, unstable=False
        )

    def _begin(self, coroutine: Coroutine[Any, Any, object], name: str) -> None:
        create_task(self._shown(coroutine), name=name)

    async def _shown(self, coroutine: Coroutine[Any, Any, object]) -> None:
        try:
            await coroutine
        except DesksideError as error:
            _log.warning("%s (%s)", error, error.code)
            self._update(problem=error.user_text)

    # --- the end

    async def _export(self, path: Path) -> None:
        if self._keeper is None:
            raise EnvironmentFault("no record", code="no_record", user_text="This session has no record.")
        record, proofs = self._keeper.record, proofs_of(self._keeper.receipts)
        await asyncio.to_thread(export_record, self._facts, record, self._customer_key, path, proofs)
        self._update(record_path=str(path))

    async def _clean_up(self) -> None:
        self._pairing.farewell("The technician ended the session.")
        self.exchange.chat.close()
        await self._picture.close()
        if self._link is not None:
            await self._link.connection.close()
        if self._deposit is not None:
            await cancelled(self._deposit, patience_s=1.0)
        if self._note:
            await self._shown(self._api.add_note(self._opened.ticket, self._note))
        if self._keeper is not None:
            stored = await self._keeper.deliver_everything(DELIVERY_AT_END_S)
            where = "stored at the relay" if stored else "kept here until the relay can be reached"
            self._update(record_status=f"{self._state.record_status}; {where}")
            self._keeper.close()
        await self._mailbox.close()
