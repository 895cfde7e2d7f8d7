"""Reading folders and small files for a snapshot, within its time. Any thread but a window's."""

import hashlib
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from customer_client.changes.collectors import Deadline
from customer_client.changes.snapshot import Entries, bounded

MAX_FILE_BYTES = 4 * 1024 * 1024
_ANSWER_BYTES = 2 * 1024 * 1024


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a text file (at most 4 MiB) that say something: no comments, blanks made single.

    Raises:
        OSError: it cannot be read; a file that does not exist has no lines.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        said = " ".join(line.partition("#")[0].split())
        if said:
            yield said


def files_in(folders: Iterable[Path], deadline: Deadline, *, pattern: str = "*", by_content: bool = False) -> Entries:
    """Return the files and links that match `pattern` in `folders`, with what tells one state from another.

    Args:
        folders: those that do not exist are empty.
        deadline: how much time is left.
        pattern: as of `Path.glob`.
        by_content: compare what is in files (up to 4 MiB) rather than size and time.

    Raises:
        OSError: a folder cannot be read, or there was too little time.
    """
    return bounded(
        (str(path), _state(path, by_content=by_content))
        for folder in folders
        for path in _found(folder, pattern, deadline)
    )


def folders_in(folders: Iterable[Path], deadline: Deadline, *, pattern: str = "*") -> Entries:
    """Return the folders that match `pattern` in `folders`, each without a state of its own.

    Raises:
        OSError: a folder cannot be read, or there was too little time.
    """
    return bounded((path.name, "") for folder in folders for path in _found(folder, pattern, deadline) if path.is_dir())


def answer_of(command: list[str], deadline: Deadline) -> list[str] | None:
    """Return the lines a program of this system prints; None when there is no such program.

    Raises:
        OSError: it failed to start, or took too long (TimeoutError).
    """
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  a fixed command, found on the PATH, without anything from outside in it
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=max(0.01, deadline()),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(command[0]) from error
    return done.stdout[:_ANSWER_BYTES].decode(errors="replace").splitlines()


def _found(folder: Path, pattern: str, deadline: Deadline) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.glob(pattern)):
        if deadline() <= 0:
            raise TimeoutError(str(folder))
        yield path


def _state(path: Path, *, by_content: bool) -> str:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return "gone"
    if stat.S_ISLNK(facts.st_mode):
        return f"-> {path.readlink()}"
    if by_content and stat.S_ISREG(facts.st_mode) and facts.st_size <= MAX_FILE_BYTES:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{facts.st_size} {facts.st_mtime_ns}"
