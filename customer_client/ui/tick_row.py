"""One line that can be ticked: a box, what it allows, and a remark. GUI thread only."""

import tkinter as tk
from collections.abc import Callable

from customer_client.ui.theme import TextRole, Theme, Tick


class TickRow(tk.Frame):
    """Starts without a tick. The whole line can be clicked; the keyboard reaches the box, and Space ticks it."""

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, name: str, text: str, remark: str, changed: Callable[[], None]
    ) -> None:
        palette = theme.palette
        super().__init__(parent, background=palette.page)
        self._value = tk.BooleanVar(self, value=False)
        self._box = tk.Checkbutton(
            self,
            name=name,
            text=text,
            variable=self._value,
            command=changed,
            image=theme.tick(Tick.OFF),
            selectimage=theme.tick(Tick.ON),
            compound="left",
            indicatoron=False,
            font=theme.font(TextRole.STRONG),
            foreground=palette.text,
            background=palette.page,
            activeforeground=palette.text,
            activebackground=palette.page,
            selectcolor=palette.page,
            highlightbackground=palette.page,
            highlightcolor=palette.focus,
            highlightthickness=theme.px(2),
            borderwidth=0,
            relief="flat",
            offrelief="flat",
            overrelief="flat",
            padx=theme.px(6),
            pady=theme.px(2),
            anchor="w",
        )
        self._box.pack(side="left")
        if remark:
            hint = theme.label(self, remark, TextRole.SMALL, colour="muted")
            hint.pack(side="left", padx=(theme.px(8), 0))
            hint.bind("<Button-1>", lambda _event: self._box.invoke())

    @property
    def ticked(self) -> bool:
        """Whether it is ticked."""
        return bool(self._value.get())

    def freeze(self) -> None:
        """Change nothing any more: the answer is given."""
        self._box.configure(state="disabled")
