"""The system's own question, after the customer's yes in our window: on Wayland no program sees a screen without it.

Runs on the network thread; what blocks runs on threads of its own. Nothing of the answer is kept: each session asks.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from customer_client.portal.faults import SHARING_ENDED
from customer_client.portal.wayland import is_wayland
from customer_client.session.colleagues_seat import Seat
from customer_client.session.state import Page
from customer_client.session.view import View
from protocol.errors import EnvironmentFault
from protocol.messages.consent import Capability
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

if TYPE_CHECKING:
    from customer_client.portal.screen import PortalScreen

LOOKS_EVERY_S = 0.25
_CAN_BE_ASKED_AGAIN = frozenset({"dialog_cancelled", "portal_refused"})


class SystemDialog:
    """One session's question. `screen` is what it led to: None before it, and where no system asks.

    `block` stops all sharing at once, from any thread; `seats` are all technicians who are here.
    """

    def __init__(self, view: View, *, block: Callable[[], None], seats: Callable[[], tuple[Seat, ...]]) -> None:
        self._view = view
        self._block = block
        self._seats = seats
        self._loop = asyncio.get_running_loop()
        self._again = asyncio.Event()
        self.screen: PortalScreen | None = None

    async def ask(self, gone: Callable[[], str]) -> bool:
        """Let the system ask until there is a yes; return False where no system asks.

        `gone` says why the technician is no longer there: the question is taken back then.

        Raises:
            EnvironmentFault: `wayland_without_portal`, `no_gstreamer`, `display_gone`, or `technician_gone`.
        """
        if not is_wayland():
            return False
        # There on Wayland only.
        from customer_client.portal.gstreamer import require_gstreamer
        from customer_client.portal.screen import PortalScreen

        await asyncio.to_thread(require_gstreamer)
        self.screen = screen = await asyncio.to_thread(PortalScreen, self._ended_elsewhere)
        while not screen.alive:
            self._view.update(page=Page.SYSTEM_DIALOG, dialog_open=True, text="")
            try:
                await self._unless_gone(screen, gone)
            except EnvironmentFault as fault:
                if fault.code not in _CAN_BE_ASKED_AGAIN:
                    raise
                self._again.clear()
                self._view.update(page=Page.SYSTEM_DIALOG, dialog_open=False, text=fault.user_text)
                await self._until_wanted(gone)
        return True

    def ask_again(self) -> None:
        """The customer would like to be asked once more."""
        self._again.set()

    def close(self) -> None:
        """End the sharing at the system, or take its question off the screen. Harmless to call again."""
        if self.screen is not None:
            self.screen.close()

    async def _unless_gone(self, screen: "PortalScreen", gone: Callable[[], str]) -> None:
        asking = create_task(asyncio.to_thread(screen.ask), name="system dialog", awaited=True)
        try:
            while not asking.done():
                await asyncio.wait({asking}, timeout=LOOKS_EVERY_S)
                _require(gone)
        except BaseException:
            screen.close()
            with suppress(EnvironmentFault):  # what it says is no news
                await asking
            raise
        await asking

    async def _until_wanted(self, gone: Callable[[], str]) -> None:
        while not self._again.is_set():
            _require(gone)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), LOOKS_EVERY_S)

    def _ended_elsewhere(self) -> None:
        """Runs on a thread of its own: the person or the system has ended it. Stop first, then tell everybody."""
        self._block()
        with suppress(RuntimeError):  # the network thread has ended
            self._loop.call_soon_threadsafe(self._tell_ended)

    def _tell_ended(self) -> None:
        for seat in self._seats():
            revoking = seat.live.permissions.revoke(Capability.SEE, "taken_back")
            create_task(unless_over(revoking), name="the system has ended the sharing")
        bar = self._view.state.bar
        if bar is not None:
            self._view.update(bar=replace(bar, notice=SHARING_ENDED))


def _require(gone: Callable[[], str]) -> None:
    if why := gone():
        raise EnvironmentFault(why, code="technician_gone", user_text=why)
