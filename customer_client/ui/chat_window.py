"""Writing with the technician, in a window of its own: large text, Enter sends, nothing rings. GUI thread only.

What comes from the technician is plain text. A web address in it opens only after its whole text and the host it leads
to were shown.
"""

import tkinter as tk
import webbrowser
from collections.abc import Callable
from functools import partial
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.protection.hands import Act, Hands
from customer_client.session.state import ChatShown, CustomerIntents
from customer_client.ui.by_hand import RefusalLine, only_by_hand, pressed_by_hand
from customer_client.ui.chat_text import heading, written
from customer_client.ui.page import set_text
from customer_client.ui.plain_text import plain_exact, plain_line
from customer_client.ui.theme import Look, TextRole, Theme
from protocol.chat import ChatLine
from protocol.web_links import Link, find_links

WIDTH, HEIGHT = 460, 600
"""Pixels at 100 %."""

NAME_CHARS = 40
MAX_LINES_SHOWN = 300
_OFF = marked("Writing is switched off.")


class ChatWindow(tk.Toplevel):
    """Draws a ChatShown. Only `hands` send and open; `open_link` opens a web address on this computer."""

    def __init__(
        self,
        root: tk.Misc,
        theme: Theme,
        intents: CustomerIntents,
        hands: Hands | None = None,
        open_link: Callable[[str], object] = webbrowser.open,
    ) -> None:
        palette = theme.palette
        super().__init__(root, name="chat", class_="Deskside", background=palette.page)
        self.withdraw()
        self.theme, self._intents, self._hands, self._open_link = theme, intents, hands, open_link
        self._chat: ChatShown | None = None
        self._drawn: tuple[ChatLine, ...] | None = None
        px = theme.px
        self._who = theme.label(self, "", TextRole.STRONG, name="chat_with")
        self._who.pack(fill="x", padx=px(18), pady=(px(14), 0))
        hint = _("Do not write passwords here.")
        theme.label(self, hint, TextRole.SMALL, colour="muted").pack(fill="x", padx=px(18))
        self._bottom = tk.Frame(self, background=palette.page)
        self._bottom.pack(side="bottom", fill="x", padx=px(14), pady=px(12))
        self._said = theme.label(self, "", TextRole.SMALL_BOLD, wrap=px(WIDTH - 40), name="chat_said")
        self._ask = self._make_question()
        self._texts = self._make_texts()
        self._refused = RefusalLine(self, theme, wrap=px(WIDTH - 40), before=self._texts.master)
        self._entry, self._send = self._make_entry()
        self.protocol("WM_DELETE_WINDOW", lambda: intents.open_chat(False))
        self.bind("<Escape>", lambda _event: intents.open_chat(False))
        self.bind("<Map>", lambda _event: self._say_read())
        self.bind("<FocusIn>", lambda _event: self._say_read())

    def render(self, chat: ChatShown) -> None:
        """Show `chat`; opening the window does not take the keyboard unless the customer asked for it."""
        self._chat = chat
        name = plain_line(chat.technician, NAME_CHARS)
        self.title(_("Deskside: writing with {name}").format(name=name))
        set_text(self._who, f"{name}  \N{CHECK MARK}")
        if chat.lines != self._drawn:
            self._draw(chat.lines, name)
        said = _(chat.said) if chat.can_write else (_(chat.said) or _(_OFF))
        set_text(self._said, plain_line(said, 160))
        if said:
            self._said.pack(side="bottom", fill="x", padx=self.theme.px(18), before=self._texts.master)
        else:
            self._said.pack_forget()
        self._send.state(["!disabled" if chat.can_write else "disabled"])
        self._entry.configure(state="normal" if chat.can_write else "disabled")
        self._open_or_close(chat.shown)
        self._say_read()

    def _open_or_close(self, wanted: bool) -> None:
        if wanted and self.state() == "withdrawn":
            px = self.theme.px
            width = min(px(WIDTH), self.winfo_screenwidth() - 16)
            height = min(px(HEIGHT), self.winfo_screenheight() - 160)
            x = self.winfo_screenwidth() - width - 12
            y = self.winfo_screenheight() - height - 60
            self.geometry(f"{width}x{height}+{x}+{y}")
            self.minsize(min(width, px(320)), min(height, px(300)))
            self.deiconify()
            self.lift()
            self._entry.focus_set()
        elif not wanted and self.state() != "withdrawn":
            self.withdraw()

    def _say_read(self) -> None:
        if self._chat is not None and self._chat.shown and self._chat.unread and self.winfo_viewable():
            self._intents.read_chat()

    def _draw(self, lines: tuple[ChatLine, ...], name: str) -> None:
        self._drawn = lines
        texts = self._texts
        texts.configure(state="normal")
        texts.delete("1.0", "end")
        for line in lines[-MAX_LINES_SHOWN:]:
            side = "mine" if line.mine else "theirs"
            texts.insert("end", heading(line, name) + "\n", ("head", f"head_{side}"))
            texts.insert("end", written(line.text) + "\n", (side,))
            for link in () if line.mine else find_links(line.text):
                self._draw_link(link)
        texts.delete("end-1c", "end")
        texts.configure(state="disabled")
        texts.see("end")

    def _draw_link(self, link: Link) -> None:
        button = ttk.Button(
            self._texts,
            text=_("Open {place} …").format(place=plain_line(link.host, 34)),
            style=self.theme.button_style(Look.SMALL),
            command=partial(self._ask_about, link),
        )
        self._texts.window_create("end", window=button, padx=self.theme.px(8), pady=self.theme.px(3))
        self._texts.insert("end", "\n")

    def _ask_about(self, link: Link) -> None:
        for child in self._ask.winfo_children():
            child.destroy()
        theme, wrap = self.theme, self.theme.px(WIDTH - 60)
        label = theme.label(
            self._ask, _("Open this page in your browser?"), TextRole.STRONG, colour="on_caution", on="caution"
        )
        label.pack(fill="x")
        whole = plain_exact(link.url)
        address = theme.label(
            self._ask, whole, TextRole.SMALL, wrap=wrap, colour="on_caution", on="caution", name="link_url"
        )
        address.pack(fill="x", pady=theme.px(4))
        words = _("It leads to: {place}").format(place=plain_exact(link.host))
        host = theme.label(
            self._ask, words, TextRole.SMALL_BOLD, wrap=wrap, colour="on_caution", on="caution", name="link_host"
        )
        host.pack(fill="x", pady=(0, theme.px(6)))
        row = tk.Frame(self._ask, background=theme.palette.caution)
        row.pack(fill="x")
        for side, shown, act in (
            ("keep", _("Do not open"), self._forget_question),
            ("open", _("Open"), partial(self._open, link)),
        ):
            style = theme.button_style(Look.SMALL)
            button = ttk.Button(row, name=f"link_{side}", text=shown, style=style, command=act)
            if side == "open":
                only_by_hand(button, self._hands, self._refused)
            button.pack(side="left")
        self._ask.pack(side="bottom", fill="x", padx=theme.px(14), before=self._texts.master)

    def _open(self, link: Link) -> None:
        self._forget_question()
        self._open_link(link.url)

    def _forget_question(self) -> None:
        self._ask.pack_forget()

    def _make_question(self) -> tk.Frame:
        px = self.theme.px
        return tk.Frame(self, name="link_question", background=self.theme.palette.caution, padx=px(12), pady=px(10))

    def _make_texts(self) -> tk.Text:
        theme, palette, px = self.theme, self.theme.palette, self.theme.px
        frame = tk.Frame(self, background=palette.soft)
        frame.pack(side="top", fill="both", expand=True, padx=px(14), pady=(px(10), 0))
        bar = ttk.Scrollbar(frame, orient="vertical", style=theme.scrollbar_style())
        texts = tk.Text(
            frame,
            name="chat_texts",
            font=theme.font(TextRole.BODY),
            wrap="word",
            background=palette.soft,
            foreground=palette.text,
            borderwidth=0,
            highlightthickness=0,
            padx=px(12),
            pady=px(8),
            width=1,
            height=1,
            state="disabled",
            takefocus=False,
            yscrollcommand=partial(_show_when_needed, bar),
        )
        bar.configure(command=texts.yview)
        texts.pack(side="left", fill="both", expand=True)
        far, near = px(52), px(14)
        texts.tag_configure("head", font=theme.font(TextRole.SMALL), foreground=palette.muted, spacing1=px(10))
        texts.tag_configure("head_mine", justify="right")
        texts.tag_configure(
            "mine", background=palette.chosen, lmargin1=far, lmargin2=far, rmargin=near, justify="right"
        )
        texts.tag_configure("theirs", background=palette.page, lmargin1=near, lmargin2=near, rmargin=far)
        for side in ("mine", "theirs"):
            texts.tag_configure(
                side, spacing1=px(3), spacing3=px(3), lmargincolor=palette.soft, rmargincolor=palette.soft
            )
        return texts

    def _make_entry(self) -> tuple[tk.Text, ttk.Button]:
        theme, palette, px = self.theme, self.theme.palette, self.theme.px
        send = ttk.Button(self._bottom, name="chat_send", text=_("Send"), style=theme.button_style(Look.PRIMARY))
        send.configure(command=self._write)
        only_by_hand(send, self._hands, self._refused)
        send.pack(side="right", padx=(px(8), 0))
        edge = tk.Frame(self._bottom, background=palette.line, padx=1, pady=1)
        edge.pack(side="left", fill="both", expand=True)
        entry = tk.Text(
            edge,
            name="chat_entry",
            font=theme.font(TextRole.BODY),
            wrap="word",
            height=2,
            width=1,
            background=palette.page,
            foreground=palette.text,
            insertbackground=palette.text,
            borderwidth=0,
            highlightthickness=px(2),
            highlightcolor=palette.focus,
            highlightbackground=palette.page,
            padx=px(8),
            pady=px(6),
        )
        entry.pack(fill="both", expand=True)
        for key in ("<Return>", "<KP_Enter>"):
            entry.bind(key, self._enter)
        entry.bind("<Tab>", lambda _event: _focus(send))
        send.lift()
        return entry, send

    def _enter(self, event: "tk.Event[tk.Misc]") -> str | None:
        if int(event.state) & 0x1:  # Shift: a new line
            return None
        if pressed_by_hand(event, Act.KEY, self._hands, self._refused):
            self._write()
        return "break"

    def _write(self) -> None:
        text = self._entry.get("1.0", "end-1c")
        if text.strip() and self._chat is not None and self._chat.can_write:
            self._entry.delete("1.0", "end")
            self._intents.write_chat(text)
        self._entry.focus_set()


def _show_when_needed(bar: ttk.Scrollbar, first: float, last: float) -> None:
    bar.set(first, last)
    needed = float(first) > 0.0 or float(last) < 1.0
    if needed and not bar.winfo_manager():
        # Over the texts' margin: no line gets shorter, so nothing can begin to scroll because of it.
        bar.place(relx=1.0, rely=0.0, relheight=1.0, anchor="ne")
    elif not needed and bar.winfo_manager():
        bar.place_forget()


def _focus(widget: tk.Misc) -> str:
    widget.focus_set()
    return "break"
