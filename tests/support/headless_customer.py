"""A customer without a window, who allows whatever is asked: `python -m tests.support.headless_customer JSON`.

Loads nothing of the technician's, so that it runs wherever customers' programs do. Each change is told as a JSON line.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from customer_client.session.customer_session import CustomerSession
from customer_client.session.state import Answer, CustomerViewState
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.transport.tasks import create_task
from tests.support.headless_files import SavesEverything, told_files

Orders = dict[str, Callable[[dict[str, Any]], Any]]


def say(state: dict[str, Any]) -> None:
    """Tell what is now, with the time."""
    sys.stdout.write(json.dumps({"at": time.monotonic(), **state}) + "\n")
    sys.stdout.flush()


class Told:
    """Says a state when it differs from the one said before."""

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}

    def tell(self, state: dict[str, Any]) -> None:
        """Say `state` if it is new."""
        if state != self._last:
            self._last = state
            say(state)


async def read_orders(orders: Orders) -> None:
    """Follow orders until standard input ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        done = orders[order["ask"]](order)
        if asyncio.iscoroutine(done):
            await done


async def run_customer(given: dict[str, Any]) -> None:
    """Be the customer."""
    told = Told()
    saves = SavesEverything(Path(given["folder"]))

    def publish(state: CustomerViewState) -> None:
        saves.look(session, state.files)
        if state.question is not None:
            yes = Answer(frozenset(state.question.capabilities))
            asyncio.get_running_loop().call_soon(session.questions.answer, state.question.id, yes)
        told.tell(
            {
                "page": state.page.value,
                "pin": state.pin,
                "text": state.text,
                "notice": state.bar.notice if state.bar is not None else "",
                "files": told_files(state.files.files) if state.files is not None else [],
            }
        )

    trust = Trust(given["relay"], bytes.fromhex(given["root_id"]))
    session = CustomerSession(trust, Path(given["folder"]), View(publish, relay=given["relay"]))
    create_task(read_orders({"stop": lambda order: session.stop()}), name="orders")
    await session.run(given["route"])
    await save_receipt(session, Path(given["folder"] + ".dsaudit"))
    say({"ended": True})


async def save_receipt(session: CustomerSession, path: Path) -> None:
    """Save the receipt to `path`, as the customer does on the end page; nothing where nothing was shared."""
    shown = session.view.state.farewell
    if shown is None or not shown.can_save:
        return
    session.departure.save_receipt(path)
    while not (shown := session.view.state.farewell) or not shown.saved:
        await asyncio.sleep(0.02)


def main() -> None:
    """Be the customer the argument describes."""
    logging.basicConfig(level=logging.WARNING, format="%(relativeCreated)d %(name)s %(message)s", stream=sys.stdout)
    asyncio.run(run_customer(json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()
