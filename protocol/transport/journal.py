"""A session's record on this computer: one file, each line on disk before the act it describes goes ahead.

Line 1 is the header, every other line an event of either lane or a note of what the relay has stored. A line cut short
by a crash is dropped when the file is read back: it was never acknowledged to anybody.
"""

import os
import sys
from pathlib import Path

import msgspec

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.session import RecordedEvent

if sys.platform != "win32":
    import fcntl

SUFFIX = ".journal"


class JournalHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="header"):
    """What is needed to deliver or export the session later. Holds the record key: the file is for its owner only."""

    session: str
    lane: str
    ticket: str
    log: str
    relay: str
    record_key: bytes
    organisation_key: bytes
    technician_certificate: bytes
    customer_key: bytes
    mailbox: bytes = b""
    token: str = ""
    """C's right to store events later, with `mailbox`; T has an account for that."""


class JournalEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="event"):
    """One event of `lane`, exactly as it was signed."""

    lane: str
    recorded: RecordedEvent


class JournalStored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="stored"):
    """The relay holds the first `count` events of `lane`."""

    lane: str
    count: int


JournalLine = JournalHeader | JournalEvent | JournalStored
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[JournalLine] = msgspec.json.Decoder(JournalLine)


class Journal:
    """An append-only file; `append` returns when the line is on disk. Blocking: call it off the event loop."""

    def __init__(self, folder: Path, header: JournalHeader) -> None:
        """Create the file in `folder` (made when missing, mode 0700).

        Raises:
            EnvironmentFault: the disk refuses (`journal_failed`).
        """
        self.path = folder / f"{header.session}-{header.lane}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
            lock_file(self._descriptor)
            self.append(header)
            _sync_folder(folder)
        except OSError as error:
            raise _disk_fault(error) from error

    def append(self, line: JournalLine) -> None:
        """Write one line durably.

        Raises:
            EnvironmentFault: the disk refuses (`journal_failed`); the act must not go ahead.
        """
        data = _encoder.encode(line) + b"\n"
        try:
            written = os.write(self._descriptor, data)
            if written != len(data):
                raise OSError(f"only {written} of {len(data)} bytes written")
            os.fsync(self._descriptor)
        except OSError as error:
            raise _disk_fault(error) from error

    def close(self) -> None:
        """Close the file; it stays where it is."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Close and delete the file: the record is safe elsewhere."""
        self.close()
        self.path.unlink(missing_ok=True)


def read_journal(path: Path) -> list[JournalLine]:
    """Return the lines of a journal, the header first; a last line cut short is left out.

    Raises:
        PeerError: the file is not a journal or is damaged in the middle (`journal_damaged`).
    """
    lines = path.read_bytes().split(b"\n")
    try:
        decoded = [_decoder.decode(line) for line in lines[:-1]]
    except msgspec.DecodeError as error:
        raise PeerError(f"{path.name}: {error}", code="journal_damaged") from error
    if not decoded or not isinstance(decoded[0], JournalHeader):
        raise PeerError(f"{path.name} has no header", code="journal_damaged")
    return decoded


def append_to_journal(path: Path, line: JournalStored) -> None:
    """Note in the journal of a session that is over what the relay holds by now.

    Raises:
        EnvironmentFault: the disk refuses (`journal_failed`).
    """
    try:
        with path.open("ab") as file:
            file.write(_encoder.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _disk_fault(error) from error


def lock_file(descriptor: int) -> bool:
    """Say that this program is at work on an open file; return whether no other one is. Always true on Windows,
    where nobody can delete what another program has open."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _disk_fault(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        str(error),
        code="journal_failed",
        user_text="This computer could not write the session's record to its disk, so the action was not carried out.",
    )
