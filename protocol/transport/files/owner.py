"""What a file exchange needs of the program it works for. Everything is called on the network thread."""

from dataclasses import dataclass

from protocol.errors import DesksideError, PeerError
from protocol.messages.files import FileOffered, FilesRefused, FilesWanted
from protocol.pairing.keys import Role
from protocol.transport.files.moving import Incoming
from protocol.transport.files.records import Keeper
from protocol.transport.files.status import FileStatus
from protocol.transport.session_link import Reason, SessionLink
from protocol.transport.tasks import create_task


class FilesOwner:
    """What a program does about files, to inherit from. Called on the network thread."""

    def offered(self, incoming: Incoming, offer: FileOffered) -> None:
        """The other side offers a file that could be taken: `accept` or `decline` it some time."""

    def wanted(self, message: FilesWanted) -> None:
        """The technician asks for a file.

        Raises:
            PeerError: not of this side (`not_allowed`).
        """
        raise PeerError("a wish for files", code="not_allowed")

    def refused(self, message: FilesRefused) -> None:
        """The customer gives no file for a wish.

        Raises:
            PeerError: not of this side (`not_allowed`).
        """
        raise PeerError("a refusal of files", code="not_allowed")

    def may_send(self) -> bool:
        """Return whether bytes may leave at this moment."""
        return True

    def settled(self, status: FileStatus) -> None:
        """A file is answered, saved, declined or cancelled."""

    def changed(self, files: tuple[FileStatus, ...]) -> None:
        """How the files of this session are, oldest first; at most four times a second."""


@dataclass(frozen=True)
class Surroundings:
    """What an exchange works with."""

    role: Role
    link: SessionLink
    keeper: Keeper

    def failed(self, error: DesksideError) -> None:
        """End the session: the other side broke the protocol."""
        create_task(self.link.end(Reason.PROTOCOL_BROKEN, error), name="end after a broken transfer")
