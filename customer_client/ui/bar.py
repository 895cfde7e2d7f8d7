"""The small bar that stays on top of everything while somebody can see the screen. GUI thread only."""

import dataclasses
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.protection.confirming import Asked
from customer_client.protection.hands import Act, Hands
from customer_client.session.state import Bar, CustomerIntents
from customer_client.ui.allowed_list import CLOSE_LIST, AllowedList
from customer_client.ui.asked_row import AskedRow
from customer_client.ui.bar_keyboard import BarKeyboard, leave
from customer_client.ui.by_hand import RefusalLine, only_by_hand, pressed_by_hand
from customer_client.ui.colleague_list import ColleagueList
from customer_client.ui.page import set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole, Theme
from customer_client.ui.voice_controls import VoiceControls
from protocol.messages.consent import Capability
from protocol.transport.voice.status import VoiceStatus

RAISE_EVERY_MS = 400
LONGEST_S = 8 * 3600.0
"""As long as a time that is left is ever drawn for."""

MARGIN = 16
"""Pixels at 100 % left and right of everything."""

NAME_CHARS = 32
NOTICE_CHARS = 90
PANIC_HINT = marked("Ctrl+Alt+Shift+End stops everything at once.")
"""Said while the technician controls the computer: the keys work even when nothing else does."""

BOTH_HINTS = marked("Ctrl+Alt+Shift+End stops all, …+Home: keyboard here.")
"""Both in one line, so that the bar hides less of the screen."""

NOTICE_WIDTH = 360
"""Pixels at 100 % for a notice, or as wide as who and what is above it; a longer one takes two lines."""

CLIPBOARD_CHARS = 160
CLIPBOARD_WIDTH = 640
"""Pixels at 100 % for what was put on the clipboard; never as wide as the bar itself."""


def allowed_words(bar: Bar) -> str:
    """Return in plain words what the technician can do right now."""
    if bar.paused:
        return _("Paused. They see nothing.")
    if bar.unheard:
        return _("Interrupted. They see nothing new and can do nothing.")
    if Capability.CONTROL in bar.allowed:
        return _("Can see and control your computer")
    if Capability.SEE in bar.allowed:
        return _("Can see your screen, can not control it")
    return _("Can see nothing now")


def duration_words(seconds: float) -> str:
    """Return a duration as `3 min` or `1 h 5 min`, whole minutes.

    Not seconds: the bar lies in the picture the technician gets, and each change of it travels.
    """
    minutes = max(0, int(seconds)) // 60
    if minutes == 0:
        return _("less than 1 min")
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class BarWindow(tk.Toplevel):
    """Who, how long, what is allowed, Pause and Stop; on demand, a list of all that is allowed.

    It has no window manager frame, because window managers let full-screen programs cover framed windows: it puts
    itself on top again whenever something covers it. It can be dragged by any part that is not a button.
    """

    def __init__(
        self,
        root: tk.Tk,
        theme: Theme,
        intents: CustomerIntents,
        clock: Callable[[], float],
        hands: Hands | None = None,
    ) -> None:
        palette = theme.palette
        super().__init__(root, background=palette.bar, class_="Deskside")
        self.withdraw()
        self.overrideredirect(True)
        self.title(_("Deskside: your screen is shared"))
        self._theme = theme
        self._intents = intents
        self._clock = clock
        self._bar: Bar | None = None
        self._grip = (0, 0)
        self._moved = False
        self._list = AllowedList(self, theme, intents)
        self._voice: VoiceControls | None = None
        self._hands = hands
        self._asked: AskedRow | None = None
        self._people = ColleagueList(self, theme, intents)
        frame = tk.Frame(self, background=palette.bar)
        frame.pack(fill="both", expand=True, padx=theme.px(MARGIN), pady=theme.px(6))
        self._buttons = tk.Frame(frame, background=palette.bar)
        self._buttons.pack(side="right", padx=(theme.px(18), 0))
        self._texts = tk.Frame(frame, background=palette.bar)
        self._texts.pack(side="left", fill="x", expand=True)
        self._who = self._line(TextRole.STRONG, "on_bar")
        self._allowed = self._line(TextRole.SMALL_BOLD, "bar_muted", name="bar_allowed")
        self._notice = self._line(TextRole.SMALL, "bar_notice", name="bar_notice")
        self._notice.configure(wraplength=theme.px(NOTICE_WIDTH))
        self._clipboard = theme.label(
            self,
            "",
            TextRole.SMALL,
            wrap=theme.px(CLIPBOARD_WIDTH),
            colour="bar_notice",
            on="bar",
            name="clipboard_said",
        )
        self._warning = theme.label(
            self,
            "",
            TextRole.SMALL_BOLD,
            wrap=theme.px(CLIPBOARD_WIDTH),
            colour="bar_notice",
            on="bar",
            name="bar_warning",
        )
        self._refused = RefusalLine(self, theme, wrap=theme.px(CLIPBOARD_WIDTH), colour="bar_notice", on="bar")
        self._add_buttons()
        self._bind_events()
        self._keyboard = BarKeyboard(self, root)

    def render(self, bar: Bar) -> None:
        """Show `bar`, and place the bar at the top centre unless the customer moved it."""
        if self.state() == "withdrawn":
            self._keyboard.open()
        self._fill(bar)
        self.update_idletasks()
        self._place()
        if self.state() == "withdrawn":
            self.deiconify()
            self._stay_on_top()

    def destroy(self) -> None:
        """Take the bar away; the keyboard goes back to where it was."""
        self._keyboard.close()
        super().destroy()

    def widest(self, bar: Bar) -> int:
        """Return the width in pixels the bar can come to need for the people in `bar`: every button, the whole list."""
        everything, now = frozenset(Capability), self._clock()
        until = dict.fromkeys(everything, now + LONGEST_S)
        notice = "n" * NOTICE_CHARS
        widest = dataclasses.replace(
            bar, allowed=everything, until=until, paused=False, notice=notice, voice=VoiceStatus(), unread=99
        )
        self._fill(widest)
        self._list.render(widest, now)
        self.update_idletasks()
        width = max(self.winfo_reqwidth(), self._list.winfo_reqwidth() + 2 * self._theme.px(MARGIN))
        self._list.clear()
        return width

    def tick(self, now: float) -> None:
        """Bring the time up to `now` (monotonic seconds)."""
        if self._bar is None:
            return
        name = plain_line(self._bar.technician, NAME_CHARS)
        set_text(self._who, f"{name}, {plain_line(self._bar.organisation, NAME_CHARS)}")
        words = allowed_words(self._bar)
        if not (self._bar.paused or self._bar.unheard) and Capability.SEE in self._bar.allowed:
            recorded = f"\u25cf {_('Recorded.')}   " if Capability.RECORDING in self._bar.allowed else ""
            sharing = _("Sharing for {time}.").format(time=duration_words(now - self._bar.started))
            words = f"{recorded}{sharing}   {words}"
        set_text(self._allowed, words)
        # As wide as the line above it is anyway: a hint that fits there needs no second line.
        wide = max(self._theme.px(NOTICE_WIDTH), self._allowed.winfo_reqwidth(), self._who.winfo_reqwidth())
        if int(str(self._notice.cget("wraplength"))) != wide:
            self._notice.configure(wraplength=wide)
        if self._asked is not None and self._bar.asked is not None:
            self._asked.render(self._bar.asked, name, now)
        if self._list.winfo_manager():
            self._list.render(self._bar, now)

    def press_mnemonic(self, letter: str, event: "tk.Event[tk.Misc]") -> bool:
        """Press the visible button whose underlined letter is `letter`; False when there is none."""
        for button in (self._stop, self._pause, self._continue, self._take_back, self._permissions, self._chat):
            shown = bool(button.winfo_manager())
            if shown and str(button.cget("text"))[int(button.cget("underline"))].lower() == letter:
                guarded = button is self._continue
                if not guarded or pressed_by_hand(event, Act.KEY, self._hands, self._refused):
                    button.invoke()
                return True
        return False

    def _fill(self, bar: Bar) -> None:
        self._bar = bar
        hints = (PANIC_HINT if Capability.CONTROL in bar.allowed else "", self._keyboard.hint)
        hint = _(BOTH_HINTS) if all(hints) else _("".join(hints))
        set_text(self._notice, plain_line(_(bar.notice), NOTICE_CHARS) if bar.notice else hint)
        self._show_line(self._notice, bool(bar.notice or hint))
        self._show_button(self._pause, not bar.paused)
        self._show_button(self._continue, bar.paused and bar.can_continue)
        self._show_button(self._take_back, Capability.CONTROL in bar.allowed)
        self._show_button(self._chat, bar.unread is not None)
        self._chat.configure(text=f"{_('Chat')} ({bar.unread})" if bar.unread else _("Chat"))
        self._name_list(bar)
        self._show_voice(bar.voice)
        self._show_people(bar)
        self._show_words(self._clipboard, plain_line(bar.clipboard, CLIPBOARD_CHARS))
        self._show_words(self._warning, plain_line(bar.warning, CLIPBOARD_CHARS))
        self._show_asked(bar.asked)
        self.tick(self._clock())

    def _show_voice(self, voice: VoiceStatus | None) -> None:
        if voice is None:
            if self._voice is not None:
                self._voice.let_go()
                leave(self._voice)
                self._voice.destroy()
            self._voice = None
            return
        if self._voice is None:
            px = self._theme.px
            self._voice = VoiceControls(self, self._theme, self._intents, self._hands, self._refused)
            self._voice.pack(side="bottom", fill="x", padx=px(MARGIN), pady=(0, px(8)))
        self._voice.render(voice)

    def _show_people(self, bar: Bar) -> None:
        if self._people.render(bar.people):
            px = self._theme.px
            self._people.pack(side="bottom", fill="x", padx=px(MARGIN), pady=(0, px(8)))
        else:
            self._people.pack_forget()

    def _show_words(self, label: tk.Label, words: str) -> None:
        set_text(label, words)
        if words:
            px = self._theme.px
            label.pack(side="bottom", fill="x", padx=px(MARGIN), pady=(0, px(8)))
        else:
            label.pack_forget()

    def _show_asked(self, asked: Asked | None) -> None:
        if asked is None:
            if self._asked is not None:
                leave(self._asked)
                self._asked.destroy()
            self._asked = None
        elif self._asked is None:
            px = self._theme.px
            self._asked = AskedRow(self, self._theme, self._intents, self._hands)
            self._asked.pack(side="bottom", fill="x", padx=px(MARGIN), pady=(0, px(8)))

    def _line(self, role: TextRole, colour: str, *, name: str | None = None) -> tk.Label:
        label = self._theme.label(self._texts, "", role, colour=colour, on="bar", name=name)
        label.pack(fill="x")
        return label

    def _add_buttons(self) -> None:
        # Made in Tab order.
        self._take_back = self._button("take_back", _("Take back control"), 0, Look.BAR, self._take_back_control)
        self._permissions = self._button("permissions", "", 1, Look.BAR, self._toggle_list)
        self._chat = self._button("chat", _("Chat"), 2, Look.BAR, lambda: self._intents.open_chat(True))
        self._chat.configure(underline=1)
        self._pause = self._button("pause", _("Pause"), 3, Look.BAR, self._intents.pause)
        self._continue = self._button("continue", _("Continue"), 3, Look.BAR, self._intents.resume)
        only_by_hand(self._continue, self._hands, self._refused)
        self._stop = self._button("stop", _("Stop"), 4, Look.STOP, self._intents.stop)

    def _button(self, name: str, text: str, column: int, look: Look, command: Callable[[], None]) -> ttk.Button:
        style = self._theme.button_style(look)
        button = ttk.Button(self._buttons, name=name, text=text, style=style, underline=0, command=command)
        button.grid(row=0, column=column, padx=self._theme.px(2), sticky="ew")
        return button

    @staticmethod
    def _show_button(button: ttk.Button, wanted: bool) -> None:
        if wanted:
            button.grid()
        else:
            leave(button)
            button.grid_remove()

    def _show_line(self, label: tk.Label, wanted: bool) -> None:
        if wanted:
            label.pack(fill="x")
        else:
            label.pack_forget()

    def _name_list(self, bar: Bar) -> None:
        # A small triangle, down or up: whether there is more to open.
        mark = "\u25b4" if self._list.winfo_manager() else "\u25be"
        text = f"{_('Allowed: {number}').format(number=len(bar.allowed))} {mark}"
        if self._permissions.cget("text") != text:
            self._permissions.configure(text=text)

    def _toggle_list(self) -> None:
        """Open the list of what is allowed, or close it."""
        if self._list.winfo_manager():
            self._close_list()
            return
        px = self._theme.px
        self._list.pack(side="bottom", fill="x", padx=px(MARGIN), pady=(0, px(10)))
        if self._bar is not None:
            self.render(self._bar)

    def _close_list(self) -> None:
        self._list.pack_forget()
        self._list.clear()
        if self._bar is not None:
            self.render(self._bar)

    def _take_back_control(self) -> None:
        self._intents.take_back(Capability.CONTROL)

    def _bind_events(self) -> None:
        self.protocol("WM_DELETE_WINDOW", self._intents.stop)
        self.bind("<Visibility>", self._covered)
        self.bind(CLOSE_LIST, lambda _event: self._close_list())
        self.bind("<Alt-Key>", lambda event: self.press_mnemonic(event.keysym.lower(), event))
        self.bind("<ButtonPress-1>", self._grab)
        self.bind("<B1-Motion>", self._drag)

    def _covered(self, event: "tk.Event[tk.Misc]") -> None:
        if str(event.state) != "VisibilityUnobscured":
            self.lift()

    def _stay_on_top(self) -> None:
        if self.winfo_exists() and self.state() != "withdrawn":
            self.attributes("-topmost", True)
            self.lift()
            # Again, because a late answer of the X server to an earlier move can undo a newer one.
            self._place()
            self.after(RAISE_EVERY_MS, self._stay_on_top)

    def _grab(self, event: "tk.Event[tk.Misc]") -> None:
        self._grip = (event.x_root - self.winfo_x(), event.y_root - self.winfo_y())
        if not isinstance(event.widget, ttk.Button):
            # Without a window manager frame nobody else gives this window the keyboard.
            self.focus_force()

    def _drag(self, event: "tk.Event[tk.Misc]") -> None:
        if isinstance(event.widget, ttk.Button):
            return
        self._moved = True
        self._move_to(event.x_root - self._grip[0], event.y_root - self._grip[1])

    def _place(self) -> None:
        if self._moved:
            self._move_to(self.winfo_x(), self.winfo_y())
        else:
            self._move_to((self.winfo_screenwidth() - self.winfo_reqwidth()) // 2, 0)

    def _move_to(self, x: int, y: int) -> None:
        """Move there, but never with any part off the screen."""
        x = max(0, min(x, self.winfo_screenwidth() - self.winfo_reqwidth()))
        y = max(0, min(y, self.winfo_screenheight() - self.winfo_reqheight()))
        self.geometry(f"+{x}+{y}")
