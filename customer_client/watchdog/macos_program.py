"""The watchdog process on macOS: an event tap of its own, told of the panic keys even while the program hangs.

Written to the documented interfaces, not run here.
"""

import os
import signal
from functools import partial

from customer_client.input.macos_hands import MacHands
from customer_client.macos.event_tap import listen
from customer_client.watchdog.listening_program import ListeningWatchdog, watch_over_parent
from customer_client.watchdog.panic_keys import MACOS_CHORD


def main() -> int:
    """Watch over the process that started this one, by standard input and output; return the exit status."""
    program = os.getppid()

    def end() -> None:
        if os.getppid() == program:  # else it has ended by itself, and its number may be somebody else's by now
            os.kill(program, signal.SIGKILL)

    def made(from_program: int, to_program: int) -> ListeningWatchdog:
        return ListeningWatchdog(
            MacHands(),
            partial(listen, mouse=False),
            MACOS_CHORD,
            end,
            from_program=from_program,
            to_program=to_program,
        )

    return watch_over_parent(made)
