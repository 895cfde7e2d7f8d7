"""The technician's side of a live session: asks, shows what the customer allows, records. Runs on the network thread.

The customer's side enforces; this side only never sends what it was not allowed to.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from protocol.audit.events import Event, EventType
from protocol.channels import CURSOR, DIAGNOSTICS, INPUT, POINTER, Channel
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
from protocol.messages.diagnostics import (
    DiagnosticsDeclined,
    DiagnosticsMessage,
    DiagnosticsReport,
    DiagnosticsRequested,
    Fact,
    facts_digest,
)
from protocol.messages.input import AllReleased, InputMessage, PointerMoved
from protocol.messages.session import ControlMessage, DisplayDescribed
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, Reason, SessionLink
from protocol.transport.tasks import create_task
from technician_app.controllers.picture import PictureController
from technician_app.controllers.session_state import Control, LinkStatus, Phase

STATUS_INTERVAL_S = 1.0

_DENIALS = {
    "declined": "The customer did not allow it.",
    "no_answer": "The customer did not answer.",
    "not_possible_here": "The customer's computer does not let anybody control it.",
}

Update = Callable[..., None]
"""Changes the named fields of the window's state."""


class TechnicianLive:
    """Implements `LinkHandler` for the technician."""

    def __init__(
        self,
        *,
        opening: dict[str, object],
        picture: PictureController,
        update: Update,
        attach_report: Callable[[tuple[Fact, ...], int], Awaitable[None]],
    ) -> None:
        self._opening = opening
        self._picture = picture
        self._update = update
        self._attach_report = attach_report
        self._control = Control.NONE
        self._rtt_ms: float | None = None
        self._received = (time.monotonic(), 0)
        self._pointer_seq = 0
        self._suspension: asyncio.TimerHandle | None = None
        self._link: SessionLink
        self._keeper: RecordKeeper

    def attach(self, link: SessionLink, keeper: RecordKeeper) -> None:
        """Name the link and record this session uses; before `run`."""
        self._link, self._keeper = link, keeper

    async def run(self) -> Ending:
        """Open the record and serve until the end; return how it ended."""
        running = create_task(self._link.run(), name="session link", awaited=True)
        chores = [
            create_task(self._keeper.deliver_forever(), name="deliver the record"),
            create_task(self._report_status(), name="status line"),
        ]
        try:
            await self._keeper.write(EventType.SESSION_OPEN, self._opening)
            return await running
        finally:
            for chore in chores:
                chore.cancel()

    # --- what the customer sends

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        """Every event of the customer is kept; none changes anything by itself."""

    async def control_arrived(self, message: ControlMessage) -> None:
        """Show what the customer allows, and the display."""
        match message:
            case DisplayDescribed(width=width, height=height):
                self._update(display_size=(width, height))
            case CapabilityAnswered():
                await self._answered(message)
            case CapabilityRevoked(capability=Capability.CONTROL, reason=reason):
                await self._control_ended(reason)
            case SharingPaused():
                self._update(paused=True)
            case SharingResumed():
                self._update(paused=False)
            case InputSuspended(for_ms=for_ms):
                self._suspend(for_ms / 1000)
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
                self._update(diagnostics_pending=False, problem=_denial(reason))
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

    def round_trip_measured(self, rtt_ms: float) -> None:
        """Keep the newest round trip time for the status line."""
        self._rtt_ms = rtt_ms

    async def about_to_end(self) -> None:
        """Let go of control in the record before the end."""
        if self._control is Control.GRANTED:
            self._control = Control.NONE
            await self._keeper.write(EventType.CONTROL_RELEASE, {"reason": "session_end"})

    # --- what the technician does

    async def request_control(self) -> None:
        """Ask the customer for mouse and keyboard."""
        if self._control is not Control.NONE:
            return
        self._set_control(Control.ASKED, problem="")
        seq = await self._keeper.write(EventType.CONSENT_ASK, {"capability": Capability.CONTROL.value})
        self._link.send(CapabilityRequested(Capability.CONTROL, "To work on your computer for this ticket.", seq))

    async def release_control(self) -> None:
        """Give control back."""
        if self._control is Control.GRANTED:
            self._link.send(AllReleased(), INPUT)
            self._link.send(CapabilityRevoked(Capability.CONTROL, "given_back"))
            await self._control_ended("given_back")

    async def request_diagnostics(self) -> None:
        """Ask the customer for a report."""
        self._update(diagnostics_pending=True, problem="")
        seq = await self._keeper.write(EventType.CONSENT_ASK, {"capability": Capability.DIAGNOSTICS.value})
        self._link.send(DiagnosticsRequested(seq), DIAGNOSTICS)

    def send_input(self, message: InputMessage) -> None:
        """Send one input event if control is granted, else drop it."""
        if self._control is Control.GRANTED:
            self._link.send(message, INPUT)

    def send_pointer(self, x: int, y: int) -> None:
        """Move the customer's pointer if control is granted."""
        if self._control is Control.GRANTED:
            self._pointer_seq += 1
            self._link.send(PointerMoved(self._pointer_seq, x, y), POINTER)

    async def end(self) -> Ending:
        """End the session because the technician said so."""
        return await self._link.end(Reason.ENDED_BY_TECHNICIAN)

    # --- inside

    async def _answered(self, message: CapabilityAnswered) -> None:
        self._check_answer(message)
        if message.capability is Capability.SEE and message.granted:
            self._picture.allow()
            self._update(phase=Phase.LIVE, status="You can see the customer's screen.", problem="")
        elif message.capability is Capability.CONTROL and self._control is Control.ASKED:
            if message.granted:
                await self._keeper.write(
                    EventType.CONTROL_TAKE, {"capability": Capability.CONTROL.value}, answers=message.event_seq
                )
                self._set_control(Control.GRANTED, problem="")
            else:
                self._set_control(Control.NONE, problem=_denial(message.reason))

    def _check_answer(self, message: CapabilityAnswered) -> None:
        wanted = EventType.CONSENT_GRANT if message.granted else EventType.CONSENT_DENY
        held = self._keeper.record.event("C", message.event_seq)
        if held is None or held.event.type is not wanted or held.body.get("capability") != message.capability.value:
            raise PeerError("an answer without its signed event", code="not_allowed")

    def _check_report(self, facts: tuple[Fact, ...], seq: int) -> None:
        held = self._keeper.record.event("C", seq)
        if held is None or held.event.type is not EventType.DIAG_SENT or held.body.get("sha256") != facts_digest(facts):
            raise PeerError("a report that is not the one recorded", code="not_allowed")

    async def _control_ended(self, reason: str) -> None:
        if self._control is Control.GRANTED:
            await self._keeper.write(EventType.CONTROL_RELEASE, {"reason": reason})
        text = {"taken_back": "The customer has taken control back.", "expired": "Control has expired."}.get(reason, "")
        self._set_control(Control.NONE, problem=text)

    def _set_control(self, control: Control, *, problem: str) -> None:
        self._control = control
        self._update(control=control, problem=problem)

    def _suspend(self, seconds: float) -> None:
        if self._suspension is not None:
            self._suspension.cancel()
        self._update(suspended=True)
        self._suspension = asyncio.get_running_loop().call_later(seconds, lambda: self._update(suspended=False))

    async def _attach(self, facts: tuple[Fact, ...], collected_at_ms: int) -> None:
        await self._attach_report(facts, collected_at_ms)

    async def _report_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_INTERVAL_S)
            now, received = time.monotonic(), await self._link.connection.received_bytes()
            before, received_before = self._received
            self._received = (now, received)
            rate = (received - received_before) * 8 / 1000 / max(0.001, now - before)
            changes: dict[str, Any] = {
                "link_status": LinkStatus(self._link.connection.path, self._rtt_ms, self._picture.updates_per_s, rate)
            }
            self._update(**changes)


def _denial(reason: str) -> str:
    return _DENIALS.get(reason, "The customer did not allow it.")
