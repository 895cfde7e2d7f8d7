"""The languages to choose from, at the bottom of the first pages. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import current_language
from customer_client.ui.page import PageView
from customer_client.ui.theme import Look
from protocol.catalogues import LANGUAGES


def add_language_row(page: PageView) -> None:
    """Add a small button for each language, in its own name, to the bottom row of `page`; the one in use is pressed.

    To be called when the row has its buttons: languages for which there is no room beside them stand above them.
    """
    row = tk.Frame(page.footer, background=page.theme.palette.page)
    row.pack(side="right", padx=(page.theme.px(10), 0))
    for code, name in LANGUAGES.items():
        button = ttk.Button(
            row,
            name=f"language_{code}",
            text=name,
            width=len(name),
            style=page.theme.button_style(Look.SMALL),
            command=lambda code=code: page.context.choose_language(code),  # type: ignore[misc]
        )
        if code == current_language():
            button.state(["disabled"])
        page.only_by_hand(button)
        button.pack(side="left", padx=(page.theme.px(4), 0))
    page.update_idletasks()
    if page.footer.winfo_reqwidth() > page.text_width:
        first = page.footer.pack_slaves()[0]
        row.pack_configure(side="top", anchor="e", padx=0, pady=(0, page.theme.px(14)), before=first)
