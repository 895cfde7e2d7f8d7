"""The technician's side of a live session: asks, shows what the customer allows, records. Runs on the network thread.

The customer's side enforces; this side only never sends what it was not allowed to.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from protocol.audit.events import Event, EventType
from protocol.channels import CURSOR, DIAGNOSTICS, Channel
from protocol.consent import Standing
from protocol.errors import DesksideError, PeerError
from protocol.messages.colleague import ColleagueAnswered, ColleagueJoined, ColleagueLeft, SessionTaken
from protocol.messages.consent import (
    Capability,
    CapabilityAnswered,
    CapabilityRevoked,
    InputSuspended,
    SharingPaused,
    SharingResumed,
)
from protocol.messages.diagnostics import (
    DiagnosticsDeclined,
    DiagnosticsMessage,
    DiagnosticsReport,
    DiagnosticsRequested,
    Fact,
    facts_digest,
)
from protocol.messages.displays import (
    AreasHidden,
    DisplaysListed,
    DisplaysRefused,
    DisplayThumbnail,
    SightChanged,
    WindowDescribed,
)
from protocol.messages.input import InputDescribed
from protocol.messages.picture import PictureQuality
from protocol.messages.protection import RemoteToolNoticed
from protocol.messages.session import ControlMessage, DisplayDescribed
from protocol.transport.outage import Outage
from protocol.transport.outage_notice import OutageNotice
from protocol.transport.picture_codec import negotiated_screen_stream
from protocol.transport.reconnector import Replacement
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, SessionLink
from protocol.transport.tasks import create_task
from protocol.transport.voice.sound_devices import SoundDevices
from technician_app.controllers.colleagues import TechnicianColleagues
from technician_app.controllers.exchange import TechnicianExchange
from technician_app.controllers.pause_words import tool_sentence
from technician_app.controllers.permission_words import outcome_sentence, reason_to_ask
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.controllers.picture import PictureController
from technician_app.controllers.plan import ASKED_AT_FIRST, PlanAnswers
from technician_app.controllers.remote_control import RemoteControl
from technician_app.controllers.screen_tools import TechnicianScreen
from technician_app.controllers.session_report import TicketAttachments
from technician_app.controllers.session_state import Control, LinkStatus, Permission, Phase
from technician_app.controllers.voice import TechnicianVoice
from technician_app.recording.session_recording import SessionRecording

STATUS_INTERVAL_S = 1.0

Update = Callable[..., None]
"""Changes the named fields of the window's state."""


class TechnicianLive:
    """Implements `LinkHandler` for the technician."""

    permissions: AskedPermissions
    control: RemoteControl
    voice: TechnicianVoice

    def __init__(
        self,
        *,
        opening: dict[str, object],
        picture: PictureController,
        update: Update,
        attachments: TicketAttachments,
        exchange: TechnicianExchange,
        screen: TechnicianScreen,
        sounds: SoundDevices,
        colleagues: TechnicianColleagues,
        plan: tuple[Capability, ...] = ASKED_AT_FIRST,
        may_ask: frozenset[Capability] | None = None,
        recording: SessionRecording,
    ) -> None:
        self._opening = opening
        self._picture = picture
        self._update = update
        self._attachments = attachments
        self._exchange = exchange
        self._screen = screen
        self._sounds = sounds
        self._colleagues = colleagues
        self._plan = plan
        self._answers = PlanAnswers(plan)
        self._may_ask = may_ask
        self._recording = recording
        self._rtt_ms: float | None = None
        self._received = (time.monotonic(), 0)
        self._suspension: asyncio.TimerHandle | None = None
        self._outage_notice = OutageNotice(
            lambda text: self._update(outage=text), other="customer", button="End session"
        )
        self._link: SessionLink
        self._keeper: RecordKeeper

    def attach(self, link: SessionLink, keeper: RecordKeeper) -> None:
        """Name the link and record this session uses; before `run`."""
        self._link, self._keeper = link, keeper
        self._picture.connected(link.send)
        self.permissions = AskedPermissions(
            keeper=keeper, send=link.send, changed=self._permissions_changed, plan=self._plan, within=self._may_ask
        )
        self._colleagues.taken = self.permissions.widen
        self.permissions.register(PermissionOwner(), Capability.SEE, Capability.DIAGNOSTICS)
        self.control = RemoteControl(self.permissions, keeper, link.send)
        self.voice = TechnicianVoice(
            link.connection.voice, self._sounds, self.permissions, shown=lambda status: self._update(voice=status)
        )
        self._exchange.attach(link, keeper, self.permissions)
        self._screen.attach(link.send, keeper, self.permissions)
        self._recording.attach(keeper, self.permissions, self._picture, self.voice, self._exchange.chat)

    async def run(self) -> Ending:
        """Open the record and serve until the end; return how it ended."""
        running = create_task(self._link.run(), name="session link", awaited=True)
        chores = [
            create_task(self._keeper.deliver_forever(), name="deliver the record"),
            create_task(self._report_status(), name="status line"),
            create_task(self._recording.upload_forever(), name="upload the recording"),
        ]
        try:
            await self._keeper.write(EventType.SESSION_OPEN, self._opening)
            await self._keeper.write(EventType.LINK_PATH, {"path": self._link.connection.path})
            return await running
        finally:
            for chore in chores:
                chore.cancel()

    # --- what the customer sends

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        """Every event of the customer is kept; a push of text may have waited for the one that announces it."""
        await self._exchange.recorded(event.seq)

    async def feature_arrived(self, channel: Channel, data: bytes) -> None:
        """Handle a message of a feature's own channel."""
        await self._exchange.arrived(channel, data)

    async def control_arrived(self, message: ControlMessage) -> None:
        """Show what the customer allows, and the display."""
        match message:
            case DisplayDescribed(width=width, height=height):
                self._update(display_size=(width, height))
                self._recording.display_described(width, height)
            case DisplaysListed() | DisplaysRefused() | DisplayThumbnail() | WindowDescribed():
                self._screen.arrived(message)
            case AreasHidden(count=count):
                self._recording.areas_hidden(count)
                self._update(hidden_areas=count)
            case SightChanged(lost=lost):
                self._update(sight_lost=lost)
            case CapabilityAnswered():
                await self.permissions.answered(message)
            case CapabilityRevoked():
                await self.permissions.revoked(message)
            case SharingPaused(because=because):
                self.voice.paused(True)
                self._recording.paused(because)
                self._exchange.files.paused(True)
                self._update(paused=True, paused_because=because)
            case RemoteToolNoticed(kind=kind):
                self._update(problem=tool_sentence(kind))
            case SharingResumed():
                self.voice.paused(False)
                self._recording.paused(None)
                self._exchange.files.paused(False)
                self._update(paused=False)
            case InputDescribed(no_secure_attention=reason):
                self._update(no_secure_attention=reason)
            case InputSuspended(for_ms=for_ms):
                self._suspend(for_ms / 1000)
            case PictureQuality():
                self._picture.quality_arrived(message)
                self._update(picture=self._picture.figures)
            case ColleagueAnswered() | ColleagueJoined() | ColleagueLeft() | SessionTaken():
                await self._colleagues.arrived(message)
            case _:
                raise PeerError(f"{type(message).__name__} is not for the technician to receive", code="not_allowed")

    async def diagnostics_arrived(self, message: DiagnosticsMessage) -> None:
        """Record, show and attach a report."""
        match message:
            case DiagnosticsReport(facts=facts, collected_at_ms=collected_at_ms, event_seq=seq):
                self._check_report(facts, seq)
                await self._keeper.write(
                    EventType.DIAG_RECEIVED, {"facts": len(facts), "sha256": facts_digest(facts)}, answers=seq
                )
                self._update(diagnostics=facts, diagnostics_pending=False)
                create_task(self._attach(facts, collected_at_ms), name="attach diagnostics")
            case DiagnosticsDeclined(reason=reason):
                self._update(diagnostics_pending=False, problem=outcome_sentence(Capability.DIAGNOSTICS, reason))
            case _:
                raise PeerError(f"{type(message).__name__} is not for the technician to receive", code="not_allowed")

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        """Show the pointer; refuse input, which only ever goes to the customer."""
        if channel != CURSOR:
            raise PeerError("input from the customer", code="not_allowed")
        self._picture.cursor_arrived(data)

    def stability_changed(self, unstable: bool) -> None:
        """Show that nothing is heard."""
        self._update(unstable=unstable)

    def outage_goes_on(self, outage: Outage | None) -> None:
        """Show for how long, and whether the customer's program still seems to be there."""
        self._outage_notice.outage_goes_on(outage)

    def connection_replaced(self, replacement: Replacement) -> None:
        """Read the picture from the new connection; what was shown stays until the new one covers it."""
        self._received = (time.monotonic(), 0)
        screen_stream = negotiated_screen_stream(replacement.sdp_answer)
        for track in replacement.tracks:
            if track.kind == "video":
                self._picture.track_arrived(track, screen_stream=screen_stream)
        self._picture.say_wish_again()
        self.voice.connection_replaced(replacement.connection.voice)
        self._exchange.files.exchange.connection_replaced()

    def round_trip_measured(self, rtt_ms: float) -> None:
        """Keep the newest round trip time for the status line."""
        self._rtt_ms = rtt_ms
        self._picture.round_trip_measured(rtt_ms)
        self._recording.round_trip_measured(rtt_ms)

    async def about_to_end(self) -> None:
        """Let go of everything in the record before the end."""
        await self._exchange.files.close()
        await self.permissions.end_all()

    # --- what the technician does

    async def ask_for(self, capabilities: tuple[Capability, ...]) -> None:
        """Ask the customer for one permission, or for several in one question."""
        self._update(problem="")
        if Capability.VOICE in capabilities:
            await self.voice.check()
        await self.permissions.ask(*capabilities, reason=reason_to_ask(capabilities))

    async def give_back(self, capability: Capability) -> None:
        """Give a permission back, or take a request back."""
        await self.permissions.give_back(capability)

    async def request_diagnostics(self) -> None:
        """Ask the customer for a report."""
        self.permissions.require_within(Capability.DIAGNOSTICS)
        self._update(diagnostics_pending=True, problem="")
        seq = await self.permissions.sign_ask(Capability.DIAGNOSTICS)
        self._link.send(DiagnosticsRequested(seq), DIAGNOSTICS)

    async def end(self) -> Ending:
        """End the session because the technician said so, or leave a colleague's."""
        return await self._link.end(self._colleagues.end_reason)

    # --- inside

    def _permissions_changed(
        self, permissions: Mapping[Capability, Permission], changed: Capability | None, reason: str
    ) -> None:
        changes: dict[str, Any] = {"permissions": permissions, "control": _control_of(permissions)}
        if changed is not None and (changed is not Capability.DIAGNOSTICS or self._answers.awaits(changed)):
            sentence = self._answers.sentence(changed, reason)
            # what has expired is said by the line that offers to ask again
            changes["problem"] = "" if permissions.get(changed, Permission()).expired else sentence
        if changed is Capability.SEE and self.permissions.allows(Capability.SEE):
            self._picture.allow()
            changes |= {"phase": Phase.LIVE, "status": "You can see the customer's screen."}
        self._update(**changes)
        self._exchange.files.permissions_changed()

    def _check_report(self, facts: tuple[Fact, ...], seq: int) -> None:
        held = self._keeper.record.event("C", seq)
        if held is None or held.event.type is not EventType.DIAG_SENT or held.body.get("sha256") != facts_digest(facts):
            raise PeerError("a report that is not the one recorded", code="not_allowed")

    def _suspend(self, seconds: float) -> None:
        if self._suspension is not None:
            self._suspension.cancel()
        self._update(suspended=True)
        self._suspension = asyncio.get_running_loop().call_later(seconds, lambda: self._update(suspended=False))

    async def _attach(self, facts: tuple[Fact, ...], collected_at_ms: int) -> None:
        try:
            await self._attachments.report(facts, collected_at_ms)
        except DesksideError as error:
            self._update(problem=f"The report could not be attached to the ticket. {error.user_text}")
            return
        self._update(diagnostics_attached=True)

    async def _report_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_INTERVAL_S)
            now, received = time.monotonic(), self._link.connection.received_bytes
            before, received_before = self._received
            self._received = (now, received)
            rate = (received - received_before) * 8 / 1000 / max(0.001, now - before)
            # Uploading a recording makes room by the round trip.
            self._link.heartbeats.closely = self.permissions.allows(Capability.RECORDING)
            changes: dict[str, Any] = {
                "link_status": LinkStatus(self._link.connection.path, self._rtt_ms, self._picture.updates_per_s, rate),
                "picture": self._picture.figures,
            }
            self._update(**changes)


def _control_of(permissions: Mapping[Capability, Permission]) -> Control:
    standing = permissions.get(Capability.CONTROL, Permission()).standing
    return {Standing.DENIED: Control.NONE, Standing.ASKED: Control.ASKED, Standing.GRANTED: Control.GRANTED}[standing]
