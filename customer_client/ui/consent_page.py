"""The question: may this person see the screen, use the mouse and keyboard, ... GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.portal.wayland import is_wayland
from customer_client.protection.host import shown_host
from customer_client.session.state import Answer, CustomerViewState, Question
from customer_client.ui.colleague_words import words_for
from customer_client.ui.limit_row import LimitRow
from customer_client.ui.page import PAGE_WIDTH, PageContext, PageView, countdown, set_text
from customer_client.ui.permission_words import TIME_LIMITED
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole
from customer_client.ui.tick_row import TickRow
from customer_client.ui.wayland_words import WAYLAND_ASKS, WAYLAND_LACKS, words_of
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

ONE_COLUMN = 5
"""More boxes than this stand in three columns, each with its remark below."""

WIDE = 1040
"""Width of a page with boxes, in pixels at 100 %: on a low screen its letters stay larger."""

COLUMN_GAP = 16
"""Pixels at 100 % between the columns."""

_PLAN = marked("Tick what you allow.")
_PLAN_FIRST = marked("Tick what you allow. Leave out what you are not sure about: they can ask for it later.")
_BLIND = marked("Without seeing your screen they can do nothing else.")
_ONLY_IF = marked("Only continue if you asked for help.")


def page_width(question: Question | None) -> int:
    """Return the width of the page that asks `question`, in pixels at 100 %."""
    return WIDE if question is not None and len(question.capabilities) > 1 else PAGE_WIDTH


class ConsentPage(PageView):
    """One question. Silence, Escape and the first keyboard focus all mean no.

    Asked for several things at once, each has its own box; at most seeing is ticked in advance.
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
        words = words_of(question.capabilities[0])
        if question.colleague is not None:
            words = words_for(question.technician, question.colleague)
        first = Capability.SEE in question.ticked
        several = plan and not first
        self.heading(_("They ask for several things at once") if several else _(words.question))
        self._who(question, relay, short=plan)
        if plan:
            self.paragraph(_(_PLAN_FIRST) if first else _(_PLAN), TextRole.STRONG, space=16)
            self._add_rows(question)
        else:
            self.paragraph(_(words.meaning), TextRole.STRONG, space=16)
        self.caution(f"{_(_ONLY_IF)}{_tools_words(tools)}", space=14)
        if self._sees:
            who = plain_line(question.organisation, NAME_CHARS)
            words_on_record = _("What happens is recorded. Auditors of {organisation} can read it later.")
            self.paragraph(words_on_record.format(organisation=who), TextRole.SMALL, colour="muted", space=8)
        if self._sees and is_wayland():
            self.paragraph(_(WAYLAND_ASKS), TextRole.SMALL, space=8)
            self.paragraph(_(WAYLAND_LACKS), TextRole.SMALL, colour="alarm", space=4)
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
        may = self._allow_from <= now and seen and not over and bool(self._allowed()) and not self._blind
        self._allow.state(["!disabled" if may else "disabled"])
        left = countdown(self._question.deadline - now)
        words = _(_BLIND) if self._blind else _("No answer in {time} counts as no.").format(time=left)
        set_text(self._countdown, _("Time is up. That counts as no.") if over else words)

    def first_focus(self) -> tk.Misc:
        """`Do not allow`, never `Allow`."""
        return self._deny

    def escape(self) -> None:
        """Escape means no."""
        self._answer(Answer())

    def _add_rows(self, question: Question) -> None:
        px, capabilities = self.theme.px, question.capabilities
        grid = tk.Frame(self.body, background=self.theme.palette.page)
        grid.pack(fill="x")
        columns = 1 if len(capabilities) <= ONE_COLUMN else 3
        rows = -(-len(capabilities) // columns)
        if columns > 1:
            grid.grid_columnconfigure(tuple(range(columns)), weight=1, uniform="boxes")
        width = self.text_width // 3 - px(COLUMN_GAP)
        for place, capability in enumerate(capabilities):
            words = words_of(capability)
            row = TickRow(
                grid,
                self.theme,
                name=f"tick_{capability.value}",
                text=_(words.name),
                remark=_(words.remark),
                changed=self._retick,
                ticked=capability in question.ticked,
                below=width if columns > 1 else 0,
                hands=self.context.hands,
                refused=self._refuse,
            )
            gap = px(COLUMN_GAP) if place >= rows else 0
            row.grid(row=place % rows, column=place // rows, sticky="nw", padx=(gap, 0), pady=(px(4), 0))
            self._rows[capability] = row

    def _add_writing(self) -> None:
        """Let the customer ask something before deciding anything."""
        row = tk.Frame(self.body, background=self.theme.palette.page)
        row.pack(fill="x", pady=(self.theme.px(12), 0))
        style = self.theme.button_style(Look.SMALL)
        write = ttk.Button(row, name="write_first", text=_("Write to them first"), style=style)
        write.configure(command=lambda: self.context.intents.open_chat(True))
        write.pack(side="left")

    def _add_buttons(self, plan: bool) -> None:
        self._limit = self._add_limit()
        wrap = self.text_width * 2 // 5
        self._countdown = self.theme.label(self.footer, "", TextRole.SMALL, colour="muted", wrap=wrap)
        self._countdown.pack(side="left", padx=(self.theme.px(5), 0))
        allow = _("&Allow what is ticked") if plan else _("&Allow")
        self._allow = self.button("allow", allow, Look.PLAIN, self._say_yes)
        self.only_by_hand(self._allow)
        self._deny = self.button("deny", _("&Do not allow"), Look.PLAIN, lambda: self._answer(Answer()))
        # Tab goes through widgets in stacking order: the safe answer comes first.
        self._allow.lift()
        self._show_limit()

    def _add_limit(self) -> LimitRow | None:
        """Let the customer choose for how long, where that makes sense."""
        question = self._question
        if question.colleague is not None or not TIME_LIMITED.intersection(question.capabilities):
            return None
        hands, refused = self.context.hands, self._refuse
        first_s = self.context.limit_s
        limit = LimitRow(
            self.footer, self.theme, changed=self._show_limit, hands=hands, refused=refused, first_s=first_s
        )
        limit.pack(side="top", fill="x", pady=(0, self.theme.px(14)))
        return limit

    def _show_limit(self) -> None:
        """Say on the button for how long, where it is about one thing."""
        if self._limit is not None and not self._rows:
            self._allow.configure(text=self._limit.words)

    def _allowed(self) -> frozenset[Capability]:
        """What a yes would allow now."""
        if not self._rows:
            return frozenset(self._question.capabilities)
        return frozenset(capability for capability, row in self._rows.items() if row.ticked)

    def _retick(self) -> None:
        self.tick(self.context.clock())

    @property
    def _sees(self) -> bool:
        """Whether seeing the screen is part of the question."""
        return Capability.SEE in self._question.capabilities and self._question.colleague is None

    @property
    def _blind(self) -> bool:
        """Whether seeing was asked for and is not ticked: then nothing else makes sense."""
        return self._sees and Capability.SEE not in self._allowed()

    def _say_yes(self) -> None:
        allowed = self._allowed()
        if self._limit is None:
            self._answer(Answer(allowed))
        else:
            self._answer(Answer(allowed, self._limit.seconds, allowed - TIME_LIMITED))

    def _answer(self, answer: Answer) -> None:
        if self._answered:
            return
        self._answered = True
        for part in (self._allow, self._deny):
            part.state(["disabled"])
        for row in self._rows.values():
            row.freeze()
        if self._limit is not None:
            self._limit.freeze()
        set_text(self._countdown, _("Thank you. One moment, please."))
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
        verified = f"\N{CHECK MARK} {_('Verified by {organisation}').format(organisation=organisation)}"
        label(card, verified, TextRole.SMALL_BOLD, wrap=width, on="soft", colour="good").pack(fill="x")
        rows = tk.Frame(card, background=self.theme.palette.soft)
        rows.pack(fill="x", pady=(self.theme.px(10), 0))
        facts = (
            (_("Invited by"), question.colleague.invited_by if question.colleague is not None else ""),
            (_("Ticket"), question.ticket),
            (_("About"), question.subject),
            (_("Reason"), question.reason),
        )
        shown = [(title, plain_line(text)) for title, text in facts if text]
        measure, gap = self.theme.font(TextRole.BODY).measure, self.theme.px(14)
        titles = max(self.theme.px(100), *(measure(title) + gap for title, _text in shown))
        rows.grid_columnconfigure(0, minsize=titles)
        for row, (title, text) in enumerate(shown):
            self._row(rows, row, title, text, self.card_width - titles)

    def _visibility_changed(self, event: "tk.Event[tk.Misc]") -> None:
        if str(event.state) == "VisibilityFullyObscured":
            self._visible_since = None
        elif self._visible_since is None:
            self._visible_since = self.context.clock()

    def _row(self, rows: tk.Frame, row: int, title: str, text: str, width: int) -> None:
        gap = self.theme.px(3)
        name = self.theme.label(rows, title, colour="muted", on="soft")
        name.grid(row=row, column=0, sticky="nw", pady=gap)
        value = self.theme.label(rows, text, on="soft", wrap=width)
        value.grid(row=row, column=1, sticky="nw", pady=gap)


def _tools_words(tools: tuple[str, ...]) -> str:
    """Name other programs through which somebody may see or use this computer."""
    names = ", ".join(plain_line(name, NAME_CHARS) for name in tools[:MOST_TOOLS])
    words = _("{names}: also running here. Others may see this computer through it. Your technician is told that.")
    return "\n" + words.format(names=names) if tools else ""
