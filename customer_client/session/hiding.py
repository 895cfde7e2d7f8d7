"""What the customer hides: chosen in a window of its own, told to the technician in numbers, recorded. Network thread.

The curtain itself is asked and told in threads: the desktop may take some milliseconds to answer.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from customer_client.languages import _
from customer_client.redaction.curtain import MOST_AREAS, Curtain
from customer_client.redaction.hidden import HiddenCounts
from customer_client.session.hiding_state import HidingShown, ShownArea
from customer_client.session.permissions import Keeper, Permissions
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.errors import EnvironmentFault
from protocol.messages.base import Message
from protocol.messages.consent import Capability
from protocol.messages.displays import AreasHidden
from protocol.picture.geometry import Rect
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

SETTLE_S = 0.5
"""Windows that come and go at once are told and recorded once."""

NOTIFICATIONS_EVERY_S = 60.0
"""A change of nothing but notifications is recorded this often at most."""

_log = logging.getLogger(__name__)


class HidingDesk:
    """Serves the window about hiding, for all technicians of a session together. `end` when nobody sees the screen."""

    def __init__(self, curtain: Curtain, view: View) -> None:
        self._curtain = curtain
        self._view = view
        self._loop = asyncio.get_running_loop()
        curtain.listen(self._changed)

    def show(self, shown: bool) -> None:
        """Open the window, or close it."""
        self._update(shown=shown, said="")
        if shown:
            self.look_again()

    def look_again(self) -> None:
        """List the windows anew."""
        create_task(self._ask(lambda: None), name="list windows to hide")

    def hide_window(self, window: int, hidden: bool) -> None:
        """Hide a window, or no more."""
        create_task(self._ask(lambda: self._curtain.hide_window(window, hidden)), name="hide a window")

    def hide_area(self, area: Rect) -> None:
        """Hide a part of the desktop."""
        if self._curtain.hide_area(area):
            self._update(said="")
        else:
            words = _("No more than {number} areas can be hidden. Show one again first.")
            self._update(said=words.format(number=MOST_AREAS))

    def show_area(self, number: int) -> None:
        """Hide it no more."""
        self._curtain.show_area(number)

    def hide_notifications(self, hidden: bool) -> None:
        """Hide notifications, or no more."""
        create_task(self._ask(lambda: self._curtain.hide_notifications(hidden)), name="hide notifications")

    def end(self) -> None:
        """Close the window for good."""
        self._curtain.leave(self._changed)
        if self._view.state.hiding is not None:
            self._view.update(hiding=None)

    async def _ask(self, act: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(act)
            windows = await asyncio.to_thread(self._curtain.windows)
        except EnvironmentFault as fault:
            _log.warning("hiding: %s (%s)", fault, fault.code)
            self._update(said=_("The windows on your screen cannot be listed now."))
            return
        self._update(windows=windows)

    def _changed(self, _chosen: bool) -> None:
        """Runs on the thread that found out."""
        try:
            self._loop.call_soon_threadsafe(self._refresh)
        except RuntimeError:
            _log.debug("the network thread has ended")

    def _refresh(self) -> None:
        if self._view.state.hiding is not None:
            self._update()

    def _update(self, **changes: object) -> None:
        """Show what is hidden by now, and `changes`; nothing while the session has no bar."""
        if self._view.state.bar is None:
            return
        areas = tuple(ShownArea(number, rect) for number, rect in self._curtain.areas.items())
        shown = replace(
            self._view.state.hiding or HidingShown(),
            counts=self._curtain.counts,
            areas=areas,
            notifications=self._curtain.notifications_hidden,
            **changes,  # type: ignore[arg-type]  # fields of HidingShown
        )
        if shown != self._view.state.hiding:
            self._view.update(hiding=shown)


class HiddenTeller:
    """Tells one technician how much is hidden, and writes it into that session's record, while they may see."""

    def __init__(
        self, curtain: Curtain, keeper: Keeper, permissions: Permissions, send: Callable[[Message], object]
    ) -> None:
        self._curtain = curtain
        self._keeper = keeper
        self._permissions = permissions
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.TimerHandle | None = None
        self._told = 0
        self._recorded = HiddenCounts()
        self._noted_notifications_at = float("-inf")
        self._over = False

    def begin(self) -> None:
        """The technician may see: say what is hidden from the first picture on."""
        self._over = False
        self._told = 0
        self._curtain.leave(self._changed)
        self._curtain.listen(self._changed)
        self._soon()

    def end(self) -> None:
        """The technician sees nothing any more."""
        self._over = True
        self._curtain.leave(self._changed)
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _changed(self, _chosen: bool) -> None:
        """Runs on the thread that found out."""
        try:
            self._loop.call_soon_threadsafe(self._soon)
        except RuntimeError:
            _log.debug("the network thread has ended")

    def _soon(self) -> None:
        if self._due is None and not self._over:
            self._due = self._loop.call_later(SETTLE_S, self._tell)

    def _tell(self) -> None:
        self._due = None
        counts = self._curtain.counts
        if counts.total != self._told and self._permissions.allows(Capability.SEE):
            self._told = counts.total
            self._send(AreasHidden(min(counts.total, 1000)))
        if self._is_to_be_recorded(counts):
            self._recorded = counts
            create_task(unless_over(self._record(counts)), name="record what is hidden")

    def _is_to_be_recorded(self, counts: HiddenCounts) -> bool:
        if replace(counts, notifications=0) != replace(self._recorded, notifications=0):
            return True
        now = self._loop.time()
        if counts == self._recorded or now - self._noted_notifications_at < NOTIFICATIONS_EVERY_S:
            return False
        self._noted_notifications_at = now
        return True

    async def _record(self, counts: HiddenCounts) -> None:
        await self._keeper.write(EventType.AREAS_HIDDEN, counts.body())
