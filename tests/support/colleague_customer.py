"""The customer of a session with several technicians, without a window.

Run as `python -m tests.support.colleague_customer JSON`. Answers yes to everything but a colleague's joining, which
waits for the order `answer` (`yes`). Other orders: `remove` (`name`), `pause`, `resume`, `stop`. When all is over the
receipt is saved in its folder as `receipt.dsaudit`.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from customer_client.session.customer_session import CustomerSession
from customer_client.session.state import Answer, CustomerViewState
from customer_client.session.view import View
from customer_client.trust import Trust
from protocol.transport.tasks import create_task
from tests.support.headless_peer import Told, read_orders, say


class Customer:
    """The customer's program and the person in front of it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._told = Told()
        trust = Trust(given["relay"], bytes.fromhex(given["root_id"]))
        self._view = View(self._publish, relay=given["relay"])
        self._session = CustomerSession(trust, Path(given["folder"]), self._view)
        self._receipt, self._receipt_saved = Path(given["folder"]) / "receipt.dsaudit", asyncio.Event()

    async def run(self, route: str) -> None:
        """Serve one session."""
        orders = {
            "answer": lambda order: self._answer(bool(order["yes"])),
            "remove": lambda order: self._session.colleagues.remove(self._person(order["name"])),
            "pause": lambda order: self._session.colleagues.pause(),
            "resume": lambda order: self._session.colleagues.resume(),
            "stop": lambda order: self._session.stop(),
        }
        create_task(read_orders(orders), name="orders")
        await self._session.run(route)
        farewell = self._view.state.farewell
        if farewell is not None and farewell.can_save:
            self._session.departure.save_receipt(self._receipt)
            await self._receipt_saved.wait()
        say({"ended": True, "kept": list(farewell.kept) if farewell is not None else []})

    def _publish(self, state: CustomerViewState) -> None:
        question, bar = state.question, state.bar
        if state.farewell is not None and state.farewell.saved:
            self._receipt_saved.set()
        if question is not None and question.colleague is None:
            yes = Answer(frozenset(question.capabilities))
            asyncio.get_running_loop().call_soon(self._session.questions.answer, question.id, yes)
        colleague = question is not None and question.colleague is not None
        self._told.tell(
            {
                "page": state.page.value,
                "pin": state.pin,
                "text": state.text,
                "summary": list(state.summary),
                "asked_about": [question.technician, question.organisation] if colleague and question else [],
                "leads": bar.technician if bar is not None else "",
                "people": [[person.name, person.in_charge] for person in bar.people] if bar is not None else [],
                "may": [sorted(each.value for each in person.may) for person in bar.people] if bar is not None else [],
                "paused": bar.paused if bar is not None else False,
                "notice": bar.notice if bar is not None else "",
                "unheard": bar.unheard if bar is not None else False,
                "interrupted": [person.name for person in bar.people if person.unheard] if bar is not None else [],
            }
        )

    def _answer(self, yes: bool) -> None:
        question = self._view.state.question
        assert question is not None
        self._session.questions.answer(question.id, Answer(frozenset(question.capabilities) if yes else frozenset()))

    def _person(self, name: str) -> str:
        bar = self._view.state.bar
        assert bar is not None
        return next(person.session for person in bar.people if person.name == name)


async def serve(given: dict[str, Any]) -> None:
    """Be the customer."""
    await Customer(given).run(given["route"])


def main() -> None:
    """Run the customer the argument describes."""
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(name)s %(message)s")
    logging.getLogger("aiortc").setLevel(logging.WARNING)
    given = json.loads(sys.argv[1])
    os.environ.update(given.get("environment", {}))
    asyncio.run(serve(given))


if __name__ == "__main__":
    main()
