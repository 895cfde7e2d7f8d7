"""Talking, in the bar: a button to hold, whether the microphone is open, how loud it is, and which devices. GUI thread.

The microphone opens while the Talk button is held with the mouse or the space bar; `Keep open` holds it for the
person. Whatever takes the button away lets go of it.
"""

import math
import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.protection.hands import Act, Hands
from customer_client.session.state import CustomerIntents
from customer_client.ui.by_hand import only_by_hand, pressed_by_hand
from customer_client.ui.page import set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole, Theme
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE
from protocol.transport.voice.status import VoiceStatus

QUIETEST_DB = -60.0
"""The left end of the meter."""

METER_WIDTH = 110
KEY_REPEAT_MS = 60
"""A held key that repeats is let go and pressed again at once (X11); only a longer pause means it was let go."""

DEVICE_CHARS = 48
PROBLEM_CHARS = 110
_DEFAULT_WORDS = marked("As this computer prefers")


def microphone_words(voice: VoiceStatus) -> str:
    """Return in plain words who can be heard."""
    if voice.talking:
        return _("Your microphone is ON")
    return _("They are talking") if voice.heard_db > QUIETEST_DB else _("Your microphone is off")


def _widest_state(theme: Theme) -> int:
    """Return the width, in digits, of the longest `microphone_words`: the meter beside them stands still then."""
    measure = theme.font(TextRole.SMALL_BOLD).measure
    states = (VoiceStatus(), VoiceStatus(talking=True), VoiceStatus(heard_db=0.0))
    return math.ceil(max(measure(microphone_words(each)) for each in states) / measure("0"))


def meter_share(level_db: float) -> float:
    """Return how much of the meter a level in dBFS fills: 0..1."""
    return min(1.0, max(0.0, 1.0 - level_db / QUIETEST_DB))


class VoiceControls(tk.Frame):
    """One line of the bar, shown while voice is allowed. Only `hands` open the microphone, whatever may close it."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        intents: CustomerIntents,
        hands: Hands | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        palette = theme.palette
        super().__init__(parent, background=palette.bar)
        self._theme = theme
        self._intents = intents
        self._hands, self._refused = hands, refused
        self._voice = VoiceStatus()
        self._held = False
        self._kept = False
        self._letting_go = ""
        line = tk.Frame(self, background=palette.bar)
        line.pack(fill="x")
        self._talk = self._button(line, "talk", _("Hold to talk"))
        self._keep = self._button(line, "keep_open", _("Keep open"))
        self._keep.configure(command=self._toggle_kept)
        only_by_hand(self._keep, hands, refused)
        self._state = theme.label(line, "", TextRole.SMALL_BOLD, colour="on_bar", on="bar", name="microphone_state")
        self._state.configure(padx=theme.px(8), pady=theme.px(2), width=_widest_state(theme))
        self._state.pack(side="left", padx=(theme.px(8), 0))
        self._meter = tk.Canvas(
            line,
            width=theme.px(METER_WIDTH),
            height=theme.px(10),
            background=palette.bar_muted,
            borderwidth=0,
            highlightthickness=0,
        )
        self._meter.pack(side="left", padx=theme.px(10))
        self._level = self._meter.create_rectangle(0, 0, 0, theme.px(10), fill=palette.bar_notice, width=0)
        self._devices = self._button(line, "sound_devices", f"{_('Devices')} \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self._devices.pack_configure(side="right")
        self._devices.configure(command=self._open_menu)
        self._problem = theme.label(self, "", TextRole.SMALL, colour="bar_notice", on="bar", name="voice_problem")
        self._bind_talk()

    def render(self, voice: VoiceStatus) -> None:
        """Show `voice`."""
        self._voice = voice
        if self._kept and not voice.talking and voice.problem:
            self._release()  # the microphone is gone: the button must not claim otherwise
        palette = self._theme.palette
        set_text(self._state, microphone_words(voice))
        colours = (palette.danger, palette.on_danger) if voice.talking else (palette.bar, palette.on_bar)
        self._state.configure(background=colours[0], foreground=colours[1])
        level = voice.level_db if voice.talking else voice.heard_db
        height = self._theme.px(10)
        self._meter.coords(self._level, 0, 0, meter_share(level) * self._theme.px(METER_WIDTH), height)
        self._keep.configure(text=_("Close microphone") if self._kept else _("Keep open"))
        set_text(self._problem, plain_line(_(voice.problem), PROBLEM_CHARS))
        if voice.problem:
            self._problem.pack(fill="x", pady=(self._theme.px(4), 0))
        else:
            self._problem.pack_forget()

    def let_go(self) -> None:
        """Close the microphone: the line is taken away."""
        if self._letting_go:
            self.after_cancel(self._letting_go)
            self._letting_go = ""
        if self._held or self._kept:
            self._release()

    def _button(self, line: tk.Frame, name: str, text: str) -> ttk.Button:
        button = ttk.Button(line, name=name, text=text, style=self._theme.button_style(Look.SMALL_BAR))
        button.pack(side="left", padx=self._theme.px(2))
        return button

    def _bind_talk(self) -> None:
        self._talk.bind("<ButtonPress-1>", lambda event: self._pressed(event, Act.BUTTON), add=True)
        self._talk.bind("<ButtonRelease-1>", lambda _event: self._let_go_of_button(), add=True)
        self._talk.bind("<KeyPress-space>", self._key_pressed, add=True)
        self._talk.bind("<KeyRelease-space>", lambda _event: self._key_released(), add=True)
        self._talk.bind("<FocusOut>", lambda _event: self._let_go_of_button(), add=True)
        self.bind("<Unmap>", lambda _event: self.let_go(), add=True)

    def _press(self) -> None:
        if self._letting_go:
            self.after_cancel(self._letting_go)
            self._letting_go = ""
        if not self._held and not self._kept:
            self._intents.talk(True)
        self._held = True

    def _pressed(self, event: "tk.Event[tk.Misc]", act: Act) -> None:
        # No device tells of a key that repeats, so only the press with which talking begins has to be the customer's.
        if self._held or pressed_by_hand(event, act, self._hands, self._refused):
            self._press()

    def _key_pressed(self, event: "tk.Event[tk.Misc]") -> str:
        self._pressed(event, Act.KEY)
        return "break"  # ttk's own reaction shows the press for 100 ms: a repeating key would hold everything up

    def _key_released(self) -> None:
        if not self._letting_go:
            self._letting_go = self.after(KEY_REPEAT_MS, self._let_go_of_button)

    def _let_go_of_button(self) -> None:
        self._letting_go = ""
        if self._held and not self._kept:
            self._intents.talk(False)
        self._held = False

    def _toggle_kept(self) -> None:
        if self._kept:
            self._release()
        else:
            self._kept = True
            self._intents.talk(True)
        self.render(self._voice)

    def _release(self) -> None:
        self._held = self._kept = False
        self._intents.talk(False)

    def _open_menu(self) -> None:
        voice, intents = self._voice, self._intents
        menu = tk.Menu(self, tearoff=False, font=self._theme.font(TextRole.SMALL))
        lists = (
            (
                _("Microphone"),
                voice.microphones,
                voice.microphone,
                lambda name: intents.choose_sound(name, voice.speaker),
            ),
            (
                _("Loudspeaker"),
                voice.speakers,
                voice.speaker,
                lambda name: intents.choose_sound(voice.microphone, name),
            ),
        )
        for title, names, chosen, choose in lists:
            menu.add_command(label=title, state="disabled")
            for name in (DEFAULT_DEVICE, *names):
                mark = "\N{CHECK MARK} " if name == chosen else "    "
                words = plain_line(name, DEVICE_CHARS) or _(_DEFAULT_WORDS)
                menu.add_command(label=mark + words, command=partial(choose, name))
        menu.tk_popup(self._devices.winfo_rootx(), self._devices.winfo_rooty() + self._devices.winfo_height())
