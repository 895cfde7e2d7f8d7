"""The last page: the session is over, and this is what was done, what changed and what is left. GUI thread only."""

import re
import tkinter as tk
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tkinter import filedialog, ttk

from customer_client.languages import _
from customer_client.session.farewell_state import FarewellShown, Sending
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.survey_card import SurveyCard
from customer_client.ui.theme import Look, TextRole

_SAFE_NAME = re.compile(r"[^A-Za-z0-9]+")


def choose_receipt(parent: tk.Misc, name: str) -> Path | None:
    """Ask where the receipt shall be kept; None when nowhere."""
    chosen = filedialog.asksaveasfilename(
        parent=parent,
        title=_("Save the receipt"),
        initialdir=str(Path.home()),
        initialfile=name,
        defaultextension=".dsaudit",
        filetypes=[(_("Deskside receipt"), "*.dsaudit")],
    )
    return Path(chosen) if isinstance(chosen, str) and chosen else None


class EndedPage(PageView):
    """Says that nobody sees the screen any more, lists what was done, and offers receipt, report and survey."""

    def __init__(
        self,
        parent: tk.Misc,
        context: PageContext,
        choose: Callable[[tk.Misc, str], Path | None] = choose_receipt,
    ) -> None:
        super().__init__(parent, context)
        self._choose = choose
        self.heading(_("The session has ended"))
        self._text = self.paragraph("", TextRole.LEAD, space=8)
        self.paragraph(_("Nobody can see or use your computer through Deskside now."), space=6)
        self._list = tk.Frame(self.body, background=self.theme.palette.page)
        self._list.pack(fill="x", pady=(self.theme.px(8), 0))
        self._survey: SurveyCard | None = None
        self._said = self.theme.label(self.body, "", TextRole.STRONG, wrap=self.text_width, name="farewell_said")
        self._shown: object = None
        self._close = self.button("close", _("C&lose"), Look.PRIMARY, self.context.intents.quit)
        self._save: ttk.Button | None = None

    def render(self, state: CustomerViewState) -> None:
        """List the summary of `state` and what else there is."""
        set_text(self._text, plain_line(_(state.text)))
        farewell = state.farewell or FarewellShown()
        shown = (state.summary, farewell.changes, farewell.kept)
        if shown != self._shown:
            self._shown = shown
            for old in self._list.winfo_children():
                old.destroy()
            self._section(_("What was done"), state.summary)
            self._section(_("What changed on this computer during the session"), farewell.changes)
            self._section(_("What is left of it here"), farewell.kept)
        self._offer(farewell)
        self._say(farewell)

    def first_focus(self) -> tk.Misc:
        """The Close button."""
        return self._close

    def _offer(self, farewell: FarewellShown) -> None:
        if farewell.can_save and self._save is None:
            self._save = self.button(
                "save_receipt", _("Save a &receipt\N{HORIZONTAL ELLIPSIS}"), Look.PLAIN, self._keep
            )
        if not farewell.can_tell:
            return
        if self._survey is None:
            self.button(
                "report_abuse",
                _("Report a&buse\N{HORIZONTAL ELLIPSIS}"),
                Look.PLAIN,
                lambda: self.context.intents.farewell.open_report(True),
                side="left",
            )
            self._survey = SurveyCard(self.body, self.theme, self.context.intents.farewell, self.context.drafts)
            self._survey.pack(fill="x", pady=(self.theme.px(14), 0))
        self._survey.render(farewell.survey)

    def _say(self, farewell: FarewellShown) -> None:
        sent = _("Your report was sent.") if farewell.report is Sending.SENT else ""
        words = " ".join(word for word in (_(farewell.problem), _(farewell.saved), sent) if word)
        set_text(self._said, plain_line(words, 400))
        if words and not self._said.winfo_manager():
            self._said.pack(fill="x", pady=(self.theme.px(8), 0), before=self._list)

    def _keep(self) -> None:
        name = f"deskside-receipt-{datetime.now().astimezone():%Y-%m-%d-%H%M}"
        path = self._choose(self, f"{_SAFE_NAME.sub('-', name)}.dsaudit")
        if path is not None:
            self.context.intents.farewell.save_receipt(path)

    def _section(self, title: str, lines: tuple[str, ...]) -> None:
        if not lines:
            return
        px = self.theme.px
        self.theme.label(self._list, title, TextRole.STRONG).pack(fill="x", pady=(px(8), px(2)))
        for line in lines:
            self._add(plain_line(line, 400))

    def _add(self, line: str) -> None:
        row = tk.Frame(self._list, background=self.theme.palette.page)
        row.pack(fill="x", pady=self.theme.px(2))
        self.theme.label(row, "\N{BULLET}", colour="accent").pack(side="left", anchor="n", padx=(0, self.theme.px(10)))
        self.theme.label(row, line, wrap=self.text_width - self.theme.px(30)).pack(side="left", fill="x", expand=True)
