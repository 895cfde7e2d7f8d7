"""The page that takes the place of everything when a window about money comes to the front. GUI thread only."""

import tkinter as tk

from customer_client.languages import _, marked
from customer_client.protection.money import MoneyKind
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, countdown, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole

_ABOUT = {
    MoneyKind.BANK: marked("The page in front of you is about a bank."),
    MoneyKind.PAYMENT: marked("The page in front of you is about paying or sending money."),
    MoneyKind.WALLET: marked("The page in front of you is about digital money such as Bitcoin."),
    MoneyKind.GIFT_CARD: marked("The page in front of you is about gift cards."),
}
_NAME_CHARS = 40


class MoneyPage(PageView):
    """Stop has the keyboard. Going on is possible after a wait, and only for hands."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._go_on_from = float("inf")
        heading = _("Deskside has stopped the picture")
        label = self.theme.label(self.body, heading, TextRole.HEADING, wrap=self.text_width, colour="alarm")
        label.pack(fill="x")
        self._about = self.paragraph("", TextRole.LEAD)
        self.paragraph(_("Nobody sees your screen now, and nobody can use your mouse or keyboard."), TextRole.STRONG)
        card = self.card("caution", space=16)
        for number, line in enumerate(
            (
                _("Real helpers never need to see your bank, your cards or your passwords."),
                _("Nobody has to move money to keep it safe. Nobody real is paid with gift cards."),
                _("If somebody asked you to open this page, it is a scam. Press Stop, hang up and call your bank."),
            )
        ):
            line_label = self.theme.label(card, line, wrap=self.card_width, colour="on_caution", on="caution")
            line_label.pack(fill="x", pady=(self.theme.px(6) if number else 0, 0))
        self._wait = self.paragraph("", TextRole.SMALL, colour="muted", space=16)
        self._stop = self.button("money_stop", _("&Stop the session"), Look.PRIMARY, context.intents.stop, side="left")
        self._go_on = self.button("money_go_on", _("Show my screen &again"), Look.PLAIN, lambda: self._leave(False))
        self._never = self.button("money_never", _("It is &not about money"), Look.PLAIN, lambda: self._leave(True))
        self.only_by_hand(self._go_on, self._never)
        for button in (self._never, self._go_on):
            button.lift()

    @property
    def fills_screen(self) -> bool:
        """What is in front is to be seen by nobody else, and read again by the customer later."""
        return True

    def render(self, state: CustomerViewState) -> None:
        """Say what came to the front, and who could have seen it."""
        if state.money is None:
            return
        name = plain_line(state.bar.technician, _NAME_CHARS) if state.bar is not None else _("The technician")
        not_seen = _("{name} has not seen it.").format(name=name)
        set_text(self._about, f"{_(_ABOUT[state.money.kind])} {not_seen}")
        self._go_on_from = state.money.go_on_from
        self.tick(self.context.clock())

    def tick(self, now: float) -> None:
        """Count the wait down."""
        may = now >= self._go_on_from
        for button in (self._go_on, self._never):
            button.state(["!disabled" if may else "disabled"])
        left = countdown(self._go_on_from - now)
        wait = _("You can show your screen again in {time}. Better close that page first.").format(time=left)
        done = _("Better close that page first. If it is not about money, say so: Deskside does not stop for it again.")
        set_text(self._wait, done if may else wait)

    def first_focus(self) -> tk.Misc:
        """Stop."""
        return self._stop

    def _leave(self, never_again: bool) -> None:
        self.context.intents.protection.leave_money(never_again)
