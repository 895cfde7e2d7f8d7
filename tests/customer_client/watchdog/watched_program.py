"""A program under a real watchdog, for tests: holds what it is told to, hangs when it is told to."""

import asyncio
import sys
import time

from customer_client.capture.source import Display
from customer_client.input.injector import Injector
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from customer_client.session.remote_input import RemoteInput
from customer_client.watchdog.guard import WatchdogGuard
from protocol.channels import INPUT
from protocol.messages.base import encode
from protocol.messages.input import KeyChanged


def say(word: str) -> None:
    print(word, time.monotonic(), flush=True)


async def main() -> None:
    loop = asyncio.get_running_loop()
    remote: list[RemoteInput] = []
    done = asyncio.Event()
    guard = WatchdogGuard(
        block=lambda: (remote[0].pause(), say("blocked")),
        stop=lambda: (say("stopped"), remote[0].resume()),
        released=lambda: (remote[0].release_all(), say("released")),
        lost=lambda: (remote[0].forbid(), say("lost")),
    )
    injector: Injector = X11Injector(
        lambda: Display("d", 0, 0, 99, 99, primary=True), InjectionLedger(), guardian=guard
    )
    remote.append(RemoteInput(injector, watched=guard.ready.is_set))
    remote[0].grant()

    def obey() -> None:
        order, *rest = sys.stdin.readline().split() or ["end"]
        if order == "hold":
            remote[0].arrived(INPUT, encode(KeyChanged(code=rest[0], down=True)))
            say("held")
        elif order == "hang":
            say("hanging")
            time.sleep(float(rest[0]))
            say("awake")
        elif order == "end":
            done.set()

    await asyncio.to_thread(guard.ready.wait, 10)
    say(f"ready {guard.process_id}")
    loop.add_reader(sys.stdin, obey)
    await done.wait()
    remote[0].close()
    guard.close()
    say("closed")


asyncio.run(main())
