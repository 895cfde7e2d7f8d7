"""The customer's window of files: each one offered, on its way or done, and a button to give one. GUI thread only.

Tk has no drag and drop of files, so files are chosen with a button.
"""

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog, ttk

from customer_client.languages import _
from customer_client.protection.hands import Hands
from customer_client.session.state import FileIntents, FilesShown, FileWish
from customer_client.ui.by_hand import RefusalLine, guard_file_dialogs, only_by_hand
from customer_client.ui.file_row import FileRow
from customer_client.ui.page import set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.scroll_area import ScrollArea
from customer_client.ui.theme import Look, TextRole, Theme

WIDTH, HEIGHT = 620, 580
"""Pixels at 100 %."""

NAME_CHARS = 40
WISH_CHARS = 160
_BELOW_BAR, _ABOVE_TASK_BAR = 70, 60
"""Pixels at 100 % that the window keeps free above and below."""

_SCROLL_BAR = 18
"""Room for the scroll bar beside the rows."""

MAX_ROWS = 100

ChooseFiles = Callable[[tk.Misc], tuple[Path, ...]]
ChooseFolder = Callable[[tk.Misc, str], Path | None]


def ask_for_files(parent: tk.Misc) -> tuple[Path, ...]:
    """Let the customer choose files; none when they choose none."""
    return tuple(Path(name) for name in filedialog.askopenfilenames(parent=parent, title=_("Choose files to send")))


def ask_for_folder(parent: tk.Misc, folder: str) -> Path | None:
    """Let the customer choose a folder; None when they choose none."""
    first = folder if Path(folder).is_dir() else str(Path.home())
    chosen = filedialog.askdirectory(parent=parent, title=_("Save files in"), initialdir=first)
    return Path(chosen) if chosen else None


class FilesWindow(tk.Toplevel):
    """Draws a FilesShown. Only `hands` take, give and resume files, and choose them; None: any press counts."""

    def __init__(
        self,
        root: tk.Misc,
        theme: Theme,
        intents: FileIntents,
        hands: Hands | None = None,
        *,
        choose_files: ChooseFiles = ask_for_files,
        choose_folder: ChooseFolder = ask_for_folder,
    ) -> None:
        palette = theme.palette
        super().__init__(root, name="files", class_="Deskside", background=palette.page)
        self.withdraw()
        self.title(_("Deskside: files"))
        self.theme, self._intents, self._hands = theme, intents, hands
        self._choose_files, self._choose_folder = choose_files, choose_folder
        self._files: FilesShown | None = None
        self._rows: dict[bytes, FileRow] = {}
        px = theme.px
        self._width = px(WIDTH) - 2 * px(18)
        theme.label(self, _("Files"), TextRole.NAME).pack(fill="x", padx=px(18), pady=(px(14), 0))
        hint = _("You decide about each file. Nothing is opened by itself.")
        theme.label(self, hint, TextRole.SMALL, colour="muted").pack(fill="x", padx=px(18))
        bottom = tk.Frame(self, background=palette.page)
        bottom.pack(side="bottom", fill="x", padx=px(18), pady=px(12))
        self._said = theme.label(self, "", TextRole.SMALL_BOLD, wrap=self._width, name="files_said")
        self._said.pack(side="bottom", fill="x", padx=px(18))
        area = self._area = ScrollArea(self, theme, px(WIDTH) - 2 * px(18))
        self._refused = RefusalLine(self, theme, wrap=self._width, before=area)
        guard_file_dialogs(self, hands, self._refused)
        self._wish = self._make_wish()
        area.pack(side="top", fill="both", expand=True, padx=px(18), pady=(px(10), 0))
        self._none = theme.label(area.inner, _("No file has been offered yet."), colour="muted")
        words = (_("Send a file…"), _("Save in another folder…"))
        self._add_button(bottom, "send_file", words[0], self._send, gives=True)
        self._add_button(bottom, "choose_folder", words[1], self._change_folder, gives=True)
        self._add_button(bottom, "close_files", _("Close"), lambda: intents.show(False), side="right")
        self.protocol("WM_DELETE_WINDOW", lambda: intents.show(False))
        self.bind("<Escape>", lambda _event: intents.show(False))

    def render(self, files: FilesShown) -> None:
        """Show `files`."""
        self._files = files
        technician = plain_line(files.technician, NAME_CHARS)
        self._show_wish(files.wish, technician)
        set_text(self._said, plain_line(_(files.said), 300))
        newest = files.files[-MAX_ROWS:]
        for transfer in set(self._rows) - {status.transfer for status in newest}:
            self._rows.pop(transfer).destroy()
        for number, status in enumerate(newest):
            row = self._rows.get(status.transfer)
            if row is None:
                row = self._rows[status.transfer] = self._new_row(number)
            row.render(status, technician, files.folder)
        if self._rows:
            self._none.pack_forget()
        else:
            self._none.pack(anchor="w")
        self._open_or_close(files.shown)

    def _new_row(self, number: int) -> FileRow:
        """Return a row on top of the others: what is newest waits for an answer."""
        px = self.theme.px
        row = FileRow(
            self._area.inner,
            self.theme,
            self._width - px(_SCROLL_BAR),
            str(number),
            self._intents,
            self._hands,
            self._refused,
        )
        first = next(iter(self._area.inner.pack_slaves()), None)
        row.pack(fill="x", padx=(0, px(_SCROLL_BAR)), pady=(0, px(8)))
        if first is not None:
            row.pack_configure(before=first)
        return row

    def _show_wish(self, wish: FileWish | None, technician: str) -> None:
        if wish is None:
            self._wish.pack_forget()
            return
        asks = _("{name} asks you for a file: {what}")
        set_text(self._wish_text, asks.format(name=technician, what=plain_line(wish.what, WISH_CHARS)))
        if not self._wish.winfo_manager():
            self._wish.pack(side="top", fill="x", padx=self.theme.px(18), pady=(self.theme.px(10), 0))
            self._wish.pack_configure(before=self._area)

    def _make_wish(self) -> tk.Frame:
        theme, px = self.theme, self.theme.px
        card = tk.Frame(self, name="wish", background=theme.palette.page, padx=px(14), pady=px(10))
        card.configure(highlightthickness=px(3), highlightbackground=theme.palette.caution)
        wrap = self._width - px(34)
        self._wish_text = theme.label(card, "", TextRole.STRONG, wrap=wrap)
        self._wish_text.pack(fill="x")
        hint = _("Only the file you choose is sent.")
        theme.label(card, hint, TextRole.SMALL, colour="muted").pack(fill="x")
        buttons = tk.Frame(card, background=theme.palette.page)
        buttons.pack(fill="x", pady=(px(8), 0))
        self._add_button(buttons, "refuse_wish", _("Give none"), self._intents.refuse_wish)
        self._add_button(buttons, "give_file", _("Choose a file…"), self._send, gives=True)
        return card

    def _add_button(
        self,
        parent: tk.Misc,
        name: str,
        text: str,
        command: Callable[[], None],
        *,
        side: str = "left",
        gives: bool = False,
    ) -> None:
        style = self.theme.button_style(Look.SMALL)
        button = ttk.Button(parent, name=name, text=text, style=style, command=command)
        if gives:
            only_by_hand(button, self._hands, self._refused)
        gap = self.theme.px(8)
        button.pack(side="right" if side == "right" else "left", padx=(gap, 0) if side == "right" else (0, gap))

    def _send(self) -> None:
        chosen = self._choose_files(self)
        if chosen:
            self._intents.send(chosen)

    def _change_folder(self) -> None:
        if self._files is None:
            return
        chosen = self._choose_folder(self, self._files.folder)
        if chosen is not None:
            self._intents.choose_folder(chosen)

    def _open_or_close(self, wanted: bool) -> None:
        if wanted and self.state() == "withdrawn":
            px = self.theme.px
            width = min(px(WIDTH), self.winfo_screenwidth() - 16)
            top = px(_BELOW_BAR)
            height = min(px(HEIGHT), self.winfo_screenheight() - top - px(_ABOVE_TASK_BAR))
            x = (self.winfo_screenwidth() - width) // 2
            y = max(top, (self.winfo_screenheight() - height) // 2)
            self.geometry(f"{width}x{height}+{x}+{y}")
            self.minsize(min(width, px(420)), min(height, px(300)))
            self.attributes("-topmost", True)
            self.deiconify()
            self.lift()
        elif not wanted and self.state() != "withdrawn":
            self.withdraw()
