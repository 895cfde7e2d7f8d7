"""The watchdog process on Windows: a keyboard hook of its own, told of the panic keys even while the program hangs."""

import logging
import os
from collections.abc import Callable
from functools import partial

from customer_client.input.windows_hands import WindowsHands
from customer_client.watchdog.listening_program import ListeningWatchdog, watch_over_parent
from customer_client.watchdog.panic_keys import WINDOWS_CHORD
from customer_client.windows.api import kernel32, last_error
from customer_client.windows.input_hooks import listen

_MAY_END_IT = 0x0001

_log = logging.getLogger(__name__)


def end_of(program: int) -> Callable[[], None]:
    """Return what ends the process `program` at once.

    It is opened now, while it surely runs: its number may be another program's later, the handle never is.
    """
    handle = kernel32().OpenProcess(_MAY_END_IT, False, program)
    if not handle:
        _log.warning("the program cannot be ended should it hang (%d)", last_error())

    def end() -> None:
        if handle:
            kernel32().TerminateProcess(handle, 1)

    return end


def main() -> int:
    """Watch over the process that started this one, by standard input and output; return the exit status."""

    def made(from_program: int, to_program: int) -> ListeningWatchdog:
        return ListeningWatchdog(
            WindowsHands(),
            partial(listen, mouse=False),
            WINDOWS_CHORD,
            end_of(os.getppid()),
            from_program=from_program,
            to_program=to_program,
        )

    return watch_over_parent(made)
