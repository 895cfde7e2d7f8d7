"""Who else is in the session, and inviting somebody. GUI thread only."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from protocol.messages.colleague import ColleaguePurpose
from technician_app.controllers.colleagues_state import (
    Candidate,
    ColleagueShown,
    ColleaguesShown,
    ColleagueStanding,
)
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named, push_button, row

_STANDING = {
    ColleagueStanding.ASKED: "Your customer is being asked …",
    ColleagueStanding.WAITING: "Your customer agreed. Waiting for them to come …",
    ColleagueStanding.WITHDRAWING: "Taking the invitation back …",
    ColleagueStanding.HERE: "Here",
}
_PURPOSE = {ColleaguePurpose.VIEW: "to watch", ColleaguePurpose.HELP: "to help"}
_MAX_NAME = 60


class ColleagueDialog(QDialog):
    """Use `open()`.

    Signals:
        invited: a certificate's serial and a ColleaguePurpose.
        withdrawn: the number of an invitation to take back.
        handed_over: the session of the colleague who goes on.
    """

    invited = Signal(str, object)
    withdrawn = Signal(int)
    handed_over = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("colleagueDialog")
        self.setWindowTitle("Colleagues")
        self.setMinimumSize(500, 480)
        self._candidates: tuple[Candidate, ...] = ()
        self._people: tuple[ColleagueShown, ...] | None = None
        self._search = QLineEdit(placeholderText="Search by name")
        named(self._search, "colleagueSearch", "Search for a colleague by name")
        self._list = QListWidget()
        named(self._list, "colleagueList", "Colleagues who can be invited")
        self._nobody = PlainLabel(name="colleagueNobody", kind="muted")
        self._view = QRadioButton("&Watch: they see the customer's screen")
        named(self._view, "colleagueView", "Watch: they see the customer's screen")
        self._help = QRadioButton("&Help: they may also ask for mouse and keyboard")
        named(self._help, "colleagueHelp", "Help: they may also ask for mouse and keyboard")
        self._view.setChecked(True)
        self._invite = push_button("Ask the customer", "colleagueInvite", kind="primary")
        self._close = push_button("Close", "colleagueClose")
        self._here = QVBoxLayout()
        self._here.setSpacing(6)
        self._inviting = QWidget()
        self._lay_out()
        self._search.textChanged.connect(self._fill)
        self._list.itemSelectionChanged.connect(self._update)
        self._list.itemActivated.connect(lambda _item: self._emit())
        self._invite.clicked.connect(self._emit)
        self._close.clicked.connect(self.reject)
        self._fill()

    def render_colleagues(self, colleagues: ColleaguesShown) -> None:
        """Show who is here, and who could be."""
        self._inviting.setVisible(colleagues.in_charge)
        if colleagues.candidates != self._candidates:
            self._candidates = colleagues.candidates
            self._fill()
        if colleagues.people != self._people:
            self._people = colleagues.people
            self._show_people(colleagues)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addLayout(self._here)
        inviting = QVBoxLayout(self._inviting)
        inviting.setContentsMargins(0, 0, 0, 0)
        inviting.setSpacing(8)
        inviting.addWidget(PlainLabel("Invite a colleague", kind="heading"))
        inviting.addWidget(self._search)
        inviting.addWidget(self._list, 1)
        inviting.addWidget(self._nobody)
        inviting.addWidget(self._view)
        inviting.addWidget(self._help)
        inviting.addWidget(PlainLabel("Your customer sees their verified name and decides.", kind="muted"))
        layout.addWidget(self._inviting, 1)
        layout.addLayout(row(None, self._close, self._invite))

    def _fill(self) -> None:
        """List who matches what was typed; a selection stays when it still does."""
        wanted, chosen = self._search.text().strip().casefold(), self._chosen()
        self._list.clear()
        for candidate in self._candidates:
            if wanted in candidate.name.casefold():
                item = QListWidgetItem(shown_line(candidate.name, _MAX_NAME))
                item.setData(Qt.ItemDataRole.UserRole, candidate.serial)
                self._list.addItem(item)
                if candidate.serial == chosen:
                    item.setSelected(True)
        if self._list.count() == 1 and wanted:
            self._list.item(0).setSelected(True)
        nobody = (
            "Nobody else has a certified device at the moment." if not self._candidates else "Nobody has this name."
        )
        self._nobody.show_or_hide("" if self._list.count() else nobody)
        self._update()

    def _chosen(self) -> str:
        items = self._list.selectedItems()
        return str(items[0].data(Qt.ItemDataRole.UserRole)) if items else ""

    def _update(self) -> None:
        self._invite.setEnabled(bool(self._chosen()) and not self._inviting.isHidden())

    def _emit(self) -> None:
        serial = self._chosen()
        if serial:
            self._list.clearSelection()
            self.invited.emit(serial, ColleaguePurpose.HELP if self._help.isChecked() else ColleaguePurpose.VIEW)

    def _show_people(self, colleagues: ColleaguesShown) -> None:
        while (item := self._here.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if not colleagues.people:
            return
        self._here.addWidget(PlainLabel("Invited to this session", kind="heading"))
        for person in colleagues.people:
            self._here.addWidget(self._person(person, leads=colleagues.in_charge))

    def _person(self, person: ColleagueShown, *, leads: bool) -> QWidget:
        line = QWidget()
        name = f"{shown_line(person.name, _MAX_NAME)} ({_PURPOSE[person.purpose]})"
        standing = PlainLabel(_STANDING.get(person.standing, person.said), kind="muted")
        children: list[QWidget | None] = [PlainLabel(name, wrap=False), standing]
        if person.standing in (ColleagueStanding.ASKED, ColleagueStanding.WAITING) and leads:
            button = push_button("Withdraw", "colleagueWithdraw", tip="Take the invitation back")
            button.setAccessibleName(f"Withdraw the invitation of {shown_line(person.name, _MAX_NAME)}")
            button.clicked.connect(lambda: self.withdrawn.emit(person.number))
            children.append(button)
        if person.standing is ColleagueStanding.HERE and leads:
            button = push_button("Hand over and leave", "colleagueHandOver", tip="They go on, you leave the session")
            button.clicked.connect(lambda: self.handed_over.emit(person.session))
            children.append(button)
        beside = row(*children)
        beside.setStretch(1, 1)
        line.setLayout(beside)
        return line
