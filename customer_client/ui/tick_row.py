"""One line that can be ticked: a box, what it allows, and a remark. GUI thread only."""

import tkinter as tk
from collections.abc import Callable

from customer_client.protection.hands import Act, Hands
from customer_client.ui.by_hand import only_by_hand, pressed_by_hand
from customer_client.ui.theme import TextRole, Theme, Tick


class TickRow(tk.Frame):
    """The whole line can be clicked; the keyboard reaches the box, and Space ticks it.

    `below` is the width in pixels of a remark that stands below the name; 0: it stands beside it. Only `hands` tick;
    `refused` is called when something else does.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        name: str,
        text: str,
        remark: str,
        changed: Callable[[], None],
        ticked: bool = False,
        below: int = 0,
        hands: Hands | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        palette = theme.palette
        super().__init__(parent, background=palette.page)
        self._hands, self._refused = hands, refused
        self._value = tk.BooleanVar(self, value=ticked)
        self.box = tk.Checkbutton(
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
        only_by_hand(self.box, hands, refused)
        self.box.pack(side="top" if below else "left", anchor="w")
        self.remark: tk.Label | None = None
        if remark:
            indent = theme.px(34) if below else theme.px(8)
            self.remark = theme.label(self, remark, TextRole.SMALL, colour="muted", wrap=below and below - indent)
            self.remark.pack(side="top" if below else "left", anchor="w", padx=(indent, 0))
            self.remark.bind("<Button-1>", self._remark_clicked)

    def _remark_clicked(self, event: "tk.Event[tk.Misc]") -> None:
        if pressed_by_hand(event, Act.BUTTON, self._hands, self._refused):
            self.box.invoke()

    @property
    def ticked(self) -> bool:
        """Whether it is ticked."""
        return bool(self._value.get())

    def freeze(self) -> None:
        """Change nothing any more: the answer is given."""
        self.box.configure(state="disabled")
