"""The customer's side of a live session: enforces consent, records every act before it happens, shares the screen.

Runs on the network thread. What the customer presses acts here at once, whether or not anybody can be told.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, replace

from customer_client.capture.cursor import CursorMoved, CursorShape
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.session.desktop import Desktop
from customer_client.session.diagnostics import DiagnosticsDesk
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.questions import Questions
from customer_client.session.state import Bar, Page
from customer_client.session.view import View
from customer_client.video.bitrate import next_bitrate
from customer_client.video.screen_track import ScreenTrack
from protocol.audit.events import Event, EventType
from protocol.channels import CURSOR, PICTURE, Channel
from protocol.consent import ConsentMachine, Standing
from protocol.errors import PeerError
from protocol.messages.consent import (
    Capability,
    CapabilityAnswered,
    CapabilityRequested,
    CapabilityRevoked,
    InputSuspended,
    SharingPaused,
    SharingResumed,
)
from protocol.messages.diagnostics import DiagnosticsMessage, DiagnosticsRequested
from protocol.messages.picture import MAX_CURSOR_BYTES, CursorPlaced, CursorShapeChanged, decode_picture_report
from protocol.messages.session import ControlMessage, DisplayDescribed
from protocol.transport.record_keeper import RecordKeeper, unless_over
from protocol.transport.session_link import Ending, Reason, SessionLink
from protocol.transport.tasks import create_task

OPENING_TIMEOUT_S = 10.0
SUMMARY_INTERVAL_S = 10.0
TICK_S = 0.5
LOCAL_INPUT_PAUSE_S = 2.0

_log = logging.getLogger(__name__)


def _near(coordinate: int) -> int:
    return max(-32768, min(32767, coordinate))


@dataclass(frozen=True)
class Opening:
    """The body of this side's `session.open`."""

    customer_key: bytes
    certificate_sha256: str
    th: bytes


class LiveSession:
    """Implements `LinkHandler` for the customer. Create it, `attach` its parts with the desktop paused, then `run`."""

    def __init__(
        self,
        *,
        technician: VerifiedTechnician,
        opening: Opening,
        questions: Questions,
        view: View,
    ) -> None:
        self._technician = technician
        self._opening = opening
        self._questions = questions
        self._view = view
        self._consent = ConsentMachine()
        self._opened = asyncio.Event()
        self._over = False
        self._last_suspended = float("-inf")
        self._desktop: Desktop
        self._link: SessionLink
        self._keeper: RecordKeeper
        self.diagnostics: DiagnosticsDesk

    def attach(self, link: SessionLink, keeper: RecordKeeper, desktop: Desktop) -> None:
        """Name the link, the record and the desktop this session uses; before `run`."""
        self._link, self._keeper, self._desktop = link, keeper, desktop
        self.diagnostics = DiagnosticsDesk(link=link, keeper=keeper, consent=self._consent, view=self._view)

    async def run(self) -> Ending:
        """Open the record, share the screen and serve until the end; return how it ended."""
        running = create_task(self._link.run(), name="session link", awaited=True)
        chores = [
            create_task(self._keeper.deliver_forever(), name="deliver the record"),
            create_task(unless_over(self._tick_forever()), name="consent timers and bitrate"),
            create_task(unless_over(self._summarise_forever()), name="input summaries"),
        ]
        try:
            await self._open()
            return await running
        finally:
            for chore in chores:
                chore.cancel()

    async def _open(self) -> None:
        introduction = self._technician.introduction
        await self._keeper.write(
            EventType.SESSION_OPEN,
            {
                "ticket": introduction.ticket,
                "organisation": self._technician.organisation,
                "technician": self._technician.name,
                "certificate_sha256": self._opening.certificate_sha256,
                "customer_key": self._opening.customer_key.hex(),
                "th": self._opening.th.hex(),
            },
        )
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
            },
        )
        self._consent.ask(Capability.SEE, time.monotonic())
        await self._grant(Capability.SEE, ask_seq=0)
        display = self._desktop.display
        self._link.send(DisplayDescribed(display.width, display.height, display.name))
        self._desktop.start()

    async def _grant(self, capability: Capability, *, ask_seq: int) -> None:
        seq = await self._keeper.write(
            EventType.CONSENT_GRANT, {"capability": capability.value, "expires_in_s": 0}, answers=ask_seq
        )
        if self._consent.answer(capability, accepted=True, now=time.monotonic()):
            self._link.send(CapabilityAnswered(capability, True, "", 0, seq))
            self._show_bar()

    # --- what the technician sends

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        """T's `session.open` allows us to go on when it says what the customer read; the rest is only kept.

        Raises:
            PeerError: T's record says something else than T told the customer.
        """
        if event.type is EventType.SESSION_OPEN:
            told = self._technician.introduction
            if (body["ticket"], body["subject"], body["purpose"]) != (told.ticket, told.subject, told.purpose):
                raise PeerError("the technician recorded another purpose than it showed", code="purpose_differs")
            self._opened.set()

    async def control_arrived(self, message: ControlMessage) -> None:
        """Handle a request for control, or its return."""
        match message:
            case CapabilityRequested(capability=Capability.CONTROL):
                self._check_ask(message)
                self._consent.ask(Capability.CONTROL, time.monotonic())
                create_task(unless_over(self._ask_for_control(message)), name="ask for control")
            case CapabilityRevoked(capability=Capability.CONTROL):
                await self._end_control("given_back", tell=False)
            case _:
                raise PeerError(f"{type(message).__name__} is not for the customer to receive", code="not_allowed")

    async def diagnostics_arrived(self, message: DiagnosticsMessage) -> None:
        """Handle a request for a diagnostics report."""
        if not isinstance(message, DiagnosticsRequested):
            raise PeerError(f"{type(message).__name__} is not for the customer to receive", code="not_allowed")
        self.diagnostics.requested(message)

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        """Apply input if it may be; let a report set the pace of the picture."""
        if channel == PICTURE:
            report = decode_picture_report(data)
            if isinstance(self._desktop.track, ScreenStreamTrack):
                self._desktop.track.reported(report)
        else:
            self._desktop.input_arrived(channel, data)

    def stability_changed(self, unstable: bool) -> None:
        """Let go of every key when the line is silent, and say so."""
        if self._desktop.input is not None:
            self._desktop.input.link_changed(not unstable)
        self._show_bar(notice="Connection interrupted, trying again …" if unstable else "")

    def round_trip_measured(self, rtt_ms: float) -> None:
        """Not shown to the customer."""

    async def about_to_end(self) -> None:
        """Stop sharing at once and record the last of the input."""
        self._over = True
        self._desktop.pause()
        self._consent.revoke_all()
        self._desktop.revoke_control()
        self._questions.decline_open()
        self.diagnostics.decide(None)
        await self._summarise()

    def cursor_changed(self, change: CursorShape | CursorMoved) -> None:
        """Tell the technician about the pointer, while the screen is shared."""
        if self._over or not self._consent.allows(Capability.SEE, time.monotonic()):
            return
        if isinstance(change, CursorMoved):
            self._link.send(CursorPlaced(_near(change.x), _near(change.y), change.visible), CURSOR)
        elif len(change.argb) <= MAX_CURSOR_BYTES:
            shape = (change.serial, change.width, change.height, change.hot_x, change.hot_y, change.argb)
            self._link.send(CursorShapeChanged(*shape), CURSOR)

    # --- what the customer presses

    async def pause(self) -> None:
        """Stop the picture and input, then record and say so."""
        self._desktop.pause()
        self._show_bar(paused=True)
        await self._keeper.write(EventType.SHARING_PAUSE, {})
        self._link.send(SharingPaused())

    async def resume(self) -> None:
        """Record that sharing goes on, then share."""
        await self._keeper.write(EventType.SHARING_RESUME, {})
        self._link.send(SharingResumed())
        self._desktop.start()
        self._show_bar(paused=False)

    async def take_back(self, capability: Capability) -> None:
        """Revoke control, or stop the session when seeing is taken back."""
        if capability is Capability.CONTROL:
            await self._end_control("taken_back", tell=True)
        elif capability is Capability.SEE:
            await self.stop()

    async def stop(self) -> Ending:
        """End the session because the customer said so."""
        self._desktop.pause()
        return await self._link.end(Reason.STOPPED_BY_CUSTOMER)

    def local_input_noticed(self) -> None:
        """The customer's own mouse or keyboard moved: theirs has priority for 2 s."""
        now = time.monotonic()
        if self._consent.allows(Capability.CONTROL, now) and now - self._last_suspended > 1.0:
            self._last_suspended = now
            self._link.send(InputSuspended(int(LOCAL_INPUT_PAUSE_S * 1000)))

    # --- control

    def _check_ask(self, message: CapabilityRequested) -> None:
        asked = self._keeper.record.event("T", message.event_seq)
        if (
            asked is None
            or asked.event.type is not EventType.CONSENT_ASK
            or asked.body.get("capability") != message.capability.value
        ):
            raise PeerError("a request without its signed event", code="not_allowed")

    async def _ask_for_control(self, message: CapabilityRequested) -> None:
        introduction = self._technician.introduction
        accepted = self._desktop.input is not None and await self._questions.ask(
            Capability.CONTROL,
            organisation=self._technician.organisation,
            technician=self._technician.name,
            ticket=introduction.ticket,
            subject=introduction.subject,
            reason=message.reason,
        )
        in_time = self._consent.standing(Capability.CONTROL, time.monotonic()) is Standing.ASKED
        if accepted and in_time:
            await self._grant(Capability.CONTROL, ask_seq=message.event_seq)
            if self._desktop.input is not None and self._consent.allows(Capability.CONTROL, time.monotonic()):
                self._desktop.input.grant()
            return
        self._consent.revoke(Capability.CONTROL)
        reason = "declined" if self._desktop.input is not None else "not_possible_here"
        seq = await self._keeper.write(
            EventType.CONSENT_DENY,
            {"capability": Capability.CONTROL.value, "reason": reason},
            answers=message.event_seq,
        )
        self._link.send(CapabilityAnswered(Capability.CONTROL, False, reason, 0, seq))

    async def _end_control(self, reason: str, *, tell: bool) -> None:
        self._desktop.revoke_control()
        if self._consent.revoke(Capability.CONTROL):
            await self._tell_control_ended(reason, tell=tell)

    async def _tell_control_ended(self, reason: str, *, tell: bool) -> None:
        await self._keeper.write(EventType.CONSENT_REVOKE, {"capability": Capability.CONTROL.value, "reason": reason})
        if tell:
            self._link.send(CapabilityRevoked(Capability.CONTROL, reason))
        self._show_bar()

    # --- chores

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for ended in self._consent.handle_timer(time.monotonic()):
                _log.info("%s ended by itself", ended.capability.value)
                if ended.capability is Capability.CONTROL and ended.was is Standing.GRANTED:
                    self._desktop.revoke_control()
                    await self._tell_control_ended("expired", tell=True)
            track = self._desktop.track
            loss = await self._link.connection.video_loss()
            if loss is not None and isinstance(track, ScreenTrack):
                track.bitrate_bps = next_bitrate(track.bitrate_bps, loss)

    async def _summarise_forever(self) -> None:
        while True:
            await asyncio.sleep(SUMMARY_INTERVAL_S)
            await self._summarise()

    async def _summarise(self) -> None:
        counts = self._desktop.input.summary() if self._desktop.input is not None else None
        if counts is not None:
            await self._keeper.write(EventType.INPUT_SUMMARY, counts)

    def _show_bar(self, *, notice: str | None = None, paused: bool | None = None) -> None:
        if self._over:
            return
        now = time.monotonic()
        bar = self._view.state.bar or Bar(
            technician=self._technician.name,
            organisation=self._technician.organisation,
            ticket=self._technician.introduction.ticket,
            started=now,
            allowed=frozenset(),
        )
        bar = replace(
            bar,
            allowed=self._consent.granted(now) & {Capability.SEE, Capability.CONTROL},
            paused=bar.paused if paused is None else paused,
            notice=bar.notice if notice is None else notice,
        )
        page = self._view.state.page
        self._view.update(page=page if page is Page.DIAGNOSTICS else Page.SESSION, bar=bar)
