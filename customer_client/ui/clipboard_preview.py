"""Shows the customer the text on their clipboard, whole, before they send it. GUI thread only.

The technician must not read it here: whoever opens this pauses sharing first.
"""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _, counted
from customer_client.protection.hands import Hands
from customer_client.ui.by_hand import RefusalLine, only_by_hand
from customer_client.ui.plain_text import plain_exact
from customer_client.ui.theme import Look, TextRole, Theme

WIDTH, HEIGHT = 620, 470
"""Pixels at 100 %."""


class ClipboardPreview(tk.Toplevel):
    """One text and one decision; closing the window means no. `decided` is called once, the window being gone.

    Only `hands` send it.
    """

    def __init__(
        self, root: tk.Misc, theme: Theme, text: str, decided: Callable[[bool], None], hands: Hands | None = None
    ) -> None:
        palette = theme.palette
        super().__init__(root, name="clipboard_preview", class_="Deskside", background=palette.page)
        self.title(_("Deskside: send this text?"))
        self.theme = theme
        self._decided: Callable[[bool], None] | None = decided
        px = theme.px
        inside = tk.Frame(self, background=palette.page)
        inside.pack(fill="both", expand=True, padx=px(28), pady=px(22))
        theme.label(inside, _("Send this text to your technician?"), TextRole.NAME).pack(fill="x")
        warning = _(
            "Sharing is paused while you read. Do not send passwords. Only this text is sent, and only this once."
        )
        theme.label(inside, warning, wrap=px(WIDTH - 56)).pack(fill="x", pady=px(8))
        buttons = tk.Frame(inside, background=palette.page)
        buttons.pack(side="bottom", fill="x", pady=(px(14), 0))
        size = counted("{number} character", "{number} characters", len(text))
        theme.label(buttons, size, TextRole.SMALL, colour="muted").pack(side="left")
        shown = self._add_text(inside, theme, text)
        keep = self._button(buttons, theme, "keep_clipboard", _("Do not send"), Look.PLAIN, self.close)
        send = self._button(buttons, theme, "send_clipboard_now", _("Send this text"), Look.PRIMARY, self._confirm)
        send.lift()
        only_by_hand(send, hands, RefusalLine(inside, theme, wrap=px(WIDTH - 56), before=shown, margin=0))
        self.bind("<Escape>", lambda _event: self.close())
        self.protocol("WM_DELETE_WINDOW", self.close)
        x = (self.winfo_screenwidth() - px(WIDTH)) // 2
        y = (self.winfo_screenheight() - px(HEIGHT)) // 2
        self.geometry(f"{px(WIDTH)}x{px(HEIGHT)}+{max(0, x)}+{max(0, y)}")
        self.attributes("-topmost", True)
        keep.focus_force()

    def _add_text(self, inside: tk.Frame, theme: Theme, text: str) -> tk.Frame:
        palette = theme.palette
        frame = tk.Frame(inside, background=palette.line, padx=1, pady=1)
        frame.pack(fill="both", expand=True, pady=(theme.px(8), 0))
        bar = ttk.Scrollbar(frame, orient="vertical", style=theme.scrollbar_style())
        shown = tk.Text(
            frame,
            name="clipboard_text",
            font=theme.font(TextRole.BODY),
            wrap="char",
            background=palette.page,
            foreground=palette.text,
            borderwidth=0,
            highlightthickness=0,
            padx=theme.px(10),
            pady=theme.px(8),
            width=1,
            height=1,
            yscrollcommand=bar.set,
        )
        bar.configure(command=shown.yview)
        bar.pack(side="right", fill="y")
        shown.pack(side="left", fill="both", expand=True)
        shown.insert("1.0", plain_exact(text))
        shown.configure(state="disabled")
        return frame

    def _button(
        self, row: tk.Frame, theme: Theme, name: str, text: str, look: Look, command: Callable[[], None]
    ) -> ttk.Button:
        button = ttk.Button(row, name=name, text=text, style=theme.button_style(look), command=command)
        button.pack(side="right", padx=(theme.px(10), 0))
        return button

    def close(self, *, send: bool = False) -> None:
        """Take the window away and say what was decided."""
        decided, self._decided = self._decided, None
        self.destroy()
        if decided is not None:
            decided(send)

    def _confirm(self) -> None:
        self.close(send=True)
