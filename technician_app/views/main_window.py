"""The main window: sign-in first, then the ticket list on the left and the open ticket on the right."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from technician_app.controllers.account import AccountStep, AccountViewState
from technician_app.controllers.colleagues_invitations import InvitationsViewState
from technician_app.controllers.tickets import TicketListViewState, TicketViewState
from technician_app.models.received_text import shown_line
from technician_app.views.colleague_banner import ColleagueBanner
from technician_app.views.new_ticket_dialog import NewTicketDialog
from technician_app.views.parts import PlainLabel, push_button, row
from technician_app.views.review_section import ReviewSection
from technician_app.views.sign_in_view import SignInView
from technician_app.views.ticket_list import TicketList
from technician_app.views.ticket_page import TicketPage


class MainWindow(QMainWindow):
    """Shows account and tickets; the parts emit what the technician wants.

    Signals:
        sign_out_wanted, certificate_check_wanted: the buttons.
        create_wanted: a NewTicket.
        quit_wanted: the window was closed, and running sessions may end.
    """

    sign_out_wanted = Signal()
    certificate_check_wanted = Signal()
    create_wanted = Signal(object)
    quit_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Deskside")
        self.resize(1320, 820)
        self.sign_in = SignInView()
        self.tickets = TicketList()
        self.ticket_page = TicketPage()
        self.new_ticket_dialog: NewTicketDialog | None = None
        self._fingerprint = ""
        self._running_sessions = 0
        self._who = PlainLabel(name="accountName", kind="muted", wrap=False).shrinkable()
        self._organisation = PlainLabel(name="accountOrganisation", kind="heading", wrap=False)
        self._sign_out = push_button("Sign out", "signOutButton")
        self._waiting_text = PlainLabel(name="certificateNotice")
        self._copy_fingerprint = push_button("Copy fingerprint", "copyFingerprint")
        self._check = push_button("Check again", "checkCertificate")
        self._waiting = self._certificate_banner()
        self.colleague_banner = ColleagueBanner()
        self.review = ReviewSection()
        self._sections = QStackedWidget()
        self._show_tickets = self._section_button("Tickets", "sectionTickets", "Ctrl+1")
        self._show_review = self._section_button("Review", "sectionReview", "Ctrl+2")
        self._pages = QStackedWidget()
        self._workbench = self._make_workbench()
        self._pages.addWidget(self.sign_in)
        self._pages.addWidget(self._workbench)
        self.setCentralWidget(self._pages)
        self._sign_out.clicked.connect(self.sign_out_wanted)
        self._check.clicked.connect(self.certificate_check_wanted)
        self._copy_fingerprint.clicked.connect(self._copy)
        self.tickets.new_wanted.connect(self._open_new_ticket)

    def render_account(self, state: AccountViewState) -> None:
        """Show who is signed in and how far the device's certificate is."""
        signed_in = state.step in (AccountStep.READY, AccountStep.WAITING_FOR_CERTIFICATE)
        was_signed_in = self._pages.currentWidget() is self._workbench
        self.sign_in.render_account(state)
        self._pages.setCurrentWidget(self._workbench if signed_in else self.sign_in)
        self._organisation.show_text(shown_line(state.organisation))
        self._who.show_text(f"{shown_line(state.display_name or state.name)} on {state.relay_url}")
        self._fingerprint = state.fingerprint
        self._waiting.setVisible(state.step is AccountStep.WAITING_FOR_CERTIFICATE)
        problem = f" {state.problem}" if state.problem else ""
        self._waiting_text.show_text(
            "Waiting for your organisation to certify this device. Tickets work already; sessions start once it is "
            f"done. Give your administrator this fingerprint: {state.fingerprint}{problem}"
        )
        self._copy_fingerprint.setText("Copy fingerprint")
        self.ticket_page.set_certified(state.step is AccountStep.READY)
        if signed_in and not was_signed_in:
            self.tickets.focus_search()
        organisation = f" - {shown_line(state.organisation, 60)}" if signed_in else ""
        self.setWindowTitle(f"Deskside{organisation}")
        if not signed_in:
            self.tickets.reset()
            self.review.reset()
            self.show_section(review=False)
            if self.new_ticket_dialog is not None:
                self.new_ticket_dialog.reject()

    def render_list(self, state: TicketListViewState) -> None:
        """Show the ticket list."""
        self.tickets.render_list(state)

    def render_invitations(self, state: InvitationsViewState) -> None:
        """Show to which sessions of colleagues this technician is invited: above the tickets, and on each of them."""
        self.colleague_banner.render_invitations(state)
        self.tickets.model.set_invited({each.ticket: each.technician for each in state.invitations})
        self.ticket_page.render_invitations(state)

    def render_ticket(self, state: TicketViewState) -> None:
        """Show the open ticket."""
        self.tickets.show_open(state.number)
        self.ticket_page.render_ticket(state)

    def show_section(self, *, review: bool) -> None:
        """Show the review section, or the tickets."""
        self._sections.setCurrentIndex(1 if review else 0)
        self._show_tickets.setChecked(not review)
        self._show_review.setChecked(review)
        if review:
            self.review.focus_first()

    def set_running_sessions(self, count: int) -> None:
        """Say how many sessions closing this window would end."""
        self._running_sessions = count

    def ticket_created(self) -> None:
        """The relay has the new ticket: its dialog is done."""
        if self.new_ticket_dialog is not None:
            self.new_ticket_dialog.accept()

    def ticket_failed(self, error: Exception) -> None:
        """The ticket was not made: the dialog says why."""
        if self.new_ticket_dialog is not None:
            self.new_ticket_dialog.show_problem(error)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once, or ask first when sessions are running."""
        event.ignore()
        if self._running_sessions == 0:
            self.quit_wanted.emit()
            return
        box = QMessageBox(self)
        box.setObjectName("quitQuestion")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Quit Deskside?")
        count = self._running_sessions
        box.setText("A session is still running." if count == 1 else f"{count} sessions are still running.")
        box.setInformativeText("Quitting ends it for the customer, too." if count == 1 else "Quitting ends them all.")
        leave = box.addButton("End and quit", QMessageBox.ButtonRole.AcceptRole)
        leave.setObjectName("quitConfirm")
        box.setDefaultButton(box.addButton("Keep working", QMessageBox.ButtonRole.RejectRole))
        box.accepted.connect(self.quit_wanted)
        box.open()

    def _make_workbench(self) -> QWidget:
        bar = QFrame()
        bar.setProperty("kind", "bar")
        line = row(self._organisation, self._show_tickets, self._show_review, self._who, self._sign_out, spacing=12)
        line.setStretch(3, 1)
        line.setContentsMargins(16, 8, 12, 8)
        bar.setLayout(line)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("mainSplitter")
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.tickets)
        splitter.addWidget(self.ticket_page)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([780, 540])
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self._waiting)
        layout.addWidget(self.colleague_banner)
        self._sections.addWidget(splitter)
        self._sections.addWidget(self.review)
        layout.addWidget(self._sections, 1)
        self.show_section(review=False)
        return page

    def _section_button(self, text: str, name: str, shortcut: str) -> QPushButton:
        button = push_button(text, name, shortcut=shortcut)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.show_section(review=name == "sectionReview"))
        return button

    def _certificate_banner(self) -> QFrame:
        banner = QFrame()
        banner.setObjectName("certificateBanner")
        banner.setProperty("kind", "banner")
        line = row(self._waiting_text, self._copy_fingerprint, self._check)
        line.setStretch(0, 1)
        line.setContentsMargins(16, 8, 12, 8)
        banner.setLayout(line)
        banner.hide()
        return banner

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._fingerprint)
        self._copy_fingerprint.setText("Copied")

    def _open_new_ticket(self) -> None:
        if self.new_ticket_dialog is not None:
            return
        self.new_ticket_dialog = NewTicketDialog(self)
        self.new_ticket_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.new_ticket_dialog.create_wanted.connect(self.create_wanted)
        self.new_ticket_dialog.finished.connect(self._forget_new_ticket)
        self.new_ticket_dialog.open()

    def _forget_new_ticket(self) -> None:
        self.new_ticket_dialog = None
