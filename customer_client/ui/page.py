"""What all pages share: a body that scrolls if it must, a row of buttons that is always in sight. GUI thread only."""

import math
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass, field
from tkinter import ttk

from customer_client.languages import _
from customer_client.protection.confirming import SEE_ONLY_S
from customer_client.protection.hands import Act, Hands
from customer_client.session.state import CustomerIntents, CustomerViewState
from customer_client.ui.by_hand import NOT_BY_HAND, Pressable, only_by_hand, pressed_by_hand
from customer_client.ui.scroll_area import ScrollArea
from customer_client.ui.theme import Look, TextRole, Theme

PAGE_WIDTH = 780
"""Width of a page in pixels at 100 %."""

MIN_HEIGHT = 450
"""Least height of a page in pixels at 100 %."""

MARGIN = 38
"""White space left and right of a page's content, in pixels at 100 %."""


@dataclass(frozen=True)
class PageContext:
    """What a page needs to be built. `width` is the page's width in pixels; `clock` gives monotonic seconds.

    `hands` tells the customer's own presses; None where any press counts. `drafts` keeps what a person has written, by
    the name of the field: a page may be built anew at another scale. `choose_language` says all in another language.
    `limit_s` is the time in seconds that is chosen at first where the customer says how long something lasts.
    """

    theme: Theme
    width: int
    intents: CustomerIntents
    clock: Callable[[], float]
    hands: Hands | None = None
    drafts: dict[str, str] = field(default_factory=dict)
    choose_language: Callable[[str], None] = lambda _language: None
    limit_s: int = SEE_ONLY_S


class PageView(tk.Frame):
    """Base of the pages. A page draws its fixed parts when built; `render` and `tick` fill in what changes."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        theme = context.theme
        super().__init__(parent, background=theme.palette.page)
        self.context = context
        self.theme = theme
        margin = theme.px(MARGIN)
        self.text_width = context.width - 2 * margin
        self.footer = tk.Frame(self, background=theme.palette.page)
        self.footer.pack(side="bottom", fill="x", padx=margin - theme.px(5), pady=(theme.px(20), theme.px(24)))
        self.body = self._make_body(margin)
        # Tab goes through widgets in stacking order: the content first, then the buttons.
        self.footer.lift()
        self._mnemonics: dict[str, ttk.Button] = {}
        self._by_hand: set[Pressable] = set()
        self._not_by_hand: tk.Label | None = None

    def _make_body(self, margin: int) -> tk.Frame:
        """Return the frame for the content above the buttons."""
        area = ScrollArea(self, self.theme, self.context.width)
        area.pack(side="top", fill="both", expand=True)
        body = tk.Frame(area.inner, background=self.theme.palette.page)
        body.pack(fill="both", expand=True, padx=margin, pady=(self.theme.px(30), 0))
        return body

    @property
    def least_height(self) -> int:
        """The height in pixels the window has even if the content needs less, so that it does not jump."""
        return self.theme.px(MIN_HEIGHT)

    def needed_size(self) -> tuple[int, int]:
        """Return the width and height in pixels at which nothing of the page is cut off or has to scroll."""
        content = max(self.body.winfo_reqwidth(), self.footer.winfo_reqwidth())
        return content + 2 * self.theme.px(MARGIN), self.winfo_reqheight()

    def render(self, state: CustomerViewState) -> None:
        """Show what `state` says; called when the page appears and whenever the state changes."""

    def tick(self, now: float) -> None:
        """Bring clocks and countdowns up to `now` (monotonic seconds); called many times a second."""

    def first_focus(self) -> tk.Misc | None:
        """Return the widget that has the keyboard when the page appears."""
        return None

    def escape(self) -> None:
        """React to the Escape key; by default nothing happens."""

    @property
    def fills_screen(self) -> bool:
        """Whether the page takes all the room there is: nothing beside it is to be looked at now."""
        return False

    def press_mnemonic(self, letter: str, event: "tk.Event[tk.Misc]") -> bool:
        """Press the button whose underlined letter is `letter` (lower case); False when there is none."""
        button = self._mnemonics.get(letter)
        if button is None:
            return False
        guarded = button in self._by_hand
        if not guarded or pressed_by_hand(event, Act.KEY, self.context.hands, self._refuse):
            button.focus_set()
            button.invoke()
        return True

    def only_by_hand(self, *buttons: Pressable) -> None:
        """Let nothing but the customer's own mouse and keyboard press `buttons`."""
        for button in buttons:
            self._by_hand.add(button)
            only_by_hand(button, self.context.hands, self._refuse)

    def _refuse(self) -> None:
        """Say once that a press was not the customer's."""
        if self._not_by_hand is None:
            label = self.theme.label(
                self.footer,
                _(NOT_BY_HAND),
                TextRole.SMALL_BOLD,
                wrap=self.text_width,
                colour="alarm",
                name="not_by_hand",
            )
            children = self.footer.pack_slaves()
            label.pack(side="bottom", fill="x", pady=(self.theme.px(10), 0), before=children[0])
            self._not_by_hand = label

    def heading(self, text: str) -> tk.Label:
        """Add the page's heading."""
        label = self.theme.label(self.body, text, TextRole.HEADING, wrap=self.text_width)
        label.pack(fill="x")
        return label

    def paragraph(
        self, text: str, role: TextRole = TextRole.BODY, *, colour: str = "text", space: int = 14
    ) -> tk.Label:
        """Add a paragraph `space` pixels (at 100 %) below what is above it."""
        label = self.theme.label(self.body, text, role, wrap=self.text_width, colour=colour)
        label.pack(fill="x", pady=(self.theme.px(space), 0))
        return label

    def card(self, fill: str, *, space: int = 18) -> ttk.Frame:
        """Add a rounded card filled with the Palette field `fill` and return the frame for its content."""
        padding = (self.theme.px(22), self.theme.px(16))
        card = ttk.Frame(self.body, style=self.theme.card_style(fill), padding=padding)
        card.pack(fill="x", pady=(self.theme.px(space), 0))
        return card

    @property
    def card_width(self) -> int:
        """Width for text in a card, in pixels."""
        return self.text_width - 2 * self.theme.px(22)

    def caution(self, text: str, *, space: int = 18) -> tk.Label:
        """Add a highlighted warning in plain words."""
        card = self.card("caution", space=space)
        label = self.theme.label(card, text, wrap=self.card_width, colour="on_caution", on="caution")
        label.pack(fill="x")
        return label

    def button(
        self, name: str, text: str, look: Look, command: Callable[[], None], *, side: str = "right"
    ) -> ttk.Button:
        """Add a button to the bottom row; an `&` in `text` marks the letter that presses it together with Alt."""
        mark = text.find("&")
        shown = text.replace("&", "")
        style = self.theme.button_style(look)
        button = ttk.Button(self.footer, name=name, text=shown, style=style, command=command, underline=mark)
        gap = self.theme.px(10)
        padx = (gap, 0) if side == "right" else (0, gap)
        button.pack(side="right" if side == "right" else "left", padx=padx)
        if mark >= 0:
            self._mnemonics[shown[mark].lower()] = button
        return button


def set_text(label: tk.Label, text: str) -> None:
    """Change the text of `label` only if it differs, so that clocks cost nothing while they stand still."""
    if label.cget("text") != text:
        label.configure(text=text)


def countdown(seconds: float) -> str:
    """Return the time left as `0:58`, rounded up so that it reaches 0:00 exactly when the time is over."""
    whole = max(0, math.ceil(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
