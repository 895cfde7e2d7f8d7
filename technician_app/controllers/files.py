"""The technician's side of files: offers one after the other, asks for one, saves what the customer gives.

Runs on the network thread. While the customer has not allowed files yet, one offer is asked about; the others wait for
that answer.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from protocol.channels import FILES
from protocol.consent import Standing
from protocol.errors import DesksideError
from protocol.files.transfer import Stage
from protocol.messages.consent import Capability
from protocol.messages.files import FileOffered, FilesRefused, FilesWanted
from protocol.pairing.keys import Role
from protocol.transport.files.exchange import FileExchange
from protocol.transport.files.moving import Incoming
from protocol.transport.files.offered_file import FileToSend
from protocol.transport.files.owner import FilesOwner, Surroundings
from protocol.transport.files.status import FileStatus
from protocol.transport.files.words import problem_sentence
from protocol.transport.record_keeper import RecordKeeper, SessionOver, unless_over
from protocol.transport.session_link import SessionLink
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.controllers.session_state import FilesShown

_log = logging.getLogger(__name__)
_TO_CUSTOMER, _TO_TECHNICIAN = Capability.FILES_TO_CUSTOMER, Capability.FILES_TO_TECHNICIAN


class TechnicianFiles(PermissionOwner, FilesOwner):
    """Owns both directions and implements `FileIntents`.

    `folder` is where files of the customer go until another is chosen; `begin` runs work and shows what goes wrong.
    """

    exchange: FileExchange

    def __init__(
        self,
        folder: Path,
        *,
        shown: Callable[[FilesShown], None],
        begin: Callable[[Coroutine[Any, Any, object], str], None],
    ) -> None:
        self._folder = folder
        self._shown = shown
        self._run = begin
        self._permissions: AskedPermissions | None = None
        self._link: SessionLink
        self._statuses: tuple[FileStatus, ...] = ()
        self._waiting: deque[FileToSend] = deque()
        self._preparing = 0
        self._in_order = asyncio.Lock()
        self._request = b""
        self._wish = ""
        self._said = ""

    def attach(self, link: SessionLink, keeper: RecordKeeper, permissions: AskedPermissions) -> None:
        """Name the line, the record and the permissions of the session."""
        self._link, self._permissions = link, permissions
        self.exchange = FileExchange(Surroundings(Role.TECHNICIAN, link, keeper), self)
        permissions.register(self, _TO_CUSTOMER, _TO_TECHNICIAN)

    # --- intents

    def send(self, paths: tuple[str, ...]) -> None:
        """Offer files to the customer."""
        for path in paths:
            self._begin(self._prepare(Path(path)), "offer a file")

    def ask_for(self, what: str) -> None:
        """Ask the customer for a file; `what` is for them to read."""
        self._begin(self._ask_for(what), "ask for a file")

    def answer(self, transfer: bytes, accepted: bool) -> None:
        """Save a file the customer offers, or do not."""
        work = self.exchange.accept(transfer, self._folder) if accepted else self.exchange.decline(transfer, "declined")
        self._begin(work, "answer an offered file")

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a file on its way, or let it go on."""
        self.exchange.pause(transfer, paused)

    def cancel(self, transfer: bytes) -> None:
        """Give a file up."""
        self.exchange.cancel(transfer)

    def choose_folder(self, folder: str) -> None:
        """Save files there from now on."""
        self._folder = Path(folder)
        self._publish()

    # --- PermissionOwner

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        """Let what waited for it go on."""
        self.exchange.sender.wake()

    def giving_back(self, capability: Capability) -> None:
        """Give up what is on its way under it."""
        self._end(capability, "given_back")

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        """Give up what is on its way under it."""
        self._end(capability, reason)

    def permissions_changed(self) -> None:
        """Something was granted, refused or ended: a file may be offered now."""
        if self._waiting:
            self._begin(self._offer_waiting(), "offer files")

    def paused(self, paused: bool) -> None:
        """The customer paused sharing, or goes on."""
        self.exchange.rest(paused)

    # --- FilesOwner

    def offered(self, incoming: Incoming, offer: FileOffered) -> None:
        """What was asked for is saved at once; what comes by itself is asked about."""
        if self._request and offer.request == self._request:
            self._request, self._wish = b"", ""
            self._begin(self.exchange.accept(offer.transfer, self._folder), "take a file")

    def refused(self, message: FilesRefused) -> None:
        """The customer gives no file."""
        if message.request == self._request:
            self._request, self._wish = b"", ""
            self._say(f"You asked for a file. {problem_sentence(message.reason)}")

    def may_send(self) -> bool:
        """Nothing leaves without the permission, which the answer to the first offer brings along."""
        return self._permissions is not None and self._permissions.allows(_TO_CUSTOMER)

    def settled(self, status: FileStatus) -> None:
        """Say how it ended, and offer the next one."""
        if status.stage is Stage.SAVED:
            self._said = ""
        self.permissions_changed()

    def changed(self, files: tuple[FileStatus, ...]) -> None:
        """Show how they are."""
        self._statuses = files
        self._publish()

    # --- inside

    def _end(self, capability: Capability, reason: str) -> None:
        outgoing = capability is _TO_CUSTOMER
        if outgoing:
            self.exchange.cancel_all(reason, outgoing=True)
        else:
            self._request, self._wish = b"", ""
            self._publish()

    async def _prepare(self, path: Path) -> None:
        self._preparing += 1
        self._publish()
        try:
            self._waiting.append(await asyncio.to_thread(FileToSend, path))
        finally:
            self._preparing -= 1
            self._publish()
        await self._offer_waiting()

    async def _offer_waiting(self) -> None:
        """Offer what waits: all of it when files are allowed, else one, and only when nothing is asked already."""
        async with self._in_order:
            while self._waiting and self._permissions is not None:
                if self._permissions.allows(_TO_CUSTOMER):
                    await self.exchange.offer(self._waiting.popleft())
                elif self._permissions.standing(_TO_CUSTOMER) is Standing.DENIED and not self._unanswered():
                    seq = await self._permissions.sign_ask(_TO_CUSTOMER)
                    await self.exchange.offer(self._waiting.popleft(), ask_seq=seq)
                else:
                    return

    def _unanswered(self) -> bool:
        return any(status.outgoing and status.stage is Stage.OFFERED for status in self.exchange.statuses())

    async def _ask_for(self, what: str) -> None:
        if self._permissions is None:
            return
        if self._request or self._permissions.standing(_TO_TECHNICIAN) is Standing.ASKED:
            self._say("You have asked for a file already. The customer has not answered yet.")
            return
        self._request, self._wish, self._said = secrets.token_bytes(16), what, ""
        self._publish()
        seq = await self._permissions.sign_ask(_TO_TECHNICIAN)
        self._link.send(FilesWanted(self._request, what, seq), FILES)

    def _say(self, words: str) -> None:
        self._said = words
        self._publish()

    def _publish(self) -> None:
        waiting = len(self._waiting) + self._preparing
        self._shown(FilesShown(self._statuses, str(self._folder), wish=self._wish, waiting=waiting, said=self._said))

    def _begin(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._run(unless_over(self._saying_faults(coroutine)), name)

    async def _saying_faults(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            await coroutine
        except SessionOver:
            raise
        except DesksideError as error:
            _log.warning("files: %s (%s)", error, error.code)
            self._say(error.user_text)

    async def close(self) -> None:
        """The session ends: nothing of what is unfinished stays."""
        while self._waiting:
            self._waiting.popleft().close()
        await self.exchange.close()
