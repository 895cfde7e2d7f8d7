"""The page beside the system's own question which screen to share: Wayland only. GUI thread only."""

import tkinter as tk

from customer_client.languages import _
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.theme import Look, TextRole


class SystemDialogPage(PageView):
    """Says what the system asks and what to press there; when it was closed without a yes, how to go on."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._heading = self.heading("")
        self._text = self.paragraph("", TextRole.LEAD)
        self._more = self.paragraph("", space=18)
        self.paragraph(_("Nobody can see your screen yet."), colour="muted", space=28)
        self._again = self.button("ask_again", _("&Ask once more"), Look.PLAIN, self.context.intents.ask_system_again)
        self._stop = self.button("stop", _("&Do not share"), Look.PLAIN, self.context.intents.stop, side="left")

    def render(self, state: CustomerViewState) -> None:
        """Show whether the question is open."""
        if state.dialog_open:
            heading = _("Your computer asks once more now")
            text = _("A window of your computer itself asks which screen to share. Choose one and press “Share”.")
            more = _("If it also offers remote control, leave that out unless they shall use your mouse and keyboard.")
        else:
            heading = _("Your screen is not shared")
            text = _(state.text)
            more = _("To share it, let your computer ask once more. The technician waits a short time only.")
        set_text(self._heading, heading)
        set_text(self._text, text)
        set_text(self._more, more)
        self._again.state(["disabled" if state.dialog_open else "!disabled"])

    def first_focus(self) -> tk.Misc:
        """`Do not share`."""
        return self._stop
