"""What a session leaves on this computer once its record is delivered: nothing, unless the record is disputed."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from protocol.transport.record_keeper import RecordKeeper

DATA_FOLDER = "deskside-customer"
"""What this program calls its folder among a person's data."""


def remove_traces(folder: Path, keepers: Sequence[RecordKeeper]) -> bool:
    """Remove the receipts of delivered records in `folder`, and the folders that are empty then.

    Return whether nothing of these sessions is left. What another session could not deliver stays, and so does what
    proves that the organisation's log is not right. The receipt the customer saves is made from what is in memory.
    """
    gone = [keeper.receipts.leave_no_files() for keeper in keepers]
    remove_empty(folder)
    return all(gone)


def remove_empty(folder: Path) -> None:
    """Remove `folder` if nothing is in it, and then the one it is in, if that is this program's own."""
    with suppress(OSError):  # something is in it, or it was never made
        folder.rmdir()
        if folder.parent.name == DATA_FOLDER:
            folder.parent.rmdir()
