"""The customer's side of a live session: enforces consent, records every act before it happens, shares the screen.

Runs on the network thread. What the customer presses acts here at once, whether or not anybody can be told.
"""

import asyncio
import logging
import time
from dataclasses import replace
from functools import partial

from customer_client.capture.cursor import CursorMoved, CursorShape
from customer_client.languages import _
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.session.chat import CustomerChat
from customer_client.session.clipboard import CustomerClipboard
from customer_client.session.company import Alone, Company
from customer_client.session.cursor_telling import tell_cursor
from customer_client.session.desktop import Desktop
from customer_client.session.desktop_access import DesktopAccess
from customer_client.session.diagnostics import DiagnosticsDesk
from customer_client.session.displays import DisplayDesk
from customer_client.session.files import CustomerFiles
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.input_summaries import InputSummaries
from customer_client.session.opening import Opening
from customer_client.session.permissions import Permissions, asked_by
from customer_client.session.pointing import CustomerPointing
from customer_client.session.protection import Beginning, CustomerProtection
from customer_client.session.questions import Questions, Request
from customer_client.session.recording import CustomerRecording
from customer_client.session.state import Answer, Bar, Page
from customer_client.session.view import View
from customer_client.video.bitrate import next_bitrate
from customer_client.video.screen_track import ScreenTrack
from customer_client.voice.customer_voice import CustomerVoice
from protocol.audit.events import Event, EventType
from protocol.channels import CHAT, CLIPBOARD, DRAWING, FILES, PICTURE, POINTING, Channel
from protocol.errors import PeerError
from protocol.messages.colleague import ColleagueAwaited, ColleagueInvited, ColleagueWithdrawn
from protocol.messages.consent import (
    Capability,
    CapabilityRequested,
    CapabilityRevoked,
    InputSuspended,
    PlanRequested,
)
from protocol.messages.diagnostics import DiagnosticsMessage, DiagnosticsRequested
from protocol.messages.displays import DisplaysWanted, ScreenshotKept, ThumbnailsWanted, WindowAsked
from protocol.messages.picture import PictureWanted, decode_picture_report
from protocol.messages.session import ControlMessage
from protocol.transport.outage import Outage
from protocol.transport.outage_notice import OutageNotice
from protocol.transport.picture_codec import negotiated_screen_stream
from protocol.transport.reconnector import Replacement
from protocol.transport.record_keeper import RecordKeeper, unless_over
from protocol.transport.session_link import Ending, Reason, SessionLink
from protocol.transport.tasks import create_task
from protocol.transport.voice.sound_devices import SoundDevices
from protocol.transport.voice.status import VoiceStatus

OPENING_TIMEOUT_S = 10.0
TICK_S = 0.5
LOCAL_INPUT_PAUSE_S = 2.0

_log = logging.getLogger(__name__)


class LiveSession:
    """Implements `LinkHandler` for the customer. Create it, `attach` its parts with the desktop paused, then `run`.

    `answer` is what the customer answered to the technician's introduction.
    """

    permissions: Permissions
    diagnostics: DiagnosticsDesk
    voice: CustomerVoice
    clipboard: CustomerClipboard
    files: CustomerFiles
    pointing: CustomerPointing
    displays: DisplayDesk
    protection: CustomerProtection

    def __init__(
        self,
        *,
        technician: VerifiedTechnician,
        opening: Opening,
        answer: Answer,
        questions: Questions,
        view: View,
        sounds: SoundDevices,
        chat: CustomerChat,
        company: Company | None = None,
        beginning: Beginning | None = None,
    ) -> None:
        self._beginning = beginning or Beginning()
        self._technician = technician
        self._chat = chat
        self._company = company or Alone()
        self._opening = opening
        self._answer = answer
        self._questions = questions
        self._view = view
        self._sounds = sounds
        self._opened = asyncio.Event()
        self._over = False
        self._last_suspended = float("-inf")
        name = partial(self._company.name_among, self)
        self._outage_notice = OutageNotice(
            lambda text: self._show_bar(notice=text), other="technician", button="Stop", name=name, say=_
        )
        self.unheard = False  # nothing comes through from the technician just now
        self._desktop: Desktop
        self._link: SessionLink
        self._keeper: RecordKeeper

    def attach(self, link: SessionLink, keeper: RecordKeeper, desktop: Desktop) -> None:
        """Name the link, the record and the desktop this session uses; before `run`."""
        self._link, self._keeper, self._desktop = link, keeper, desktop
        keeper.log_finding = lambda sentence: self._show_bar(notice=sentence)
        self._summaries = InputSummaries(desktop, keeper)
        self._listen_to_quality()
        self.permissions = Permissions(
            keeper=keeper,
            send=link.send,
            questions=self._questions,
            make_request=lambda *asked: Request.of(self._technician, *asked),
            changed=self._show_bar,
            barred=lambda one: (
                self._company.barred(self, one) or self.protection.held_back(one) or keeper.receipts.held_back(one)
            ),
        )
        self.diagnostics = DiagnosticsDesk(link=link, keeper=keeper, permissions=self.permissions, view=self._view)
        self.pointing = CustomerPointing(
            self.permissions, self._view, shared=lambda: desktop.display, name=self._technician.name
        )
        self.displays = DisplayDesk(desktop, self.permissions, link.send, self._view, self.pointing.clear)
        access = DesktopAccess(desktop, self.permissions, self.displays, link.send, keeper)
        self.permissions.register(access, Capability.SEE, Capability.CONTROL)
        self.permissions.register(CustomerRecording(desktop), Capability.RECORDING)
        self.permissions.register(self.diagnostics, Capability.DIAGNOSTICS)
        self.voice = CustomerVoice(
            link.connection.voice, self._sounds, self.permissions, shown=self._show_voice, sending=self._make_room
        )
        self.clipboard = CustomerClipboard(link.send, keeper, self.permissions, self._view)
        self._chat.attach(link.send, keeper, self.permissions)
        self.files = CustomerFiles(link, keeper, self.permissions, self._view, self._technician.name)
        files = self.files.exchange
        self.protection = CustomerProtection(
            screen=desktop,
            permissions=self.permissions,
            keeper=keeper,
            send=link.send,
            rest=files.rest,
            view=self._view,
            beginning=self._beginning,
            everybody=lambda: [live.protection for live in self._company.everybody(self)],
            leads=lambda: self._company.leads(self),
        )
        self._features = {CLIPBOARD: self.clipboard.arrived, CHAT: self._chat.arrived, FILES: files.arrived}

    def _listen_to_quality(self) -> None:
        if isinstance(self._desktop.track, ScreenStreamTrack):
            self._desktop.track.quality_changed = self._link.send

    async def run(self) -> Ending:
        """Open the record, share the screen and serve until the end; return how it ended."""
        running = create_task(self._link.run(), name="session link", awaited=True)
        chores = [
            create_task(self._keeper.deliver_forever(), name="deliver the record"),
            create_task(unless_over(self._tick_forever()), name="consent timers and bitrate"),
            create_task(unless_over(self._summaries.write_forever()), name="input summaries"),
        ]
        try:
            await self._open()
            chores.append(create_task(unless_over(self.protection.watch_tools()), name="other remote-control programs"))
            return await running
        finally:
            for chore in chores:
                chore.cancel()

    async def _open(self) -> None:
        introduction = self._technician.introduction
        await self._keeper.write(EventType.SESSION_OPEN, self._opening.body(self._technician))
        try:
            await asyncio.wait_for(self._opened.wait(), OPENING_TIMEOUT_S)
        except TimeoutError:
            await self._link.end(Reason.CONNECTION_LOST)
            return
        await self._keeper.write(
            EventType.IDENTITY_SHOWN,
            {
                "organisation": self._technician.organisation,
                "technician": self._technician.name,
                "ticket": introduction.ticket,
                "purpose": introduction.purpose,
                **self.protection.shown(),
            },
        )
        await self._keeper.write(EventType.LINK_PATH, {"path": self._link.connection.path})
        await self.voice.asked_for(self._answer.allowed)
        await self.permissions.open(introduction.capabilities, self._answer)
        await self._company.opened(self)

    # --- what the technician sends

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        """T's `session.open` lets us go on when it says what the customer read; the rest is only kept.

        Raises:
            PeerError: T's record says something else than T told the customer.
        """
        if event.type is EventType.SESSION_OPEN:
            told = self._technician.introduction
            asked = [capability.value for capability in told.capabilities]
            recorded = (body["ticket"], body["subject"], body["purpose"], body["capabilities"], body.get("joins", ""))
            if recorded != (told.ticket, told.subject, told.purpose, asked, self._opening.joins):
                raise PeerError("the technician recorded another purpose than it showed", code="purpose_differs")
            self._opened.set()
        await self.clipboard.recorded(event.seq)
        await self.files.exchange.recorded()

    async def control_arrived(self, message: ControlMessage) -> None:
        """Handle a request for permissions, or the return of one."""
        self.protection.active()
        match message:
            case CapabilityRequested() | PlanRequested():
                await self.voice.asked_for(asked_by(message))
                self.permissions.requested(message)
            case ColleagueInvited() | ColleagueAwaited() | ColleagueWithdrawn():
                await self._company.arrived(self, message)
            case CapabilityRevoked(capability=capability):
                await self.permissions.revoke(capability, "given_back", tell=False)
            case DisplaysWanted() | ThumbnailsWanted() | WindowAsked() | ScreenshotKept():
                self.displays.arrived(message)
            case PictureWanted():
                if isinstance(self._desktop.track, ScreenStreamTrack):
                    self._desktop.track.wanted(message)
            case _:
                raise PeerError(f"{type(message).__name__} is not for the customer to receive", code="not_allowed")

    async def diagnostics_arrived(self, message: DiagnosticsMessage) -> None:
        """Handle a request for a diagnostics report."""
        if not isinstance(message, DiagnosticsRequested):
            raise PeerError(f"{type(message).__name__} is not for the customer to receive", code="not_allowed")
        self._company.require_charge(self)
        self.diagnostics.requested(message)

    async def feature_arrived(self, channel: Channel, data: bytes) -> None:
        """Handle a message of a feature's own channel."""
        self.protection.active()
        if channel not in self._features:
            raise PeerError(f"{channel.label} is not used here", code="not_allowed")
        self._company.require_charge(self)
        await self._features[channel](data)

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        """Apply input if it may be; let a report set the pace of the picture."""
        if channel != PICTURE:
            self.protection.active()
        if channel in (DRAWING, POINTING):
            self.pointing.arrived(channel, data)
        elif channel == PICTURE:
            report = decode_picture_report(data)
            if isinstance(self._desktop.track, ScreenStreamTrack):
                self._desktop.track.reported(report)
        else:
            self._desktop.input_arrived(channel, data)

    def stability_changed(self, unstable: bool) -> None:
        """Let go of every key when the line is silent, and say so."""
        if self._desktop.input is not None:
            self._desktop.input.link_changed(not unstable)
        self.unheard = unstable
        if self._view.state.bar is not None:
            self._view.update(bar=replace(self._view.state.bar, unheard=unstable))
            self._company.show_people()

    def outage_goes_on(self, outage: Outage | None) -> None:
        """Say what is going on while the technician is not heard."""
        self._outage_notice.outage_goes_on(outage)

    def connection_replaced(self, replacement: Replacement) -> None:
        """Send the screen over the new connection, as it was: shared or paused.

        Raises:
            PeerError: the technician's side chose another kind of picture than at first.
        """
        screen_stream = isinstance(self._desktop.track, ScreenStreamTrack)
        if negotiated_screen_stream(replacement.sdp_answer) is not screen_stream:
            raise PeerError("another kind of picture after a reconnect", code="sdp_refused")
        replacement.connection.send_video(self._desktop.replace_track())
        self._listen_to_quality()
        self.voice.connection_replaced(replacement.connection.voice)
        self.files.exchange.connection_replaced()

    def round_trip_measured(self, rtt_ms: float) -> None:
        """Not shown to the customer."""

    async def about_to_end(self) -> None:
        """Stop sharing at once and record the last of the input."""
        self._over = True
        self.displays.end()
        self._desktop.pause()
        self._desktop.revoke_control()
        self.permissions.end_all()
        if len(self._company.everybody(self)) < 2:  # what this session asked was withdrawn with its permissions
            self._questions.decline_open()
        await self.files.close()
        await self._summaries.write()
        await self._beginning.compared(self._keeper)

    def displays_changed(self) -> None:
        """Tell the technician about the displays, while the screen is shared."""
        self.displays.changed()

    def cursor_changed(self, change: CursorShape | CursorMoved) -> None:
        """Tell the technician about the pointer, while the screen is shared."""
        if self.permissions.allows(Capability.SEE):
            tell_cursor(change, self._link.send)

    # --- what the customer presses

    async def pause(self) -> None:
        """Stop the picture and input, then record and say so."""
        await self.protection.pause()

    async def resume(self) -> None:
        """Record that sharing goes on, then share."""
        await self.protection.resume()

    async def take_back(self, capability: Capability) -> None:
        """Revoke one permission; the session goes on with what is left."""
        await self.permissions.revoke(capability, "taken_back")

    async def stop(self) -> Ending:
        """End the session because the customer said so."""
        self._desktop.pause()
        return await self._link.end(Reason.STOPPED_BY_CUSTOMER)

    def local_input_noticed(self) -> None:
        """The customer's own mouse or keyboard moved: theirs has priority for 2 s."""
        self.protection.active()
        now = time.monotonic()
        if self.permissions.allows(Capability.CONTROL) and now - self._last_suspended > 1.0:
            self._last_suspended = now
            self._link.send(InputSuspended(int(LOCAL_INPUT_PAUSE_S * 1000)))

    # --- chores

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.permissions.tick()
            self.protection.tick()
            track = self._desktop.track
            if isinstance(track, ScreenStreamTrack):
                self.files.picture_sent(track.rates.sent_bytes)
            if isinstance(track, ScreenTrack):
                loss = await self._link.connection.video_loss()
                if loss is not None:
                    track.bitrate_bps = next_bitrate(track.bitrate_bps, loss)

    def _show_voice(self, status: VoiceStatus | None) -> None:
        bar = self._view.state.bar
        if bar is not None and bar.voice != status:
            self._view.update(bar=replace(bar, voice=status))

    def _make_room(self, voice_bps: int) -> None:
        if isinstance(self._desktop.track, ScreenStreamTrack):
            self._desktop.track.rates.beside_bps = voice_bps

    def _show_bar(self, *, notice: str | None = None) -> None:
        if self._over:
            return
        bar = self._view.state.bar or Bar(
            technician=self._technician.name,
            organisation=self._technician.organisation,
            ticket=self._technician.introduction.ticket,
            started=time.monotonic(),
            allowed=frozenset(),
        )
        granted = self.permissions.granted()
        bar = replace(
            bar,
            allowed=frozenset(granted),
            until={capability: until for capability, until in granted.items() if until != float("inf")},
            paused=self.permissions.paused,
            notice=bar.notice if notice is None else notice,
        )
        page = self._view.state.page
        self._view.update(page=page if page is Page.DIAGNOSTICS else Page.SESSION, bar=bar)
        self._company.show_people()
