"""Which organisation keys review trusts, above all else in it; one that has changed stands in red. GUI thread."""

from PySide6.QtWidgets import QDialog, QListWidget, QVBoxLayout, QWidget

from technician_app.controllers.review_root import NO_ROOTS, RootsShown
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named, push_button, row


class ReviewRoots(QWidget):
    """One line, and a list of all keys behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reviewRoots")
        self.dialog: QDialog | None = None
        self._roots = NO_ROOTS
        self._changed = PlainLabel("", name="reviewRootChanged", kind="alarm")
        self._here = PlainLabel("", name="reviewRoot", kind="muted", wrap=False).shrinkable()
        self._all = push_button("Trusted keys…", "reviewRootsButton")
        line = row(self._here, self._all, spacing=12)
        line.setStretch(0, 1)
        line.setContentsMargins(16, 8, 16, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._changed)
        layout.addLayout(line)
        self._all.clicked.connect(self._show_all)
        self.render_roots(self._roots)

    def render_roots(self, roots: RootsShown) -> None:
        """Show `roots`; nothing while nobody is signed in."""
        self._roots = roots
        self.setVisible(bool(roots.kept))
        relay = shown_line(roots.relay, 80)
        self._here.show_text(f"Records are verified against the organisation key met first at {relay}: {roots.here}")
        self._changed.show_or_hide(
            f"This relay now states another organisation key ({roots.changed}) than before ({roots.here}). Somebody "
            "may have put another relay in its place. No record is read or verified here: ask your administrator, by "
            "telephone, whether the key was really changed."
            if roots.changed
            else ""
        )

    def _show_all(self) -> None:
        dialog = QDialog(self)
        dialog.setObjectName("reviewRootsDialog")
        dialog.setWindowTitle("Trusted organisation keys")
        dialog.setMinimumWidth(620)
        lines = QListWidget()
        named(lines, "reviewRootsList", "Relays and the keys met first there")
        lines.setProperty("kind", "lines")
        lines.addItems([f"{shown_line(relay, 120)}\n{print_}" for relay, print_ in self._roots.kept])
        close = push_button("Close", "reviewRootsClose", kind="primary")
        layout = QVBoxLayout(dialog)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(PlainLabel("Trusted organisation keys", kind="heading"))
        told = (
            "Each was kept at the first sign-in to its relay, in organisation-roots.json of this profile. Compare it "
            "with the first half of the root id your administrator has (deskside-relay org show). Another key later is "
            "refused."
        )
        layout.addWidget(PlainLabel(told, kind="muted"))
        layout.addWidget(lines, 1)
        layout.addLayout(row(None, close))
        close.clicked.connect(dialog.accept)
        dialog.finished.connect(lambda _result: setattr(self, "dialog", None))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()
