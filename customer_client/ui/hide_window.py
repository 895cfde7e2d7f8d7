"""The window in which the customer says what of the screen nobody shall see. GUI thread only.

It names windows, so it is itself never shown to anybody: its class is what the curtain covers from the first picture.
"""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.protection.hands import Hands
from customer_client.redaction.hidden import HiddenKind, ListedWindow
from customer_client.redaction.window_watch import OWN_CLASS, OWN_TITLE
from customer_client.session.hiding_state import HidingIntents, HidingShown, ShownArea
from customer_client.ui.by_hand import RefusalLine, only_by_hand
from customer_client.ui.hide_area import AreaPicker
from customer_client.ui.page import set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.scroll_area import ScrollArea
from customer_client.ui.theme import Look, TextRole, Theme, Tick
from protocol.picture.geometry import Rect

WIDTH, HEIGHT = 640, 560
"""Pixels at 100 %."""

_BELOW_BAR = 70
"""Where the window begins at least: below the bar."""

NAME_CHARS = 48
PICK_AFTER_MS = 250
"""Time for the programs below to paint where this window was, before the desktop is shown to draw on."""

_REMARKS = {
    HiddenKind.PASSWORD_MANAGER: marked("a password manager: always hidden"),
    HiddenKind.NOTIFICATION: marked("a notification"),
}


class HideWindow(tk.Toplevel):
    """Windows to tick, areas to draw and to show again, and notifications. Only `hands` change any of it."""

    def __init__(self, root: tk.Misc, theme: Theme, intents: HidingIntents, hands: Hands | None = None) -> None:
        palette = theme.palette
        super().__init__(root, name="hide_window", class_=OWN_CLASS, background=palette.page)
        self.withdraw()
        self.title(f"{OWN_TITLE} {_('Hide parts of your screen')}")
        self.theme, self._intents, self._hands = theme, intents, hands
        self._shown: HidingShown | None = None
        self._picker: AreaPicker | None = None
        px = theme.px
        inside = tk.Frame(self, background=palette.page)
        inside.pack(fill="both", expand=True, padx=px(24), pady=px(18))
        theme.label(inside, _("Hide parts of your screen"), TextRole.NAME).pack(fill="x")
        words = _(
            "What is hidden is painted over before anything leaves this computer. "
            "Your technician sees only that something is hidden, and cannot use it. This window is hidden, too."
        )
        theme.label(inside, words, TextRole.SMALL, wrap=px(WIDTH - 48), colour="muted").pack(fill="x", pady=px(6))
        buttons = tk.Frame(inside, background=palette.page)
        buttons.pack(side="bottom", fill="x", pady=(px(12), 0))
        self._said = theme.label(inside, "", TextRole.SMALL, wrap=px(WIDTH - 48), colour="on_caution", name="hide_said")
        self._said.pack(side="bottom", fill="x")
        self._area = ScrollArea(inside, theme, px(WIDTH - 48))
        self._area.pack(side="top", fill="both", expand=True)
        self._refused = RefusalLine(inside, theme, wrap=px(WIDTH - 48), before=self._area, margin=0)
        self._rows = tk.Frame(self._area.inner, background=palette.page)
        self._rows.pack(fill="x")
        self._button(buttons, "pick_area", _("Hide an area…"), self._pick)
        self._button(buttons, "list_again", _("List again"), intents.look_again)
        self._button(buttons, "close_hiding", _("Close"), lambda: intents.show(False), side="right")
        self.protocol("WM_DELETE_WINDOW", lambda: intents.show(False))
        self.bind("<Escape>", lambda _event: intents.show(False))

    def render(self, hiding: HidingShown) -> None:
        """Show `hiding`."""
        if hiding != self._shown:
            self._shown = hiding
            set_text(self._said, plain_line(_(hiding.said), 200))
            self._rebuild(hiding)
        if self._picker is None:
            self._open_or_close(hiding.shown)

    def _rebuild(self, hiding: HidingShown) -> None:
        focused = self.focus_get()
        name = focused.winfo_name() if focused is not None else ""
        for old in self._rows.winfo_children():
            old.destroy()
        self._tick("hide_notifications", _("Notifications"), "", hiding.notifications, self._intents.hide_notifications)
        self._heading(_("Windows that are open now"))
        for window in hiding.windows:
            self._add_window(window)
        if not hiding.windows:
            self._line(_("None was found."))
        self._heading(_("Areas"))
        for area in hiding.areas:
            self._add_area(area)
        if not hiding.areas:
            self._line(_("None is hidden. An area stays where it is, whatever is below it."))
        again = next((row for row in self._rows.winfo_children() if row.winfo_name() == name), None)
        if again is not None:
            again.focus_set()

    def _add_window(self, window: ListedWindow) -> None:
        title = plain_line(window.title, NAME_CHARS)
        remark = _(_REMARKS.get(window.hidden, "")) if window.hidden is not None else ""
        fixed = window.hidden not in (None, HiddenKind.CHOSEN_WINDOW)

        def tick(hidden: bool) -> None:
            self._intents.hide_window(window.id, hidden)

        program = plain_line(window.program, 24)
        self._tick(f"window{window.id}", title, remark or program, window.hidden is not None, tick, fixed=fixed)

    def _add_area(self, area: ShownArea) -> None:
        px = self.theme.px
        row = tk.Frame(self._rows, background=self.theme.palette.page)
        row.pack(fill="x", pady=px(2))
        rect = area.rect
        words = _("{width} x {height} pixels at {x}, {y}").format(
            width=rect.width, height=rect.height, x=rect.x, y=rect.y
        )
        self.theme.label(row, words).pack(side="left")
        style = self.theme.button_style(Look.SMALL)
        show = ttk.Button(
            row,
            name=f"show_area{area.number}",
            text=_("Show again"),
            style=style,
            command=lambda: self._intents.show_area(area.number),
        )
        only_by_hand(show, self._hands, self._refused)
        show.pack(side="right", padx=(0, px(18)))

    def _tick(
        self, name: str, text: str, remark: str, ticked: bool, changed: Callable[[bool], None], *, fixed: bool = False
    ) -> None:
        theme, palette, px = self.theme, self.theme.palette, self.theme.px
        row = tk.Frame(self._rows, background=palette.page)
        row.pack(fill="x")
        if remark:
            theme.label(row, remark, TextRole.SMALL, colour="muted").pack(side="right", padx=(px(8), px(18)))
        if fixed:
            said = theme.label(row, f" {text}", colour="muted", name=name)
            said.configure(image=theme.tick(Tick.ON), compound="left", padx=px(2), pady=px(2))
            said.pack(side="left")
            return
        value = tk.BooleanVar(self, value=ticked)
        box = tk.Checkbutton(
            row,
            name=name,
            text=f" {text}",
            variable=value,
            command=lambda: changed(value.get()),
            image=theme.tick(Tick.OFF),
            selectimage=theme.tick(Tick.ON),
            compound="left",
            indicatoron=False,
            font=theme.font(TextRole.BODY),
            foreground=palette.text,
            background=palette.page,
            activebackground=palette.page,
            activeforeground=palette.text,
            selectcolor=palette.page,
            highlightbackground=palette.page,
            highlightcolor=palette.focus,
            highlightthickness=px(2),
            borderwidth=0,
            offrelief="flat",
            overrelief="flat",
            anchor="w",
        )
        only_by_hand(box, self._hands, self._refused)
        box.pack(side="left")

    def _heading(self, text: str) -> None:
        self.theme.label(self._rows, text, TextRole.STRONG).pack(fill="x", pady=(self.theme.px(10), self.theme.px(2)))

    def _line(self, text: str) -> None:
        wrap = self.theme.px(WIDTH - 70)
        self.theme.label(self._rows, text, TextRole.SMALL, colour="muted", wrap=wrap).pack(fill="x")

    def _button(self, row: tk.Frame, name: str, text: str, command: Callable[[], None], *, side: str = "left") -> None:
        style = self.theme.button_style(Look.SMALL)
        button = ttk.Button(row, name=name, text=text, style=style, command=command)
        gap = self.theme.px(8)
        button.pack(side="right" if side == "right" else "left", padx=(gap, 0) if side == "right" else (0, gap))

    def _pick(self) -> None:
        """Let the customer draw: this window steps aside first."""
        self.withdraw()
        self.after(PICK_AFTER_MS, self._open_picker)

    def _open_picker(self) -> None:
        if self._picker is None and self._shown is not None and self._shown.shown:
            self._picker = AreaPicker(self, self.theme, self._picked)

    def _picked(self, area: Rect | None) -> None:
        self._picker = None
        if area is not None:
            self._intents.hide_area(area)
        self._open_or_close(self._shown is not None and self._shown.shown)

    def _open_or_close(self, wanted: bool) -> None:
        if wanted and self.state() == "withdrawn":
            px = self.theme.px
            width = min(px(WIDTH), self.winfo_screenwidth() - 16)
            top = px(_BELOW_BAR)
            height = min(px(HEIGHT), self.winfo_screenheight() - top - px(40))
            x = (self.winfo_screenwidth() - width) // 2
            y = max(top, (self.winfo_screenheight() - height) // 2)
            self.geometry(f"{width}x{height}+{x}+{y}")
            self.attributes("-topmost", True)
            self.deiconify()
            self.lift()
        elif not wanted and self.state() != "withdrawn":
            self.withdraw()
