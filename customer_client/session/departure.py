"""What is left when a session is over: what changed, the receipt, a report, the answers. Network thread.

All of it is kept in memory until the window is closed; nothing is written here unless the customer saves a receipt.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from customer_client.changes.comparing import ComputerComparison
from customer_client.changes.difference import Difference
from customer_client.languages import _, marked
from customer_client.session.disk_words import why_not_written
from customer_client.session.farewell_state import FarewellShown, Sending
from customer_client.session.feedback_post import post_feedback
from customer_client.session.permissions import Keeper
from customer_client.session.receipt import Attended, write_receipt, write_whole
from customer_client.session.state import Page
from customer_client.session.traces import remove_traces
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.errors import DesksideError, EnvironmentFault
from protocol.messages.feedback_api import NewReport, NewSurvey
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

DETAILS_SUFFIX = "-changes.txt"
"""The receipt is a sealed format; what changed on the computer lies beside it as text."""

_TIDYING = marked("The rest of the record is being handed over …")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visit(Attended):
    """The session that is over: who came first, its record, and what the relay knows this customer by."""

    customer_key: bytes
    token: str
    colleagues: tuple[Attended, ...] = ()
    """The sessions of those who joined, in the order they came."""


class Departure:
    """Serves the end page. `arriving` before anybody can change anything, `compared` at the end, then `left`."""

    def __init__(self, view: View, *, relay: str, comparison: ComputerComparison | None = None) -> None:
        self._view = view
        self._relay = relay
        self._comparison = comparison or ComputerComparison()
        self._difference: Difference | None = None
        self._visit: Visit | None = None
        self._met: tuple[str, str] | None = None

    def arriving(self) -> None:
        """Look at this computer as it is now."""
        self._comparison.begin()

    def met(self, session: str, token: str) -> None:
        """The relay has opened `session` to this customer, with `token`: from now on there is something to report."""
        self._met = session, token

    def unmet(self) -> None:
        """Whoever answers at the relay's address now is not to be told anything."""
        self._met = None

    def alarmed(self) -> None:
        """Everything has ended in an alarm, if it has: it can be reported where there is somebody to report it to."""
        if self._view.state.alarm is not None and self._met is not None and self._visit is None:
            self._view.update(farewell=FarewellShown(can_tell=True))

    async def compared(self, keeper: Keeper) -> None:
        """Compare this computer with how it was, and record how much differs."""
        difference = await self._comparison.finish()
        if difference is not None:
            self._difference = difference
            await unless_over(self._record(keeper, difference))

    def left(self, visit: Visit) -> None:
        """The session is over: the end page can do its part."""
        self._visit = visit
        self.met(visit.keeper.record.session, visit.token)
        changes = self._difference.lines() if self._difference is not None else ()
        self._view.update(farewell=FarewellShown(changes=changes, kept=(_(_TIDYING),), can_save=True, can_tell=True))

    def cleaned(self, *, delivered: bool, folder: Path) -> None:
        """Say what is still on this computer, in `folder`; `delivered` says that the relay has the whole record."""
        kept, visit = [], self._visit
        if visit is None:
            return
        everybody = (visit, *visit.colleagues)
        records = [each.keeper for each in everybody]
        if delivered and remove_traces(folder, records):
            kept.append(_("Everything this program kept about the session was removed from this computer."))
        elif delivered:
            words = _("Something about the organisation's log is not right. What proves it stays in {folder}.")
            kept.append(words.format(folder=folder))
        else:
            words = _(
                "The record of the session could not be handed over completely. "
                "It stays on this computer, in {folder}, readable only by you."
            )
            kept.append(words.format(folder=folder))
        events = [held.event.type for each in everybody for held in each.keeper.record.own_events]
        if EventType.FILE_RECEIVED in events:
            kept.append(_("Files you got stay where you saved them."))
        self._update(kept=tuple(kept))

    def save_receipt(self, path: Path) -> None:
        """Write the receipt to `path`, and what changed on this computer beside it."""
        if self._visit is not None:
            create_task(self._save(self._visit, path), name="save the receipt")

    def open_report(self, wanted: bool) -> None:
        """Go to the page on which abuse is reported, or back."""
        if self._met is not None:
            self._update(problem="")
            before = Page.ENDED if self._view.state.alarm is None else Page.PROBLEM
            self._view.update(page=Page.REPORT if wanted else before)

    def report(self, text: str) -> None:
        """Report abuse to the relay."""
        if self._met is not None and text.strip():
            message = NewReport(*self._met, text.strip()[:4000])
            create_task(self._send(message, lambda sending: self._update(report=sending)), name="report abuse")

    def answer_survey(self, stars: int, text: str) -> None:
        """Send the answers to the relay."""
        if self._met is not None and 1 <= stars <= 5:
            message = NewSurvey(*self._met, stars, text.strip()[:1000])
            create_task(self._send(message, lambda sending: self._update(survey=sending)), name="answer the survey")

    async def _send(self, message: NewReport | NewSurvey, told: Callable[[Sending], None]) -> None:
        told(Sending.UNDER_WAY)
        try:
            await asyncio.to_thread(post_feedback, self._relay, message)
        except EnvironmentFault as fault:
            _log.warning("%s", fault)
            self._update(problem=fault.user_text)
            told(Sending.FAILED)
            return
        self._update(problem="")
        told(Sending.SENT)

    async def _save(self, visit: Visit, path: Path) -> None:
        try:
            await asyncio.to_thread(_write_receipt, visit, self._difference, path)
        except (OSError, DesksideError) as error:
            _log.warning("the receipt was not saved: %s", error)
            why = why_not_written(error) if isinstance(error, OSError) else _(error.user_text)
            self._update(saved=_("The receipt could not be saved there: {why}").format(why=why))
            return
        words = _("Your receipt was saved as {file}.")
        if self._difference:
            words = _("Your receipt was saved as {file}, and what changed on this computer in {other}.")
        self._update(saved=words.format(file=path.name, other=details_path(path).name))

    def _update(self, **changes: object) -> None:
        shown = self._view.state.farewell
        if shown is not None:
            self._view.update(farewell=replace(shown, **changes))  # type: ignore[arg-type]  # fields of FarewellShown

    @staticmethod
    async def _record(keeper: Keeper, difference: Difference) -> None:
        await keeper.write(EventType.COMPUTER_COMPARED, difference.body())


def details_path(receipt: Path) -> Path:
    """Return where what changed on the computer is written, beside the receipt."""
    return receipt.with_name(receipt.stem + DETAILS_SUFFIX)


def _write_receipt(visit: Visit, difference: Difference | None, path: Path) -> None:
    """Write the receipt, and what differs on this computer.

    Raises:
        OSError: the disk refuses.
        DesksideError: there is no whole record.
    """
    write_receipt((visit, *visit.colleagues), visit.customer_key, path)
    if difference is not None:
        write_whole(details_path(path), difference.report().encode())
