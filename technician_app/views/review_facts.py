"""Facts about a session, name above value, in as many columns as fit. GUI thread."""

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from technician_app.models.received_text import shown_line, shown_tip
from technician_app.views.parts import PlainLabel

_COLUMNS = 4


class FactsGrid(QFrame):
    """(name, value) pairs on a card."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reviewFacts")
        self.setProperty("kind", "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(6)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)

    def show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        """Show `facts` in place of those before."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (name, value) in enumerate(facts):
            self._grid.addWidget(_fact(name, value), number // _COLUMNS, number % _COLUMNS)


def _fact(name: str, value: str) -> QWidget:
    cell = QWidget()
    layout = QVBoxLayout(cell)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    shown = PlainLabel(shown_line(value), wrap=False).shrinkable()
    shown.setToolTip(shown_tip(value))
    shown.setAccessibleName(f"{name}: {shown_line(value)}")
    layout.addWidget(PlainLabel(name, kind="eyebrow", wrap=False))
    layout.addWidget(shown)
    return cell
