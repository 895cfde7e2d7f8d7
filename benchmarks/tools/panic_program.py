"""The customer's side of the panic measurement: real capture, real input, real watchdog, no session.

Says on standard output when it is ready, and after each press of the panic keys the moment (monotonic seconds) when
nothing was captured and nothing injected any more. Goes on by itself so that the next press finds it at work.
"""

import asyncio
import sys
import time

from customer_client.session.desktop import Desktop
from protocol.channels import INPUT
from protocol.messages.base import encode
from protocol.messages.input import KeyChanged


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class _WatchedDesktop(Desktop):
    """The customer's desktop, which also says whether its watchdog watches by now; without it no press is noticed."""

    @property
    def watched(self) -> bool:
        return self._guard is not None and self._guard.ready.is_set()


async def main() -> None:
    """Share the display and hold a key until the standard input ends."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    desktop = _WatchedDesktop(
        screen_stream=True,
        local_input_noticed=lambda: None,
        cursor_changed=lambda _change: None,
        panic_cut=lambda: _say("blocked", time.monotonic()),
    )

    def hold() -> None:
        if not sys.stdin.readline():
            ended.set()
            return
        if desktop.input is None or not desktop.watched:
            _say("holding nothing")
        else:
            desktop.start()
            desktop.input.grant()
            desktop.input.arrived(INPUT, encode(KeyChanged(code="KeyA", down=True)))
            _say("holding", sorted(desktop.input.held()))

    loop.add_reader(sys.stdin, hold)
    _say("ready")
    await ended.wait()
    desktop.close()


if __name__ == "__main__":
    asyncio.run(main())
