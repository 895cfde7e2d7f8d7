"""What people see of a file on its way. Crosses threads: frozen values only."""

from dataclasses import dataclass

from protocol.files.transfer import OVER, Stage


@dataclass(frozen=True)
class FileStatus:
    """One file. `name` is safe to save under, and still a stranger's words; `type` and `digest` are for people."""

    transfer: bytes
    name: str
    type: str
    size_bytes: int
    digest: str
    """The beginning of its SHA-256, `3F9A 22C1 07BE`."""
    outgoing: bool
    """From this computer to the other."""
    stage: Stage
    moved_bytes: int = 0
    bytes_per_s: float = 0.0
    """0 while unknown or while nothing moves."""
    held_here: bool = False
    held_there: bool = False
    resting: bool = False
    """Sharing is paused."""
    waiting: bool = False
    """Accepted, and there is no connection for its bytes (any more): one is being made."""
    problem: str = ""
    """Why there will be no file: a sentence."""
    saved_as: str = ""
    """Where it is now, or (before) the folder it would go to."""

    @property
    def over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.stage in OVER

    @property
    def seconds_left(self) -> float | None:
        """How long it will take still; None while unknown."""
        if not self.bytes_per_s or self.over:
            return None
        return (self.size_bytes - self.moved_bytes) / self.bytes_per_s
