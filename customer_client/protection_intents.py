"""What the customer answers to the questions that protect them: before the session here, during it on the loop."""

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from customer_client.protection.contact import Contact, ContactShown, FirstQuestion, Step

if TYPE_CHECKING:
    from customer_client.session.customer_session import CustomerSession

Submit = Callable[[Callable[["CustomerSession"], Coroutine[Any, Any, object] | None]], None]


class ProtectionOnLoop:
    """Implements `ProtectionIntents`. GUI thread.

    `show` gets what the first question shows, `passed` is called once when it is answered so that there may be a
    session; `submit` hands the rest to the session on its loop, when there is one.
    """

    def __init__(
        self,
        submit: Submit,
        *,
        show: Callable[[ContactShown], None],
        passed: Callable[[Contact], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._submit = submit
        self._show = show
        self._passed = passed
        self._clock = clock
        self._question = FirstQuestion()

    def ask(self) -> None:
        """Ask who contacted whom."""
        self._show(self._question.shown)

    def contacted(self, by_customer: bool) -> None:
        """Take the answer to the first question."""
        self._step(lambda question: question.contacted(by_customer))

    def insist(self) -> None:
        """Go on in spite of the warning."""
        self._step(lambda question: question.insist(self._clock()))

    def type_sentence(self, text: str) -> None:
        """Take the sentence."""
        self._step(lambda question: question.typed(text, self._clock()))

    def go_on(self, wanted: bool) -> None:
        """Answer the question on the bar."""
        self._submit(lambda session: session.live.protection.answer(wanted) if session.live else None)

    def leave_money(self, never_again: bool) -> None:
        """Share again though a window about money is in front."""
        self._submit(
            lambda session: session.live.protection.go_on_after_money(never_again=never_again) if session.live else None
        )

    def _step(self, act: Callable[[FirstQuestion], ContactShown]) -> None:
        before = self._question.shown
        shown = act(self._question)
        if shown == before:
            return
        if shown.step is Step.ANSWERED:
            self._passed(self._question.contact)
        else:
            self._show(shown)
