"""A frame that scrolls when it is taller than its place. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.ui.theme import Theme


class ScrollArea(tk.Frame):
    """Holds `inner`; asks for all the height `inner` wants and shows a scroll bar only when it gets less."""

    def __init__(self, parent: tk.Misc, theme: Theme, width: int) -> None:
        back = theme.palette.page
        super().__init__(parent, background=back)
        self._canvas = tk.Canvas(self, background=back, highlightthickness=0, borderwidth=0, width=width, height=1)
        self._bar = ttk.Scrollbar(self, orient="vertical", style=theme.scrollbar_style(), command=self._canvas.yview)
        self._canvas.configure(yscrollcommand=self._scrolled, yscrollincrement=theme.px(20))
        self._canvas.pack(side="left", fill="both", expand=True)
        self.inner = tk.Frame(self._canvas, background=back)
        self._item = self._canvas.create_window(0, 0, window=self.inner, anchor="nw", width=width)
        self.inner.bind("<Configure>", self._fit)
        self._canvas.bind("<Configure>", lambda event: self._canvas.itemconfigure(self._item, width=event.width))
        top = self.winfo_toplevel()
        for key, amount in (("<Button-4>", -3), ("<Button-5>", 3), ("<Prior>", -12), ("<Next>", 12)):
            self._listen(top, key, amount)
        top.bind("<MouseWheel>", lambda event: self._scroll(-1 if event.delta > 0 else 1))

    def _listen(self, top: tk.Misc, key: str, amount: int) -> None:
        top.bind(key, lambda _event: self._scroll(amount))

    def _scroll(self, amount: int) -> None:
        if self._canvas.winfo_exists() and self._canvas.yview() != (0.0, 1.0):
            self._canvas.yview_scroll(amount, "units")

    def _fit(self, _event: object) -> None:
        self._canvas.configure(
            height=self.inner.winfo_reqheight(), scrollregion=(0, 0, 1, self.inner.winfo_reqheight())
        )

    def _scrolled(self, first: float, last: float) -> None:
        self._bar.set(first, last)
        needed = float(first) > 0.0 or float(last) < 1.0
        if needed and not self._bar.winfo_manager():
            # Over the page's margin, not beside the content: nothing moves and no line gets shorter.
            self._bar.place(relx=1.0, rely=0.0, relheight=1.0, anchor="ne")
        elif not needed and self._bar.winfo_manager():
            self._bar.place_forget()
