"""The customer's window: it shows the one page the state names, and the bar while the screen is shared.

`post` and `close` may be called from any thread, everything else from the GUI thread, which is the one that made
the window and calls `run`. Nothing imported here is heavy: the window is on screen before the network is loaded.
"""

import math
import threading
import time
import tkinter as tk
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from customer_client.languages import use_language
from customer_client.protection.contact import Step
from customer_client.redaction.window_watch import OWN_CLASS
from customer_client.session.state import Bar, CustomerIntents, CustomerViewState, Page
from customer_client.ui.by_hand import HandsWhileAsking
from customer_client.ui.drawing_overlay import DrawingOverlay
from customer_client.ui.exchange_windows import ExchangeWindows
from customer_client.ui.page import PageContext, PageView
from customer_client.ui.pages import make_page, width_of
from customer_client.ui.palette import LIGHT, Palette
from customer_client.ui.root import Root
from customer_client.ui.theme import SMALLEST_SCALE, Themes
from protocol.errors import LocalError

if TYPE_CHECKING:
    from customer_client.ui.bar import BarWindow

PAGE_TICK_MS = 100
"""How often the clocks of a page are moved on."""

BAR_TICK_MS = 1000
"""The same while there is only the bar, whose time is in minutes."""

_STEP = 1 / 32
_SCREEN_EDGE = 72
"""Pixels of the screen's height left to title bar and task bar."""


class CustomerWindow:
    """Everything the customer sees. Decides nothing: it draws a CustomerViewState and calls CustomerIntents."""

    def __init__(
        self, intents: CustomerIntents, *, clock: Callable[[], float] = time.monotonic, palette: Palette = LIGHT
    ) -> None:
        """Open the display; the window itself appears with the first state.

        Raises:
            tkinter.TclError: there is no display.
        """
        self._intents = intents
        self._clock = clock
        self._root = Root()
        self._themes = Themes(self._root, self._root.scale(), palette)
        self._main = tk.Toplevel(self._root, name="main", class_="Deskside", background=palette.page)
        self._main.withdraw()
        self._main.title("Deskside")
        self._main.protocol("WM_DELETE_WINDOW", self._closed_by_person)
        self._main.bind("<Escape>", lambda _event: self._page.escape() if self._page else None)
        self._main.bind("<Alt-Key>", self._mnemonic)
        self.hands = HandsWhileAsking()
        """Tells the customer's own presses; looks only while something can be given away."""
        self._drafts: dict[str, str] = {}
        self.limit_s = PageContext.limit_s
        self._page: PageView | None = None
        self._page_key: tuple[Page, int | None] | None = None
        self._bar: BarWindow | None = None
        self._bar_shown: Bar | None = None
        self._exchange = ExchangeWindows(self._root, self._themes, intents, self.hands)
        self._overlay = DrawingOverlay(self._root, self._themes.scale)
        self._in_session = False
        self._lock = threading.Lock()
        self._posted: CustomerViewState | None = None
        self._closing = False
        self._acts: deque[Callable[[], None]] = deque()
        self._state: CustomerViewState | None = None
        self.on_return: Callable[[], None] = lambda: None
        """Called when the person comes to a window of ours from another, where they may have changed a setting."""
        for kind in ("Deskside", OWN_CLASS):
            self._root.bind_class(kind, "<FocusIn>", lambda _event: self.on_return())
        self._root.on_wake = self._pump
        self._root.after(PAGE_TICK_MS, self._tick_forever)

    def post(self, state: CustomerViewState) -> None:
        """Show `state` soon; callable from any thread. When several wait, only the newest is shown."""
        with self._lock:
            self._posted = state
        self._root.wake_up.set()

    def use_palette(self, palette: Palette) -> None:
        """Draw in these colours from now on: the page is made anew, windows beside it keep what is in them."""
        if palette is self._themes.palette:
            return
        self._themes.palette = palette
        self._main.configure(background=palette.page)
        self._exchange.use_palette()
        if self._page is not None and self._state is not None:
            page = shown_page(self._state)
            self._open_page(page, _key(page, self._state), self._state)

    def close(self) -> None:
        """Take the window away and let `run` return; callable from any thread and more than once."""
        with self._lock:
            self._closing = True
        self._root.wake_up.set()

    def call_soon(self, act: Callable[[], None]) -> None:
        """Call `act` on the GUI thread soon, after what was posted is shown; callable from any thread."""
        self._acts.append(act)
        self._root.wake_up.set()

    def run(self) -> None:
        """Show the window until `close`. Once it has returned the window is gone for good."""
        with self._root.wake_up.by_signals():
            self._root.mainloop()

    def show(self, state: CustomerViewState) -> None:
        """Draw `state` (GUI thread).

        Raises:
            LocalError: the consent page without a question, or the session page without a bar.
        """
        self._state = state
        self._in_session = state.bar is not None
        if not asks_for_hands(state):
            self.hands.close()
        elif self._page is None and state.bar is None:
            self._root.after(0, self._begin_hands)  # the first page is shown before anybody looks at who presses
        else:
            self.hands.begin()
        self._render_bar(state.bar)
        self._exchange.show(state)
        self._overlay.show(state)
        page = shown_page(state)
        if page is Page.SESSION:
            if state.bar is None:
                raise LocalError("the session page needs a bar", code="bar_missing")
            self._hide_page()
            return
        key = _key(page, state)
        if key != self._page_key:
            self._open_page(page, key, state)
        elif self._page is not None:
            self._page.render(state)
            self._make_room(self._page, page, state)
        self._tick()

    def _begin_hands(self) -> None:
        if self._state is not None and asks_for_hands(self._state):
            self.hands.begin()

    def find(self, name: str) -> tk.Misc:
        """Return the widget called `name` on the page or the bar showing now (GUI thread).

        Raises:
            LocalError: nothing with that name is showing.
        """
        for top in self.shown_windows():
            found = _find_mapped(top, name)
            if found is not None:
                return found
        raise LocalError(f"no widget {name!r} is showing", code="widget_not_showing")

    def shown_windows(self) -> list[tk.Toplevel]:
        """Return the windows that are on the screen now (GUI thread)."""
        tops = (self._main, self._bar, *self._exchange.tops())
        return [top for top in tops if top is not None and top.state() != "withdrawn"]

    def _open_page(self, page: Page, key: tuple[Page, int | None], state: CustomerViewState) -> None:
        """Build the page for `state`, as large as the screen allows, and put it in the window."""
        old = self._page
        self._page = self._fitting_page(page, state)
        self._page_key = key
        if old is not None:
            _take_away(old)
        # A page for the whole screen stays as wide as others, in the middle of it.
        self._page.pack(fill="none" if self._page.fills_screen else "both", expand=True)
        self._present(self._page)

    def _fitting_page(self, page: Page, state: CustomerViewState) -> PageView:
        """Return the page as large as the screen allows: first it gets wider, then its letters get smaller."""
        scale, room = self._themes.scale, self._room()[0]
        width = min(self._themes.at(scale).px(width_of(page, state)), room)
        while True:
            view = self._build(page, state, scale, width)
            view.update_idletasks()
            needed = min(view.needed_size()[0], room)
            if needed > width:
                view.destroy()
                width = needed
                continue
            shrink = self._shrink(view)
            if shrink >= 1.0 or scale <= SMALLEST_SCALE:
                return view
            view.destroy()
            # In steps, so that pages share fonts and pictures of few sizes.
            scale = math.floor(scale * min(0.96, max(0.8, shrink)) / _STEP) * _STEP

    def _shrink(self, view: PageView) -> float:
        """Return which part of its size `view` has to be drawn at to fit the screen; 1 or more when it fits."""
        view.update_idletasks()
        width, height = view.needed_size()
        return min(view.context.width / width, self._room()[1] / height)

    def _build(self, page: Page, state: CustomerViewState, scale: float, width: int) -> PageView:
        theme = self._themes.at(scale)
        choose = partial(self._choose_language, page, state)
        context = PageContext(theme, width, self._intents, self._clock, self.hands, self._drafts, choose, self.limit_s)
        view = make_page(self._main, context, page, state)
        view.render(state)
        view.tick(self._clock())
        return view

    def _choose_language(self, page: Page, state: CustomerViewState, language: str) -> None:
        use_language(language)
        self._open_page(page, _key(page, state), state)

    def _present(self, page: PageView) -> None:
        """Give the window the size `page` wants, in the middle of the screen, and the keyboard to the right widget."""
        page.update_idletasks()
        room_width, room_height = self._room()
        width = room_width if page.fills_screen else min(page.context.width, room_width)
        height = min(max(page.winfo_reqheight(), page.least_height), room_height)
        if page.fills_screen:
            height = room_height
        x = (self._main.winfo_screenwidth() - width) // 2
        y = self._top() + (room_height - height) // 2
        self._main.geometry(f"{width}x{height}+{x}+{y}")
        self._main.minsize(width, min(height, room_height))
        self._main.attributes("-topmost", self._in_session)
        self._main.deiconify()
        self._main.lift()
        focus = page.first_focus()
        if focus is not None:
            focus.focus_force()

    def _make_room(self, view: PageView, page: Page, state: CustomerViewState) -> None:
        """Give a page that has grown a higher window, or smaller text where the screen ends."""
        view.update_idletasks()
        needed = view.winfo_reqheight()
        if needed <= self._main.winfo_height():
            return
        if self._shrink(view) < 1.0 and view.theme.scale > SMALLEST_SCALE:
            self._open_page(page, _key(page, state), state)
        else:
            self._main.geometry(f"{view.context.width}x{min(needed, self._room()[1])}")

    def _room(self) -> tuple[int, int]:
        """Return the width and height in pixels a page may have on this screen."""
        return self._main.winfo_screenwidth() - 16, self._main.winfo_screenheight() - self._top() - _SCREEN_EDGE

    def _top(self) -> int:
        """Return where the room for pages begins: below the bar, which must never cover a question."""
        return self._bar.winfo_reqheight() if self._bar is not None else 0

    def _hide_page(self) -> None:
        self._main.withdraw()
        if self._page is not None:
            _take_away(self._page)
        self._page = None
        self._page_key = None

    def _render_bar(self, bar: Bar | None) -> None:
        if bar is None:
            if self._bar is not None:
                _take_away(self._bar)
            self._bar = None
            return
        if self._bar is None:
            self._bar = self._fitting_bar(bar)
        elif bar is self._bar_shown:
            return  # something else has changed: while the technician points that is 30 times a second
        self._bar_shown = bar
        self._bar.render(bar)

    def _fitting_bar(self, bar: Bar) -> "BarWindow":
        from customer_client.ui.allowed_list import SEND_CLIPBOARD
        from customer_client.ui.bar import BarWindow

        scale = self._themes.scale
        while True:
            window = BarWindow(self._root, self._themes.at(scale), self._intents, self._clock, self.hands)
            window.bind(SEND_CLIPBOARD, lambda _event: self._exchange.offer_clipboard())
            if window.widest(bar) <= self._main.winfo_screenwidth() or scale <= SMALLEST_SCALE:
                return window
            window.destroy()
            scale = math.floor(scale * 0.9 / _STEP) * _STEP

    def _pump(self) -> None:
        """Show the newest posted state and do what was asked for; runs after each `post`, `close` and `call_soon`."""
        with self._lock:
            state, self._posted = self._posted, None
            closing = self._closing
        if closing:
            self._exchange.end()
            self.hands.close()
            self._root.end()
            return
        if state is not None:
            self.show(state)
        while self._acts:
            self._acts.popleft()()

    def _tick_forever(self) -> None:
        """Move clocks on, for as long as the window lives."""
        self._root.after(BAR_TICK_MS if self._page is None else PAGE_TICK_MS, self._tick_forever)
        self._tick()

    def _tick(self) -> None:
        now = self._clock()
        self.hands.keep_up()
        if self._page is not None:
            self._page.tick(now)
        if self._bar is not None:
            self._bar.tick(now)

    def _mnemonic(self, event: "tk.Event[tk.Misc]") -> str | None:
        letter = event.keysym.lower()
        pressed = self._page is not None and self._page.press_mnemonic(letter, event)
        if not pressed and self._bar is not None:
            pressed = self._bar.press_mnemonic(letter, event)
        return "break" if pressed else None

    def _closed_by_person(self) -> None:
        """Closing the window ends a running session; without one it ends the program."""
        if self._in_session:
            self._intents.stop()
        else:
            self._intents.quit()


def _take_away(widget: tk.Misc) -> None:
    """Destroy `widget`, and first let its window have the keyboard: Tk may crash later if what has it is destroyed."""
    widget.winfo_toplevel().focus_set()
    widget.destroy()


def shown_page(state: CustomerViewState) -> Page:
    """Return the page that `state` shows; Page.SESSION is the bar alone."""
    if state.money is not None and state.bar is not None:
        return Page.MONEY
    return Page.CONSENT if state.page is Page.SESSION and state.question is not None else state.page


def asks_for_hands(state: CustomerViewState) -> bool:
    """Return whether something on the screen is only answered by the customer's own mouse and keyboard.

    In a session something always is: the bar leads to all that can be given away.
    """
    return state.bar is not None or state.question is not None or shown_page(state) in (Page.CONTACT, Page.RELAY)


def _key(page: Page, state: CustomerViewState) -> tuple[Page, int | None]:
    """Return what tells one page from the next: another key is another page."""
    if page is Page.CONTACT:
        return page, int(state.contact.step is not Step.ASKED)
    if page is Page.RELAY:
        return page, int(bool(state.relay_asked.domain))
    return page, state.question.id if page is Page.CONSENT and state.question else None


def _find_mapped(widget: tk.Misc, name: str) -> tk.Misc | None:
    """Return the descendant of `widget` called `name` that is part of the layout."""
    for child in widget.winfo_children():
        if isinstance(child, tk.Toplevel) or not child.winfo_manager():
            continue
        if child.winfo_name() == name:
            return child
        found = _find_mapped(child, name)
        if found is not None:
            return found
    return None
