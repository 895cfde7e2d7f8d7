"""Decisions asked of the customer: one at a time, yes only by an explicit answer in time, no in every other case."""

import asyncio
import itertools
import time
from collections.abc import Callable

from customer_client.session.state import Question
from protocol.consent import ANSWER_TIME_S
from protocol.messages.consent import Capability


class Questions:
    """Runs on the network thread. `show` is called with the question to show, and with None when it is settled."""

    def __init__(self, show: Callable[[Question | None], None]) -> None:
        self._show = show
        self._numbers = itertools.count(1)
        self._one_at_a_time = asyncio.Lock()
        self._open: tuple[int, asyncio.Future[bool]] | None = None

    async def ask(
        self, capability: Capability, *, organisation: str, technician: str, ticket: str, subject: str, reason: str
    ) -> bool:
        """Return the customer's answer; False after 60 s without one."""
        async with self._one_at_a_time:
            number = next(self._numbers)
            answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._open = (number, answer)
            self._show(
                Question(
                    id=number,
                    capability=capability,
                    organisation=organisation,
                    technician=technician,
                    ticket=ticket,
                    subject=subject,
                    reason=reason,
                    deadline=time.monotonic() + ANSWER_TIME_S,
                )
            )
            try:
                return await asyncio.wait_for(answer, ANSWER_TIME_S)
            except TimeoutError:
                return False
            finally:
                self._open = None
                self._show(None)

    def answer(self, number: int, accepted: bool) -> None:
        """Settle question `number`; an answer to any other question is ignored."""
        if self._open is not None and self._open[0] == number and not self._open[1].done():
            self._open[1].set_result(accepted)

    def decline_open(self) -> None:
        """Answer no to whatever is asked right now."""
        if self._open is not None:
            self.answer(self._open[0], False)
