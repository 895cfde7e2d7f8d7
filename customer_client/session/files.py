"""The customer's side of files: each one is asked about, each one they give is chosen by themselves. Network thread.

A file of the technician's needs the permission `files_to_customer`; saying yes to the first one gives it. A file the
technician asks for needs `files_to_technician` in the same way. What the customer sends without being asked needs no
permission: choosing it is the consent, and the record says so.
"""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from platformdirs import user_downloads_path

from customer_client.languages import _
from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Ask, Permissions
from customer_client.session.state import FilesShown, FileWish
from customer_client.session.view import View
from protocol.channels import FILES
from protocol.errors import DesksideError
from protocol.files.safe_filename import safe_filename
from protocol.messages.consent import Capability
from protocol.messages.files import FileOffered, FilesRefused, FilesWanted
from protocol.pairing.keys import Role
from protocol.transport.files.exchange import FileExchange
from protocol.transport.files.moving import Incoming
from protocol.transport.files.offered_file import FileToSend
from protocol.transport.files.owner import FilesOwner, Surroundings
from protocol.transport.files.records import Keeper
from protocol.transport.files.status import FileStatus
from protocol.transport.files.words import problem_sentence
from protocol.transport.record_keeper import SessionOver, unless_over
from protocol.transport.session_link import SessionLink
from protocol.transport.tasks import create_task

ANSWER_S = 300.0
"""How long a file waits for its answer."""

PICTURE_MOVES_BYTES = 8_000
"""More than this in half a second (128 kbit/s) is a picture that moves."""

_LONGEST_ASK_S = ANSWER_S + 10.0
_TO_CUSTOMER, _TO_TECHNICIAN = Capability.FILES_TO_CUSTOMER, Capability.FILES_TO_TECHNICIAN
_log = logging.getLogger(__name__)


class CustomerFiles(CapabilityOwner, FilesOwner):
    """Owns both directions. `technician` is the verified name; `folder` is where files go until another is chosen."""

    def __init__(
        self,
        link: SessionLink,
        keeper: Keeper,
        permissions: Permissions,
        view: View,
        technician: str,
        *,
        folder: Path | None = None,
    ) -> None:
        self._link = link
        self._permissions = permissions
        self._view = view
        self._technician = technician
        self._folder = folder or user_downloads_path() / "Deskside"
        self._statuses: tuple[FileStatus, ...] = ()
        self._asks: dict[bytes, Ask] = {}
        self._timers: dict[bytes, asyncio.TimerHandle] = {}
        self._wish: FilesWanted | None = None
        self._given: set[bytes] = set()
        self._settling: set[Ask] = set()
        self._cut = False
        self._picture_bytes = 0
        self._over = False
        self._shown = False
        self._said = ""
        self.exchange = FileExchange(Surroundings(Role.CUSTOMER, link, keeper), self)
        permissions.register(self, _TO_CUSTOMER, _TO_TECHNICIAN)

    # --- what the customer presses

    def show(self, shown: bool) -> None:
        """Open or close the window with the files; what is open on it is asked about when it is opened again."""
        self._shown = shown
        self._said = ""
        self._publish()

    def accept(self, transfer: bytes) -> None:
        """Take a file of the technician's."""
        self._begin(self._accept(transfer), "take a file")

    def decline(self, transfer: bytes) -> None:
        """Do not take it."""
        self._begin(self._decline(transfer, "declined"), "decline a file")

    def send(self, paths: tuple[Path, ...]) -> None:
        """Give files the customer has chosen, for the open wish if there is one."""
        self._begin(self._send(paths), "give files")

    def refuse_wish(self) -> None:
        """Give nothing for the open wish."""
        self._begin(self._refuse("declined"), "refuse a file")

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a file on its way, or let it go on."""
        self.exchange.pause(transfer, paused)

    def cancel(self, transfer: bytes) -> None:
        """Give a file on its way up."""
        self.exchange.cancel(transfer)

    def choose_folder(self, folder: Path) -> None:
        """Save what is accepted from now on there."""
        self._folder = folder
        self._publish()

    def picture_sent(self, total_bytes: int) -> None:
        """So many bytes of the picture have left so far: while it moves, files take what it leaves."""
        self.exchange.sender.yield_to_picture(total_bytes - self._picture_bytes > PICTURE_MOVES_BYTES)
        self._picture_bytes = total_bytes

    # --- CapabilityOwner

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Give up what was on its way under this permission."""
        if capability is _TO_CUSTOMER:
            self.exchange.cancel_all(reason, outgoing=False)
        else:
            self.exchange.cancel_all(reason, outgoing=True, only=self._given.__contains__)
            self._cut = False

    def cut(self, capability: Capability) -> None:
        """Let no more bytes leave, from any thread."""
        if capability is _TO_TECHNICIAN:
            self._cut = True

    # --- FilesOwner

    def offered(self, incoming: Incoming, offer: FileOffered) -> None:
        """Show a file, if it may be asked about at all."""
        refusal = self._obstacle(offer)
        if refusal:
            self._begin(self.exchange.decline(offer.transfer, refusal), "decline a file")
            return
        late = partial(self._too_late, offer.transfer)
        self._timers[offer.transfer] = asyncio.get_running_loop().call_later(ANSWER_S, late)
        self._shown = True

    def wanted(self, message: FilesWanted) -> None:
        """Show what the technician would like to have.

        Raises:
            PeerError: without its signed event, or asked for already.
        """
        granted = _TO_TECHNICIAN in self._permissions.granted()
        if self._wish is not None or self._permissions.paused or Capability.SEE not in self._permissions.granted():
            reason = "too_many" if self._wish is not None else "paused" if self._permissions.paused else "see_ended"
            self._link.send(FilesRefused(message.request, reason), FILES)
            return
        barred = "" if granted else self._permissions.barred(_TO_TECHNICIAN)
        if barred:
            self._link.send(FilesRefused(message.request, barred), FILES)
            return
        if granted:
            self._permissions.check_signed((_TO_TECHNICIAN,), message.ask_seq)
        else:
            self._ask_for(message.request, _TO_TECHNICIAN, message.ask_seq)
        self._wish = message
        self._timers[message.request] = asyncio.get_running_loop().call_later(ANSWER_S, self._wish_too_late)
        self._shown = True
        self._publish()

    def may_send(self) -> bool:
        """Bytes rest while sharing is paused, and stop the moment the permission is taken back."""
        return not self._cut and not self._permissions.paused

    def settled(self, status: FileStatus) -> None:
        """Forget the question about it."""
        self._forget_timer(status.transfer)
        if status.over and status.transfer in self._asks:
            self._begin(self._deny(status.transfer, "declined"), "deny files")

    def changed(self, files: tuple[FileStatus, ...]) -> None:
        """Show how they are."""
        self._statuses = files
        self._publish()

    # --- inside

    def _obstacle(self, offer: FileOffered) -> str:
        """Return why this file is not even shown; when it needs a permission first, note the question."""
        granted = self._permissions.granted()
        if self._permissions.paused:
            return "paused"
        if Capability.SEE not in granted:
            return "see_ended"
        if _TO_CUSTOMER in granted:
            return ""
        if offer.ask_seq < 0:
            return "not_allowed"
        if barred := self._permissions.barred(_TO_CUSTOMER):
            return barred
        self._ask_for(offer.transfer, _TO_CUSTOMER, offer.ask_seq)
        return ""

    def _ask_for(self, name: bytes, capability: Capability, seq: int) -> None:
        ask = self._permissions.signed_ask((capability,), seq, answer_time_s=_LONGEST_ASK_S)
        ask.take_down = partial(self._taken_down, name, ask)
        self._asks[name] = ask

    def _taken_down(self, name: bytes, ask: Ask) -> None:
        """Nobody needs the answer any more, unless it is what takes the question down."""
        if ask in self._settling:
            return
        if self._wish is not None and name == self._wish.request:
            self._begin(self._refuse("cancelled"), "refuse a file")
        else:
            self._begin(self._decline(name, "cancelled"), "decline a file")

    async def _accept(self, transfer: bytes) -> None:
        if self._permissions.paused:
            self._say(_("Sharing is paused. Press Continue first."))
            return
        if not await self._grant(transfer, _TO_CUSTOMER):
            await self.exchange.decline(transfer, "too_late")
            return
        await self.exchange.accept(transfer, self._folder)

    async def _decline(self, transfer: bytes, reason: str) -> None:
        await self.exchange.decline(transfer, reason)
        await self._deny(transfer, reason)

    async def _send(self, paths: tuple[Path, ...]) -> None:
        wish = self._wish
        sources = []
        for path in paths:
            try:
                sources.append(await asyncio.to_thread(FileToSend, path))
            except DesksideError as error:
                self._say(_refused(path, error))
        if not sources:
            return
        if wish is not None:
            self._wish = None
            self._forget_timer(wish.request)
            if not await self._grant(wish.request, _TO_TECHNICIAN):
                self._link.send(FilesRefused(wish.request, "too_late"), FILES)
                wish = None
        for source in sources:
            transfer = await self.exchange.offer(source, request=wish.request if wish is not None else b"")
            if wish is not None:
                self._given.add(transfer)

    async def _refuse(self, reason: str) -> None:
        wish, self._wish = self._wish, None
        if wish is None:
            return
        self._forget_timer(wish.request)
        self._link.send(FilesRefused(wish.request, reason), FILES)
        self._publish()
        await self._deny(wish.request, reason)

    async def _grant(self, name: bytes, capability: Capability) -> bool:
        """Record the yes; return whether the permission is there."""
        ask = self._asks.pop(name, None)
        if ask is None:
            return self._permissions.allows(capability)
        self._settling.add(ask)
        try:
            return await self._permissions.grant(ask, capability)
        finally:
            self._settling.discard(ask)

    async def _deny(self, name: bytes, reason: str) -> None:
        ask = self._asks.pop(name, None)
        if ask is None:
            return
        capability = ask.capabilities[0]
        self._settling.add(ask)
        await self._permissions.deny(ask, capability, ask.ended.get(capability, reason))
        self._settling.discard(ask)

    def _too_late(self, transfer: bytes) -> None:
        self._begin(self._decline(transfer, "no_answer"), "decline a file")

    def _wish_too_late(self) -> None:
        self._begin(self._refuse("no_answer"), "refuse a file")

    def _forget_timer(self, name: bytes) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _say(self, words: str) -> None:
        self._said = words
        self._publish()

    def _publish(self) -> None:
        wish = FileWish(self._wish.what) if self._wish is not None else None
        shown = FilesShown(
            self._technician, self._statuses, wish, str(self._folder), shown=self._shown, said=self._said
        )
        if shown != self._view.state.files and not self._over:
            self._view.update(files=shown)

    def _begin(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        create_task(unless_over(self._noting_faults(coroutine)), name=name)

    async def _noting_faults(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            await coroutine
        except SessionOver:
            raise
        except DesksideError as error:
            _log.warning("files: %s (%s)", error, error.code)
            self._say(error.user_text)

    async def close(self) -> None:
        """The session ends: nothing of what is unfinished stays."""
        for name in list(self._timers):
            self._forget_timer(name)
        await self.exchange.close()
        self._over = True
        self._view.update(files=None)


def _refused(path: Path, error: DesksideError) -> str:
    """Return why the file at `path` cannot be sent, in the customer's language."""
    return f"{safe_filename(path.name)}: {_(problem_sentence(error.code))}"
