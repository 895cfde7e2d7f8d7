"""The first question: who contacted whom. Whoever was called reads what such calls mostly are. GUI thread only."""

import math
import tkinter as tk
from tkinter import ttk

from customer_client.languages import _, counted, marked
from customer_client.protection.contact import SENTENCE, ContactShown, Step, is_sentence
from customer_client.session.state import CustomerViewState
from customer_client.ui.language_row import add_language_row
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.theme import Look, TextRole

SIGNS = (
    marked("They say your computer has a virus, or that money is missing from your account."),
    marked("They ask you to hurry, or to tell nobody about it."),
    marked("They want you to open your bank, to buy gift cards, or to move money to a “safe” account."),
)


class ContactPage(PageView):
    """Two large answers; neither has the keyboard at first."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.heading(_("Did you contact them, or did they contact you?"))
        self.paragraph(
            _("Soon somebody may see your screen. So please say first how you found each other."), TextRole.LEAD
        )
        intents = context.intents.protection
        self._add("contact_by_me", _("&I contacted them"), _("I looked up the number or the address myself."), True)
        self._add(
            "contact_by_them",
            _("&They contacted me"),
            _("A call, a message or a window on my screen. Or I am not sure."),
            False,
        )
        self.button("close", _("C&lose"), Look.PLAIN, context.intents.quit, side="left")
        add_language_row(self)
        self._intents = intents

    def first_focus(self) -> tk.Misc:
        """The window itself: Enter and Space do nothing here."""
        return self

    def _add(self, name: str, text: str, remark: str, by_customer: bool) -> None:
        mark = text.find("&")
        shown = text.replace("&", "")
        button = ttk.Button(
            self.body,
            name=name,
            text=shown,
            underline=mark,
            style=self.theme.button_style(Look.PLAIN),
            command=lambda: self._intents.contacted(by_customer),
        )
        button.pack(fill="x", pady=(self.theme.px(22), 0))
        self._mnemonics[shown[mark].lower()] = button
        self.only_by_hand(button)
        self.theme.label(self.body, remark, wrap=self.text_width, colour="muted").pack(
            fill="x", padx=(self.theme.px(10), 0), pady=(self.theme.px(2), 0)
        )


class CallerPage(PageView):
    """The warning. End comes first and has the keyboard; going on takes a wait and a sentence."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._shown = ContactShown(Step.WARNED)
        self.theme.label(
            self.body, _("Please stop here for a moment"), TextRole.HEADING, wrap=self.text_width, colour="alarm"
        ).pack(fill="x")
        self.paragraph(
            _(
                "Your bank, the tax office, the police and Microsoft never call to look at your computer. "
                "People who do are nearly always thieves."
            ),
            TextRole.LEAD,
        )
        card = self.card("caution", space=16)
        label = self.theme.label
        label(card, _("These are the signs"), TextRole.STRONG, colour="on_caution", on="caution").pack(fill="x")
        for sign in SIGNS:
            label(card, f"\N{BULLET} {_(sign)}", wrap=self.card_width, colour="on_caution", on="caution").pack(
                fill="x", pady=(self.theme.px(4), 0)
            )
        self.paragraph(
            _("You can hang up. It is not rude. Then call them yourself, at a number from a bill or from your card."),
            space=14,
        )
        self._sentence: _Sentence | None = None
        self._trust = self.button(
            "trust_caller", _("I called the number &myself and trust them"), Look.PLAIN, self._insist
        )
        self._end = self.button("end", _("&End"), Look.PRIMARY, context.intents.quit, side="left")
        self.only_by_hand(self._trust)
        self._trust.lift()

    @property
    def fills_screen(self) -> bool:
        """Nothing beside it matters now."""
        return True

    def render(self, state: CustomerViewState) -> None:
        """Show the warning, or what has to be typed."""
        if state.contact.step is Step.DOUBTED and self._sentence is None:
            self._sentence = _Sentence(self.body, self)
            self._sentence.pack(fill="x", pady=(self.theme.px(14), 0))
            self._trust.pack_forget()
        self._shown = state.contact
        self.tick(self.context.clock())

    def tick(self, now: float) -> None:
        """Count the wait down."""
        if self._sentence is not None:
            self._sentence.tick(self._shown.type_from - now)

    def first_focus(self) -> tk.Misc:
        """End."""
        return self._end

    def escape(self) -> None:
        """Escape ends."""
        self.context.intents.quit()

    def _insist(self) -> None:
        self.context.intents.protection.insist()


class _Sentence(tk.Frame):
    """Where the sentence is typed, once the wait is over."""

    def __init__(self, parent: tk.Misc, page: PageView) -> None:
        theme = page.theme
        super().__init__(parent, background=theme.palette.page)
        words = _("If you called them yourself, at a number you found yourself, type: {sentence}")
        theme.label(self, words.format(sentence=_(SENTENCE)), TextRole.STRONG, wrap=page.text_width).pack(fill="x")
        row = tk.Frame(self, background=theme.palette.page)
        row.pack(fill="x", pady=(theme.px(6), 0))
        self._typed = tk.StringVar(self)
        font, style = theme.font(TextRole.BODY), theme.field_style()
        self._entry = ttk.Entry(row, name="sentence", textvariable=self._typed, font=font, style=style)
        protection = page.context.intents.protection
        style = theme.button_style(Look.PLAIN)
        self._go_on = ttk.Button(row, name="caller_go_on", text=_("Go on"), style=style)
        self._go_on.configure(
            command=lambda: protection.type_sentence(SENTENCE if self._is_right() else self._typed.get())
        )
        page.only_by_hand(self._go_on)
        self._go_on.pack(side="right", padx=(theme.px(10), 0))
        self._entry.pack(side="left", fill="x", expand=True)
        self._wait = theme.label(self, "", TextRole.SMALL, wrap=page.text_width, colour="muted", name="caller_wait")
        self._wait.pack(fill="x", pady=(theme.px(4), 0))

    def tick(self, left_s: float) -> None:
        """Let nobody type before the wait is over, nor go on without the sentence."""
        may = left_s <= 0
        self._entry.state(["!disabled" if may else "disabled"])
        self._go_on.state(["!disabled" if may and self._is_right() else "disabled"])
        wait = counted(
            "You can type in one second. Until then, please read the signs again.",
            "You can type in {number} seconds. Until then, please read the signs again.",
            max(1, math.ceil(left_s)),
        )
        set_text(self._wait, "" if may else wait)

    def _is_right(self) -> bool:
        """Return whether the sentence stands there, in the language it was asked in."""
        return is_sentence(self._typed.get(), _(SENTENCE))


def contact_page(parent: tk.Misc, context: PageContext, shown: ContactShown) -> PageView:
    """Return the page for where the question stands."""
    return ContactPage(parent, context) if shown.step is Step.ASKED else CallerPage(parent, context)
