"""The question: may this person see the screen, use the mouse and keyboard, ... GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.protection.confirming import SEE_ONLY_S
from customer_client.protection.host import shown_host
from customer_client.session.state import Answer, CustomerViewState, Question
from customer_client.ui.colleague_words import words_for
from customer_client.ui.page import PageContext, PageView, countdown, set_text
from customer_client.ui.permission_words import TIME_LIMITED, WORDS
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole
from customer_client.ui.tick_row import TickRow
from protocol.messages.consent import Capability

ALLOW_AFTER_S = 3.0
"""`Allow` cannot be pressed for this long: nobody agrees by a click that was meant for something else."""

SEEN_FOR_S = 1.0
"""And not unless the page was in sight for this long without a break."""

NAME_CHARS = 60
"""Names longer than this are cut: a long one must not push the rest of the question out of sight."""

HOST_CHARS = 253
"""As long as the name of a computer can be: nothing of it is ever cut off."""

MOST_TOOLS = 3

LIMIT_S = 5 * 60
"""What "for 5 minutes" means."""


class ConsentPage(PageView):
    """One question. Silence, Escape and the first keyboard focus all mean no.

    Asked for several things at once, each has its own box, and none is ticked in advance.
    """

    def __init__(
        self,
        parent: tk.Misc,
        context: PageContext,
        question: Question,
        relay: str,
        *,
        can_write: bool = False,
        tools: tuple[str, ...] = (),
    ) -> None:
        super().__init__(parent, context)
        self._question = question
        self._allow_from = context.clock() + ALLOW_AFTER_S
        self._visible_since: float | None = None
        self.bind("<Visibility>", self._visibility_changed)
        self._answered = False
        self._rows: dict[Capability, TickRow] = {}
        plan = len(question.capabilities) > 1
        words = WORDS[question.capabilities[0]]
        if question.colleague is not None:
            words = words_for(question.technician, question.colleague)
        self.heading("They ask for several things at once" if plan else words.question)
        self._who(question, relay, short=plan)
        if plan:
            self.paragraph("Tick what you allow.", TextRole.STRONG, space=16)
            self._add_rows(question.capabilities)
        else:
            self.paragraph(words.meaning, TextRole.STRONG, space=16)
        self.caution("Only continue if you asked for help.", space=14)
        if self._sees:
            who = plain_line(question.organisation, NAME_CHARS)
            words_on_record = f"What happens is recorded. Auditors of {who} can read it later."
            self.paragraph(words_on_record, TextRole.SMALL, colour="muted", space=8)
        if tools:
            self._warn_of(tools)
        if can_write:
            self._add_writing()
        self._add_buttons(plan)

    @property
    def question(self) -> Question:
        """The question this page asks."""
        return self._question

    def render(self, state: CustomerViewState) -> None:
        """Take a later deadline of the same question."""
        if state.question is not None and state.question.id == self._question.id:
            self._question = state.question

    def tick(self, now: float) -> None:
        """Count down; `Allow` works from 3 s after the page appeared, one of them in sight, until the deadline."""
        if self._answered:
            return
        over = now >= self._question.deadline
        seen = self._visible_since is not None and now - self._visible_since >= SEEN_FOR_S
        may = self._allow_from <= now and seen and not over and bool(self._allowed())
        for button in self._yes:
            button.state(["!disabled" if may else "disabled"])
        left = countdown(self._question.deadline - now)
        set_text(self._countdown, "Time is up. That counts as no." if over else f"No answer in {left} counts as no.")

    def first_focus(self) -> tk.Misc:
        """`Do not allow`, never `Allow`."""
        return self._deny

    def escape(self) -> None:
        """Escape means no."""
        self._answer(Answer())

    def _add_rows(self, capabilities: tuple[Capability, ...]) -> None:
        for capability in capabilities:
            words = WORDS[capability]
            name = f"tick_{capability.value}"
            row = TickRow(self.body, self.theme, name=name, text=words.name, remark=words.remark, changed=self._retick)
            row.pack(fill="x", pady=(self.theme.px(4), 0))
            self._rows[capability] = row

    def _add_writing(self) -> None:
        """Let the customer ask something before deciding anything."""
        row = tk.Frame(self.body, background=self.theme.palette.page)
        row.pack(fill="x", pady=(self.theme.px(12), 0))
        style = self.theme.button_style(Look.SMALL)
        write = ttk.Button(row, name="write_first", text="Write to them first", style=style)
        write.configure(command=lambda: self.context.intents.open_chat(True))
        write.pack(side="left")

    def _add_buttons(self, plan: bool) -> None:
        limited = bool(TIME_LIMITED.intersection(self._question.capabilities))
        # Three buttons leave no room beside them.
        wrap, side = (self.text_width, "top") if limited else (self.text_width // 3, "left")
        self._countdown = self.theme.label(self.footer, "", TextRole.SMALL, colour="muted", wrap=wrap)
        gap = (0, self.theme.px(10)) if limited else 0
        self._countdown.pack(side=side, fill="x" if limited else "none", padx=(self.theme.px(5), 0), pady=gap)  # type: ignore[arg-type]
        allow = (
            "&Allow what is ticked" if plan else f"&Allow for {SEE_ONLY_S // 60} minutes" if self._sees else "&Allow"
        )
        self._yes = [self.button("allow", allow, Look.PLAIN, self._say_yes)]
        if limited:
            self._yes.insert(0, self.button("allow_limited", "Allow for &5 minutes", Look.PLAIN, self._say_yes_for_now))
        self.only_by_hand(*self._yes)
        self._deny = self.button("deny", "&Do not allow", Look.PLAIN, lambda: self._answer(Answer()))
        # Tab goes through widgets in stacking order: the safe answer comes first.
        for button in self._yes:
            button.lift()

    def _allowed(self) -> frozenset[Capability]:
        """What a yes would allow now."""
        if not self._rows:
            return frozenset(self._question.capabilities)
        return frozenset(capability for capability, row in self._rows.items() if row.ticked)

    def _retick(self) -> None:
        self.tick(self.context.clock())

    @property
    def _sees(self) -> bool:
        """Whether seeing the screen is part of the question: its first yes lasts for a time only."""
        return Capability.SEE in self._question.capabilities and self._question.colleague is None

    def _say_yes(self) -> None:
        self._answer(Answer(self._allowed(), SEE_ONLY_S if self._sees else 0))

    def _say_yes_for_now(self) -> None:
        self._answer(Answer(self._allowed(), LIMIT_S))

    def _answer(self, answer: Answer) -> None:
        if self._answered:
            return
        self._answered = True
        for part in (*self._yes, self._deny):
            part.state(["disabled"])
        for row in self._rows.values():
            row.freeze()
        set_text(self._countdown, "Thank you. One moment, please.")
        self.context.intents.answer(self._question.id, answer)

    def _who(self, question: Question, relay: str, *, short: bool) -> None:
        """Draw the card that says who asks, and about what; a short one leaves room for a list."""
        card = self.card("soft", space=16)
        organisation = plain_line(question.organisation, NAME_CHARS)
        label = self.theme.label
        width = self.card_width
        role = TextRole.NAME if short else TextRole.ORGANISATION
        label(card, organisation, role, wrap=width, on="soft").pack(fill="x")
        host = plain_line(shown_host(relay), HOST_CHARS)
        if host:
            label(card, host, role, wrap=width, on="soft", colour="accent", name="host").pack(fill="x")
        name = plain_line(question.technician, NAME_CHARS)
        label(card, name, TextRole.NAME, wrap=width, on="soft").pack(fill="x", pady=(self.theme.px(6), 0))
        verified = f"\N{CHECK MARK} Verified by {organisation}"
        label(card, verified, TextRole.SMALL_BOLD, wrap=width, on="soft", colour="good").pack(fill="x")
        rows = tk.Frame(card, background=self.theme.palette.soft)
        rows.pack(fill="x", pady=(self.theme.px(10), 0))
        facts = (
            ("Invited by", question.colleague.invited_by if question.colleague is not None else ""),
            ("Ticket", question.ticket),
            ("About", question.subject),
            ("Reason", question.reason),
        )
        for row, (title, text) in enumerate((title, plain_line(text)) for title, text in facts if text):
            self._row(rows, row, title, text)

    def _warn_of(self, tools: tuple[str, ...]) -> None:
        """Name other programs through which somebody may see or use this computer."""
        names = ", ".join(plain_line(name, NAME_CHARS) for name in tools[:MOST_TOOLS])
        words = f"{names}: also running here. Others may see this computer through it. Your technician is told that."
        self.caution(words, space=8)

    def _visibility_changed(self, event: "tk.Event[tk.Misc]") -> None:
        if str(event.state) == "VisibilityFullyObscured":
            self._visible_since = None
        elif self._visible_since is None:
            self._visible_since = self.context.clock()

    def _row(self, rows: tk.Frame, row: int, title: str, text: str) -> None:
        title_width = self.theme.px(100)
        gap = self.theme.px(3)
        rows.grid_columnconfigure(0, minsize=title_width)
        name = self.theme.label(rows, title, colour="muted", on="soft")
        name.grid(row=row, column=0, sticky="nw", pady=gap)
        value = self.theme.label(rows, text, on="soft", wrap=self.card_width - title_width)
        value.grid(row=row, column=1, sticky="nw", pady=gap)
