"""Small files that must be there after a crash or not at all: keys (mode 0600) and what a witness has seen."""

import os
from pathlib import Path

from protocol.errors import EnvironmentFault


def write_durably(path: Path, content: bytes, *, new: bool = False) -> None:
    """Write `path` with mode 0600: after a crash the old file is there, or this one, never half of one.

    With `new` a file that is there already is left alone. What root writes belongs to whom the folder belongs to.

    Raises:
        EnvironmentFault: it cannot be written, or with `new`: it exists (`file_unusable`).
    """
    part = path.with_name(path.name + ".part")
    try:
        if new and path.exists():
            raise FileExistsError(f"{path} exists")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _give_to_owner_of(path.parent, descriptor)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise unusable(path, error) from error


def make_private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700 when it is missing.

    Raises:
        EnvironmentFault: it cannot be made (`file_unusable`).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(path: Path, error: OSError) -> EnvironmentFault:
    """Return the error for a file or folder that cannot be used (`file_unusable`)."""
    reason = "it already exists" if isinstance(error, FileExistsError) else str(error.strerror or error)
    return EnvironmentFault(
        f"{path}: {error}", code="file_unusable", user_text=f"{path} cannot be read or written: {reason}."
    )


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    """Let a service read what root writes for it: an operator's command may run as root, the relay does not."""
    if os.name == "posix" and os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
