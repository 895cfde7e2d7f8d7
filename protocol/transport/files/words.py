"""What people read about a file on its way, and about one that did not arrive. Plain English for both sides."""

from protocol.files.file_types import BLOCKED_SENTENCE, size_words
from protocol.files.transfer import Stage
from protocol.transport.files.status import FileStatus

_SENTENCES = {
    "declined": "It was declined.",
    "no_answer": "There was no answer.",
    "blocked_type": BLOCKED_SENTENCE,
    "too_large": "It is larger than 2 GB, the most Deskside sends.",
    "session_full": "More than 5 GB would have come in one session.",
    "disk_full": "There is not enough room on the disk of the computer it was for.",
    "folder_refused": "The folder it was for cannot be written to.",
    "file_changed": "It was changed while it was being sent. Save it and send it again.",
    "file_unreadable": "It cannot be read any more.",
    "damaged": "What arrived was not what had been offered, so it was thrown away.",
    "cancelled": "It was cancelled.",
    "taken_back": "The customer does not allow files any more.",
    "given_back": "The permission was given back.",
    "expired": "The time the customer had allowed is over.",
    "see_ended": "The customer does not share the screen any more.",
    "session_end": "The session ended first.",
    "paused": "The customer has paused sharing.",
    "too_many": "Too many files were offered at once.",
    "not_allowed": "The customer has not allowed files.",
    "too_late": "The answer came too late.",
}


def problem_sentence(reason: str) -> str:
    """Return why there will be no file; the other side may know reasons that we do not."""
    return _SENTENCES.get(reason, "It was not sent.") if reason else ""


def progress_words(status: FileStatus, other: str) -> str:
    """Return how far a file is: `34 %, 1.2 MB/s, 12 s left`. `other` is who is at the other side, as in `The customer`.

    Empty for an offer that waits for an answer here.
    """
    if status.over:
        return status.problem or ("Sent." if status.outgoing else f"Saved as {status.saved_as}")
    if status.stage is Stage.OFFERED:
        return f"{other} is asked whether to take it." if status.outgoing else ""
    percent = f"{_percent(status)} %"
    for holds, words in (
        (status.resting, "Waits: sharing is paused."),
        (status.held_here, "You have paused it."),
        (status.held_there, f"{other} has paused it."),
        (status.waiting, "Waits for the connection."),
        (status.stage is Stage.WHOLE, "Being checked."),
    ):
        if holds:
            return f"{percent}. {words}"
    if not status.bytes_per_s:
        return f"{percent} of {size_words(status.size_bytes)}"
    return f"{percent}, {size_words(round(status.bytes_per_s))}/s, {_duration(status.seconds_left or 0.0)} left"


def facts_words(status: FileStatus) -> str:
    """Return what a person judges a file by: `PDF document, 1.2 MB. Check number 3F9A 22C1 07BE`."""
    return f"{status.type}, {size_words(status.size_bytes)}. Check number {status.digest}"


def _percent(status: FileStatus) -> int:
    return 100 * status.moved_bytes // status.size_bytes if status.size_bytes else 100


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
