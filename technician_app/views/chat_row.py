"""One text of the conversation: who, when, how far it came, the words as plain text, and the addresses in them."""

import time
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from protocol.chat import ChatLine, Mark
from protocol.messages.chat import MAX_CHAT_CHARACTERS
from protocol.web_links import find_links
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, push_button, row

MARKS = {
    Mark.WAITING: ("…", "Not sent yet"),
    Mark.SENT: ("…", "On its way"),
    Mark.DELIVERED: ("✓", "Delivered: the customer's program has it"),
    Mark.SEEN: ("✓✓", "Seen: it was on the customer's screen"),
}
"""What stands beside an own text, and its tool tip."""


class ChatRow(QFrame):
    """Draws a ChatLine.

    Signals:
        link_chosen: the Link the technician wants to open.
    """

    link_chosen = Signal(object)

    def __init__(self, line: ChatLine) -> None:
        super().__init__()
        self.setObjectName("chatMine" if line.mine else "chatTheirs")
        self.setProperty("kind", "mine" if line.mine else "theirs")
        self._line: ChatLine | None = None
        clock = time.strftime("%H:%M", time.localtime(line.at_ms // 1000))
        who = PlainLabel(f"{'You' if line.mine else 'Customer'}, {clock}", kind="eyebrow", wrap=False)
        self._mark = QLabel()
        self._mark.setObjectName("chatMark")
        self._mark.setTextFormat(Qt.TextFormat.PlainText)
        self._mark.setProperty("kind", "eyebrow")
        words = PlainLabel(name="chatText").selectable()
        words.show_text(line.text, 8 * MAX_CHAT_CHARACTERS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.setSpacing(3)
        layout.addLayout(row(who, None, self._mark))
        layout.addWidget(words)
        for link in () if line.mine else find_links(line.text):
            button = push_button(f"Open {shown_line(link.host, 40)}…", "chatLink", tip="Show the whole address first")
            button.clicked.connect(partial(self.link_chosen.emit, link))
            layout.addLayout(row(button, None))
        self.show_mark(line)

    def show_mark(self, line: ChatLine) -> None:
        """Bring the mark of an own text up to date."""
        if line == self._line:
            return
        self._line = line
        mark, tip = MARKS[line.mark] if line.mine else ("", "")
        self._mark.setText(mark)
        self._mark.setToolTip(tip)
        self._mark.setAccessibleName(tip)
