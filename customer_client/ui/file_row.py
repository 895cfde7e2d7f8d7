"""One file in the customer's window of files: what it is, how far it is, and what can be done. GUI thread only."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _
from customer_client.protection.hands import Hands
from customer_client.session.state import FileIntents
from customer_client.ui.by_hand import only_by_hand
from customer_client.ui.page import set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole, Theme
from protocol.files.transfer import Stage
from protocol.transport.files.status import FileStatus
from protocol.transport.files.words import facts_words, progress_words

SAVE_AFTER_MS = 1500
"""`Save` cannot be pressed for so long after it appeared: nobody agrees by a click meant for something else."""

NAME_CHARS = 80
_BAR_HEIGHT = 6


class FileRow(tk.Frame):
    """Draws a FileStatus; `name` names its buttons `save_NAME`, `decline_NAME`, `hold_NAME` and `cancel_NAME`.

    Only `hands` let a file come or go on; `refused` is called when something else presses.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        width: int,
        name: str,
        intents: FileIntents,
        hands: Hands | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        palette = theme.palette
        super().__init__(parent, background=palette.page, padx=theme.px(14), pady=theme.px(10))
        self.configure(highlightthickness=1, highlightbackground=palette.line)
        self.theme = theme
        self._intents = intents
        self._name = name
        self._status: FileStatus | None = None
        self._ripe = False
        wrap = width - theme.px(28)
        label = theme.label
        self._title = label(self, "", TextRole.STRONG, wrap=wrap)
        self._facts = label(self, "", TextRole.SMALL, wrap=wrap, colour="muted")
        self._progress = label(self, "", TextRole.SMALL, wrap=wrap, name=f"progress_{name}")
        self._bar = tk.Canvas(
            self, height=theme.px(_BAR_HEIGHT), background=theme.palette.disabled, highlightthickness=0
        )
        self._filled = self._bar.create_rectangle(0, 0, 0, 0, fill=theme.palette.accent, width=0)
        self._buttons = tk.Frame(self, background=theme.palette.page)
        for part in (self._title, self._facts, self._progress):
            part.pack(fill="x")
        self._bar.pack(fill="x", pady=(theme.px(5), 0))
        self._buttons.pack(fill="x", pady=(theme.px(8), 0))
        self._save = self._button("save", _("Save"), Look.SMALL, lambda transfer: intents.accept(transfer))
        self._decline = self._button(
            "decline", _("Do not save"), Look.SMALL, lambda transfer: intents.decline(transfer)
        )
        self._hold = self._button("hold", _("Pause"), Look.SMALL, self._toggle_hold)
        self._cancel = self._button("cancel", _("Cancel"), Look.SMALL, lambda transfer: intents.cancel(transfer))
        for button in (self._save, self._hold):
            only_by_hand(button, hands, refused)

    def render(self, status: FileStatus, technician: str, folder: str) -> None:
        """Show `status`; an offer says that it would go to `folder`."""
        asks = status.stage is Stage.OFFERED and not status.outgoing
        if asks and self._status is None:
            self.after(SAVE_AFTER_MS, self._ripen)
        self._status = status
        sent = _("You send: {file}") if status.outgoing else _("{name} sends you: {file}")
        title = _("{name} offers: {file}") if asks else sent
        set_text(self._title, title.format(name=technician, file=plain_line(status.name, NAME_CHARS)))
        set_text(self._facts, plain_line(facts_words(status, _)))
        place = _("It would be saved in {folder}").format(folder=folder)
        words = place if asks else progress_words(status, technician, _)
        set_text(self._progress, plain_line(words, 300))
        self._show_progress(status)
        moves = not status.over and status.stage is not Stage.OFFERED
        _show(self._save, asks)
        _show(self._decline, asks)
        _show(self._hold, moves)
        _show(self._cancel, not status.over and not asks)
        if moves:
            self._hold.configure(text=_("Continue") if status.held_here else _("Pause"))
        if status.over:
            self._buttons.pack_forget()
        self._save.state(["!disabled" if self._ripe else "disabled"])

    def _show_progress(self, status: FileStatus) -> None:
        if status.over or status.stage is Stage.OFFERED:
            self._bar.pack_forget()
            return
        if not self._bar.winfo_manager():
            self._bar.pack(fill="x", pady=(self.theme.px(5), 0), after=self._progress)
        share = status.moved_bytes / status.size_bytes if status.size_bytes else 1.0
        right = round(self._bar.winfo_width() * share)
        if round(self._bar.coords(self._filled)[2]) != right:
            self._bar.coords(self._filled, 0, 0, right, self.theme.px(_BAR_HEIGHT))

    def _button(self, what: str, text: str, look: Look, act: Callable[[bytes], None]) -> ttk.Button:
        def press() -> None:
            if self._status is not None:
                act(self._status.transfer)

        name = f"{what}_{self._name}"
        return ttk.Button(self._buttons, name=name, text=text, style=self.theme.button_style(look), command=press)

    def _toggle_hold(self, transfer: bytes) -> None:
        if self._status is not None:
            self._intents.pause(transfer, not self._status.held_here)

    def _ripen(self) -> None:
        self._ripe = True
        self._save.state(["!disabled"])


def _show(button: ttk.Button, wanted: bool) -> None:
    if wanted and not button.winfo_manager():
        button.pack(side="left", padx=(0, 8))
    elif not wanted and button.winfo_manager():
        button.pack_forget()
