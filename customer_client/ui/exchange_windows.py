"""The windows beside the page and the bar: chat, files, what is hidden, the clipboard's preview. GUI thread only."""

import logging
import math
import tkinter as tk
from functools import partial
from typing import TYPE_CHECKING

from customer_client.protection.hands import Hands
from customer_client.session.state import Bar, ChatShown, CustomerIntents, CustomerViewState, FilesShown
from customer_client.ui.theme import SMALLEST_SCALE, Theme, Themes
from protocol.errors import EnvironmentFault

if TYPE_CHECKING:
    from customer_client.session.hiding_state import HidingShown
    from customer_client.ui.chat_window import ChatWindow
    from customer_client.ui.clipboard_preview import ClipboardPreview
    from customer_client.ui.files_window import FilesWindow
    from customer_client.ui.hide_window import HideWindow

REPAINT_MS = 250
LEAST_HEIGHT = 400
"""Pixels at 100 % that each of these windows can do with: its list scrolls."""

_EDGE, _ABOVE_AND_BELOW = 16, 100
"""Pixels of the screen beside a window, and those for the bar above it and a task bar below."""

_log = logging.getLogger(__name__)


class ExchangeWindows:
    """Opens and closes them as the state says, and puts on the clipboard what the technician sent.

    Only `hands` give anything away in them. Each is imported when it is first opened: the first page waits for none.
    """

    def __init__(self, root: tk.Tk, themes: Themes, intents: CustomerIntents, hands: Hands | None = None) -> None:
        self._root, self._themes, self._intents, self._hands = root, themes, intents, hands
        self._chat: ChatWindow | None = None
        self._files: FilesWindow | None = None
        self._preview: ClipboardPreview | None = None
        self._hide: HideWindow | None = None
        self._bar: Bar | None = None
        self._pasted = 0

    def show(self, state: CustomerViewState) -> None:
        """Draw what `state` says of them."""
        self._bar = state.bar
        if state.pasted is not None and state.pasted.number > self._pasted:
            from customer_client.ui.system_clipboard import put_text

            self._pasted = state.pasted.number
            put_text(self._root, state.pasted.text)
        self._show_chat(state.chat)
        self._show_files(state.files)
        self._show_hiding(state.hiding)
        if state.bar is None:
            self._forget_preview()

    def tops(self) -> "list[ChatWindow | FilesWindow | ClipboardPreview | HideWindow]":
        """Return the windows there are."""
        windows = (self._chat, self._files, self._preview, self._hide)
        return [window for window in windows if window is not None and window.winfo_exists()]

    def use_palette(self) -> None:
        """Draw what is open in the themes' new colours; what somebody writes there stays."""
        # Here, because the program's first window does not wait for what few desktops ever ask for.
        from customer_client.ui.recolour import recolour

        for window in self.tops():
            recolour(window, window.theme, self._themes.at(window.theme.scale))

    def offer_clipboard(self) -> None:
        """The customer wants to send what they copied: show it first."""
        from customer_client.ui.clipboard_preview import WIDTH, ClipboardPreview
        from customer_client.ui.system_clipboard import read_text

        self._forget_preview()
        try:
            text = read_text(self._root)
        except EnvironmentFault as error:
            _log.info("nothing to send: %s", error)
            self._intents.clipboard_refused(error.user_text)
            return
        pauses = self._bar is not None and not self._bar.paused
        if pauses:
            self._intents.pause()
        theme = self._theme(WIDTH)
        self._preview = ClipboardPreview(self._root, theme, text, partial(self._decided, text, pauses), self._hands)

    def _decided(self, text: str, paused: bool, send: bool) -> None:
        if self._bar is None:
            return
        if paused:
            # Not before the programs below have painted over where the text was.
            self._root.after(REPAINT_MS, self._intents.resume)
        if send:
            self._intents.send_clipboard(text)

    def end(self) -> None:
        """The program ends: let what was put on the clipboard stay there if the desktop can keep it."""
        if self._pasted:
            from customer_client.ui.system_clipboard import hand_over

            hand_over(self._root)

    def _show_chat(self, chat: ChatShown | None) -> None:
        if chat is None:
            if self._chat is not None:
                self._chat.destroy()
            self._chat = None
            return
        if self._chat is None:
            if not chat.shown:
                return
            from customer_client.ui.chat_window import WIDTH, ChatWindow

            self._chat = ChatWindow(self._root, self._theme(WIDTH), self._intents, self._hands)
        self._chat.render(chat)

    def _show_files(self, files: FilesShown | None) -> None:
        if self._files is None:
            if files is None or not files.shown:
                return
            from customer_client.ui.files_window import WIDTH, FilesWindow

            theme = self._theme(WIDTH)
            self._files = FilesWindow(self._root, theme, self._intents.files, self._hands)
        if files is None:
            self._files.destroy()
            self._files = None
        else:
            self._files.render(files)

    def _show_hiding(self, hiding: "HidingShown | None") -> None:
        if hiding is None:
            if self._hide is not None:
                self._hide.destroy()
            self._hide = None
            return
        if self._hide is None:
            if not hiding.shown:
                return
            from customer_client.ui.hide_window import WIDTH, HideWindow

            theme = self._theme(WIDTH)
            self._hide = HideWindow(self._root, theme, self._intents.hiding, self._hands)
        self._hide.render(hiding)

    def _theme(self, width: int) -> Theme:
        """Return the look of a window `width` pixels wide at 100 %, with smaller letters where the screen is small."""
        across = (self._root.winfo_screenwidth() - _EDGE) / width
        down = (self._root.winfo_screenheight() - _ABOVE_AND_BELOW) / LEAST_HEIGHT
        scale = min(self._themes.scale, math.floor(min(across, down) * 8) / 8)
        return self._themes.at(max(SMALLEST_SCALE, scale))

    def _forget_preview(self) -> None:
        if self._preview is not None and self._preview.winfo_exists():
            self._preview.close()
        self._preview = None
