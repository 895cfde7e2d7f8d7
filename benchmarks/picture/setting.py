"""What every system under test is given, and what it gives back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.picture.house import House
from benchmarks.picture.namespaces import Computer


@dataclass(frozen=True)
class Setting:
    """Where a system runs: a display and a computer on either side, and a folder for its files."""

    folder: Path
    source_display: str
    viewer_display: str
    sender: Computer
    viewer: Computer
    house: House


@dataclass
class Running:
    """A system at work. `allowed_at` is when the customer said yes (monotonic ns), None where nobody is asked."""

    sender_process: int
    viewer_process: int
    allowed_at: int | None = None


System = Callable[[Setting], AbstractContextManager[Running]]


class SystemFailed(Exception):
    """A system under test did not start; the message says where it wrote why."""
