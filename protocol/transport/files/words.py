"""What people read about a file on its way, and about one that did not arrive: the same words on both sides.

English in the sources; `say` puts each sentence into the language of whoever reads it.
"""

from protocol.catalogues import Say, in_english, marked
from protocol.files.file_types import BLOCKED_SENTENCE, size_words
from protocol.files.transfer import Stage
from protocol.transport.files.status import FileStatus

_SENTENCES = {
    "declined": marked("It was declined."),
    "no_answer": marked("There was no answer."),
    "blocked_type": BLOCKED_SENTENCE,
    "too_large": marked("It is larger than 2 GB, the most Deskside sends."),
    "session_full": marked("More than 5 GB would have come in one session."),
    "disk_full": marked("There is not enough room on the disk of the computer it was for."),
    "folder_refused": marked("The folder it was for cannot be written to."),
    "file_changed": marked("It was changed while it was being sent. Save it and send it again."),
    "file_unreadable": marked("It cannot be read any more."),
    "damaged": marked("What arrived was not what had been offered, so it was thrown away."),
    "cancelled": marked("It was cancelled."),
    "taken_back": marked("The customer does not allow files any more."),
    "given_back": marked("The permission was given back."),
    "expired": marked("The time the customer had allowed is over."),
    "see_ended": marked("The customer does not share the screen any more."),
    "session_end": marked("The session ended first."),
    "paused": marked("The customer has paused sharing."),
    "too_many": marked("Too many files were offered at once."),
    "not_allowed": marked("The customer has not allowed files."),
    "too_late": marked("The answer came too late."),
}


def problem_sentence(reason: str) -> str:
    """Return why there will be no file; the other side may know reasons that we do not."""
    return _SENTENCES.get(reason, marked("It was not sent.")) if reason else ""


def progress_words(status: FileStatus, other: str, say: Say = in_english) -> str:
    """Return how far a file is: `34 %, 1.2 MB/s, 12 s left`. `other` is who is at the other side, as in `The customer`.

    Empty for an offer that waits for an answer here.
    """
    if status.over:
        done = say(marked("Sent.")) if status.outgoing else say(marked("Saved as {file}")).format(file=status.saved_as)
        return say(status.problem) or done
    if status.stage is Stage.OFFERED:
        return say(marked("{name} is asked whether to take it.")).format(name=other) if status.outgoing else ""
    percent = f"{_percent(status)} %"
    for holds, words in (
        (status.resting, marked("Waits: sharing is paused.")),
        (status.held_here, marked("You have paused it.")),
        (status.held_there, marked("{name} has paused it.")),
        (status.waiting, marked("Waits for the connection.")),
        (status.stage is Stage.WHOLE, marked("Being checked.")),
    ):
        if holds:
            return f"{percent}. {say(words).format(name=other)}"
    if not status.bytes_per_s:
        return say(marked("{percent} of {size}")).format(percent=percent, size=size_words(status.size_bytes, say))
    speed, left = size_words(round(status.bytes_per_s), say), _duration(status.seconds_left or 0.0)
    return say(marked("{percent}, {speed}/s, {time} left")).format(percent=percent, speed=speed, time=left)


def facts_words(status: FileStatus, say: Say = in_english) -> str:
    """Return what a person judges a file by: `PDF document, 1.2 MB. Check number 3F9A 22C1 07BE`."""
    kind, bracket, ending = status.type.partition(" (")
    words = say(marked("{kind}, {size}. Check number {digits}"))
    return words.format(
        kind=say(kind) + bracket + ending, size=size_words(status.size_bytes, say), digits=status.digest
    )


def _percent(status: FileStatus) -> int:
    return 100 * status.moved_bytes // status.size_bytes if status.size_bytes else 100


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
