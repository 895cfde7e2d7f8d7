"""Pointing, drawing, displays and screenshots on the technician's side. Network thread.

Nothing is sent that the customer does not allow.
"""

import asyncio
import hashlib
import itertools
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from protocol.audit.events import EventType
from protocol.channels import CONTROL, DRAWING, POINTING, Channel
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import Message
from protocol.messages.consent import Capability
from protocol.messages.displays import (
    DisplaysListed,
    DisplaysRefused,
    DisplaysWanted,
    DisplayThumbnail,
    ScreenshotKept,
    ThumbnailsWanted,
    WindowAsked,
    WindowDescribed,
)
from protocol.messages.drawing import DrawingMessage, PointerShown
from technician_app.controllers.permissions import AskedPermissions, Keeper, PermissionOwner
from technician_app.controllers.screen_state import DisplaysShown, Screenshot
from technician_app.controllers.session_report import TicketAttachments

ScreenMessage = DisplaysListed | DisplaysRefused | DisplayThumbnail | WindowDescribed

DESCRIPTION_TIMEOUT_S = 3.0
SAID_FOR_S = 6.0
MAX_PNG_BYTES = 1_000_000
"""An attachment is at most 1 MiB once it is sealed to everybody."""

_log = logging.getLogger(__name__)


class TechnicianScreen(PermissionOwner):
    """Implements `ScreenIntents`; owns `point`.

    `update` changes the window's state; `begin` runs work and shows what goes wrong.
    """

    def __init__(
        self,
        *,
        attachments: TicketAttachments,
        update: Callable[..., None],
        begin: Callable[[Coroutine[Any, Any, object], str], None],
    ) -> None:
        self._attachments = attachments
        self._update = update
        self._begin = begin
        self._shown = DisplaysShown()
        self._pointer_seq = itertools.count(1)
        self._questions = itertools.count(1)
        self._described: dict[int, asyncio.Future[WindowDescribed]] = {}
        self._permissions: AskedPermissions | None = None
        self._send: Callable[[Message, Channel], object]
        self._keeper: Keeper

    def attach(self, send: Callable[[Message, Channel], object], keeper: Keeper, permissions: AskedPermissions) -> None:
        """Name the line, the record and the permissions of the session."""
        self._send, self._keeper, self._permissions = send, keeper, permissions
        permissions.register(self, Capability.POINT)

    # --- what the technician does

    def draw(self, message: DrawingMessage) -> None:
        """Draw, if the customer allows pointing."""
        if self._may(Capability.POINT):
            self._send(message, DRAWING)

    def point(self, x: int, y: int, visible: bool) -> None:
        """Point there or nowhere, if the customer allows pointing."""
        if self._may(Capability.POINT):
            self._send(PointerShown(next(self._pointer_seq), x, y, visible), POINTING)

    def share_displays(self, ids: tuple[int, ...]) -> None:
        """Ask for another picture: one display, or several together."""
        if self._may(Capability.SEE) and ids and set(ids) != set(self._shown.shared):
            self._send(DisplaysWanted(ids), CONTROL)

    def want_thumbnails(self) -> None:
        """Ask for small pictures of the displays."""
        if self._may(Capability.SEE) and len(self._shown.listed) > 1:
            self._send(ThumbnailsWanted(), CONTROL)

    def keep_screenshot(self, shot: Screenshot) -> None:
        """Attach it, with what the customer's computer says of the window when it is of an error."""
        self._begin(self._keep(shot), "keep a screenshot")

    # --- what the customer's side says

    def arrived(self, message: ScreenMessage) -> None:
        """Show what there is; hand a description to whoever waits for it.

        Raises:
            PeerError: a thumbnail whose pixels do not fit its size.
        """
        match message:
            case DisplaysListed(displays=displays, shared=shared):
                known = {display.id for display in displays}
                thumbnails = {id: small for id, small in self._shown.thumbnails.items() if id in known}
                self._show(listed=displays, shared=shared, thumbnails=thumbnails)
            case DisplaysRefused(width=width, height=height):
                self._say(f"Together these screens are larger than can be shown at once ({width} x {height} pixels).")
            case DisplayThumbnail(id=id, width=width, height=height, pixels=pixels):
                if len(pixels) != width * height * 3:
                    raise PeerError("a thumbnail whose pixels do not fit its size", code="frame_malformed")
                if any(display.id == id for display in self._shown.listed):
                    self._show(thumbnails={**self._shown.thumbnails, id: message})
            case WindowDescribed(number=number):
                waiting = self._described.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)

    # --- inside

    def _may(self, capability: Capability) -> bool:
        return self._permissions is not None and self._permissions.allows(capability)

    def _show(self, **changes: Any) -> None:
        self._shown = replace(self._shown, **changes)
        self._update(displays=self._shown)

    def _say(self, sentence: str) -> None:
        """Say it for a while."""
        self._show(said=sentence)
        asyncio.get_running_loop().call_later(SAID_FOR_S, self._take_back, sentence)

    def _take_back(self, sentence: str) -> None:
        if self._shown.said == sentence:
            self._show(said="")

    async def _keep(self, shot: Screenshot) -> None:
        if not self._may(Capability.SEE):
            return
        if len(shot.png) > MAX_PNG_BYTES:
            raise EnvironmentFault(
                f"a screenshot of {len(shot.png)} bytes",
                code="attachment_too_large",
                user_text="This picture is larger than a ticket takes (1 MB). Grab the part you need instead.",
            )
        self._show(said="Attaching the picture to the ticket …")
        window = None if shot.error_at is None else await self._window_at(*shot.error_at)
        digest = hashlib.sha256(shot.png).hexdigest()
        what = "screenshot" if shot.error_at is None else "error"
        body = {"capability": Capability.SEE.value, "what": what, "sha256": digest, "bytes": len(shot.png)}
        seq = await self._keeper.write(EventType.CAPABILITY_USE, body)
        self._send(ScreenshotKept(seq), CONTROL)
        try:
            await self._attach(what, shot, window, digest)
        except BaseException:
            self._show(said="")
            raise
        self._say(f"Attached to the ticket{'' if shot.exact else '; the picture was still moving'}.")

    async def _attach(self, what: str, shot: Screenshot, window: WindowDescribed | None, digest: str) -> None:
        moment = time.strftime("%Y%m%d-%H%M%SZ", time.gmtime(shot.taken_at_ms / 1000))
        name = f"{what}-{moment}"
        await self._attachments.attach(what, f"{name}.png", shot.png)
        if shot.error_at is None:
            return
        # The words stay sealed: a window's title is what the customer has on the screen.
        await self._attachments.attach(what, f"{name}.txt", _description(shot, window, digest, moment).encode())
        note = f"An error was grabbed from the customer's screen: attachments {name}.png and {name}.txt."
        await self._attachments.api.add_note(self._attachments.ticket, note)

    async def _window_at(self, x: int, y: int) -> WindowDescribed | None:
        number = next(self._questions)
        waiting = self._described[number] = asyncio.get_running_loop().create_future()
        self._send(WindowAsked(number, x, y), CONTROL)
        try:
            async with asyncio.timeout(DESCRIPTION_TIMEOUT_S):
                described: WindowDescribed = await waiting
                return described
        except TimeoutError:
            _log.info("the customer's computer did not say which window that is")
            return None
        finally:
            del self._described[number]


def _description(shot: Screenshot, window: WindowDescribed | None, digest: str, moment: str) -> str:
    lines = [
        f"Window: {(window.title if window else '') or 'unknown'}",
        f"Program: {(window.program if window else '') or 'unknown'}",
        f"Taken: {moment} (UTC, technician's clock)",
    ]
    if window is not None:
        theirs = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(window.at_ms / 1000))
        lines.append(f"Customer's clock: {theirs} (UTC)")
    lines.append(f"Size: {shot.width} x {shot.height}, {'exact' if shot.exact else 'the picture was still moving'}")
    lines.append(f"SHA-256 of the picture: {digest}")
    return "\n".join(lines) + "\n"
