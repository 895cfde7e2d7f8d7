"""What the two people give each other in a session beside the picture: words and clipboards. Network thread."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from platformdirs import user_downloads_path

from protocol.channels import CHAT, CLIPBOARD, FILES, Channel
from protocol.errors import PeerError
from protocol.files.safe_filename import safe_filename
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import SessionLink
from technician_app.controllers.chat import TechnicianChat
from technician_app.controllers.clipboard import TechnicianClipboard
from technician_app.controllers.files import TechnicianFiles
from technician_app.controllers.permissions import AskedPermissions
from technician_app.controllers.session_report import TicketAttachments


class TechnicianExchange:
    """Implements `ExchangeIntents`.

    `update` changes the window's state; `begin` runs work and shows what goes wrong.
    """

    def __init__(
        self,
        *,
        attachments: TicketAttachments,
        update: Callable[..., None],
        begin: Callable[[Coroutine[Any, Any, object], str], None],
    ) -> None:
        self._update = update
        self._begin = begin
        self.chat = TechnicianChat(attachments=attachments, shown=lambda chat: update(chat=chat))
        folder = user_downloads_path() / "Deskside" / safe_filename(attachments.ticket)
        self.files = TechnicianFiles(folder, shown=lambda files: update(files=files), begin=begin)
        self._clipboard: TechnicianClipboard | None = None
        self._handlers: dict[Channel, Callable[[bytes], Awaitable[None]]] = {}

    def attach(self, link: SessionLink, keeper: RecordKeeper, permissions: AskedPermissions) -> None:
        """Name the line, the record and the permissions of the session."""
        self.chat.attach(link.send, keeper, permissions)
        self.files.attach(link, keeper, permissions)
        self._clipboard = TechnicianClipboard(
            link.send, keeper, permissions, shown=lambda clipboard: self._update(clipboard=clipboard)
        )
        self._handlers = {
            CHAT: self.chat.arrived,
            CLIPBOARD: self._clipboard.arrived,
            FILES: self.files.exchange.arrived,
        }

    async def arrived(self, channel: Channel, data: bytes) -> None:
        """Handle a message of one of these features' channels.

        Raises:
            PeerError: none of them uses this channel (`not_allowed`), or what the feature says.
        """
        if channel not in self._handlers:
            raise PeerError(f"{channel.label} is not used here", code="not_allowed")
        await self._handlers[channel](data)

    async def recorded(self, seq: int) -> None:
        """The customer's event `seq` came.

        Raises:
            PeerError, EnvironmentFault: what waited for it breaks a rule, or the disk refuses.
        """
        if self._clipboard is not None:
            await self._clipboard.recorded(seq)
            await self.files.exchange.recorded()

    def write_chat(self, text: str) -> None:
        """Send a text to the customer."""
        self._begin(self.chat.write(text), "write a chat text")

    def read_chat(self) -> None:
        """All that was written is on the screen."""
        self.chat.read()

    def attach_chat(self) -> None:
        """Attach what was written to the ticket."""
        self._begin(self.chat.attach_transcript(), "attach the transcript")

    def send_clipboard(self, text: str) -> None:
        """Put `text` on the customer's clipboard."""
        if self._clipboard is not None:
            self._begin(self._clipboard.push(text), "send the clipboard")
