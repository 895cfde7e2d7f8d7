"""The technician's pointer and drawing on this screen: shown while granted, never clicking. Network thread."""

import asyncio
import logging
import time
from collections.abc import Callable

from customer_client.capture.source import Display
from customer_client.drawing.board import DrawingBoard
from customer_client.drawing.drawing import Drawing, DrawnStroke
from customer_client.input.injector import pixel_at
from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Permissions
from customer_client.session.view import View
from protocol.channels import DRAWING, Channel
from protocol.errors import PeerError
from protocol.messages.consent import Capability
from protocol.messages.drawing import DrawingMessage, PointerShown, decode_drawing, decode_pointing
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

MAX_HELD = 64
"""Messages that wait, for some milliseconds, until it is recorded that pointing is used."""

_log = logging.getLogger(__name__)


class CustomerPointing(CapabilityOwner):
    """Owns `point`. `shared` is the display the technician's places refer to, `name` is their verified name.

    That it was used at all is recorded once for each grant, before anything is shown.
    """

    def __init__(
        self,
        permissions: Permissions,
        view: View,
        *,
        shared: Callable[[], Display],
        name: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._permissions = permissions
        self._view = view
        self._shared = shared
        self._name = name
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._board = DrawingBoard()
        self._timer: asyncio.TimerHandle | None = None
        self._use_recorded = False
        self._held: list[DrawingMessage | PointerShown] = []
        permissions.register(self, Capability.POINT)

    def arrived(self, channel: Channel, data: bytes) -> None:
        """Show what was drawn, or where the technician points; without a live grant it is dropped.

        Raises:
            PeerError: not a message of that channel.
        """
        message = decode_drawing(data) if channel == DRAWING else decode_pointing(data)
        if not self._permissions.allows(Capability.POINT):
            return
        if self._use_recorded:
            self._take(message)
            self._show()
            return
        if not self._held:
            create_task(unless_over(self._record_use()), name="record pointing")
        self._held = [*self._held, message][-MAX_HELD:]

    def clear(self) -> None:
        """Take everything away: what was drawn belongs to a picture that is not shared any more."""
        self._held = []
        self._board.clear()
        self._show()

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Take everything away."""
        self._use_recorded = False
        self.clear()

    def capability_suspended(self, capability: Capability, suspended: bool) -> None:
        """Take everything away; it does not come back."""
        self.clear()

    def cut(self, capability: Capability) -> None:
        """Take everything away, from any thread."""
        try:
            self._loop.call_soon_threadsafe(self.clear)
        except RuntimeError:
            _log.debug("the network thread has ended")

    async def _record_use(self) -> None:
        try:
            await self._permissions.use(Capability.POINT, {})
        except PeerError:
            return  # it was ended meanwhile, and what was held is gone
        self._use_recorded = True
        held, self._held = self._held, []
        for message in held:
            self._take(message)
        self._show()

    def _take(self, message: DrawingMessage | PointerShown) -> None:
        if isinstance(message, PointerShown):
            self._board.point(message, self._clock())
        else:
            self._board.draw(message, self._clock())

    def _show(self) -> None:
        self._board.fade(self._clock())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._board.next_at()
        if due is not None:
            self._timer = self._loop.call_later(max(0.0, due - self._clock()), self._show)
        drawing = self._drawing() if due is not None else None
        if drawing != self._view.state.drawing:
            self._view.update(drawing=drawing)

    def _drawing(self) -> Drawing:
        shared = self._shared()

        def pixel(place: tuple[int, int]) -> tuple[int, int]:
            x, y = pixel_at(shared, *place)
            return x - shared.left, y - shared.top

        pointer = self._board.pointer
        return Drawing(
            left=shared.left,
            top=shared.top,
            width=shared.width,
            height=shared.height,
            name=self._name,
            strokes=tuple(
                DrawnStroke(stroke.kind, stroke.colour, tuple(map(pixel, stroke.places)))
                for stroke in self._board.strokes
            ),
            pointer=None if pointer is None else pixel(pointer),
        )
