"""Review in the real window, by keyboard, against a real relay."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QPushButton, QTableView, QTreeWidget

from technician_app.app import TechnicianApplication
from technician_app.controllers.review_page import Group
from technician_app.models.review_timeline import ReviewTimelineModel
from technician_app.views.review_timeline import ReviewTimeline
from tests.support.review_world import PASSPHRASE, PASSWORD, ReviewTown, review_town

WITHIN_MS = 20_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewTown]:
    with review_town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture
def window(qtbot, child, town):
    with signed_in(qtbot, child, town, "auditor", town.profile) as shown:
        yield shown


@contextmanager
def signed_in(qtbot, child, town, who, profile):
    application = TechnicianApplication(QApplication.instance(), profile=profile, relay_url=town.url)
    try:
        shown = application.main_window
        qtbot.addWidget(shown)
        application.start()
        shown.activateWindow()
        child(shown, "signInName", QLineEdit).setText(who)
        child(shown, "signInPassword", QLineEdit).setText(PASSWORD)
        qtbot.keyClick(child(shown, "signInPassword"), Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown.review.list.model.rowCount() == 3, timeout=WITHIN_MS)
        shown.desk, shown.recordings = application.review, application.recordings
        yield shown
    finally:
        application.stop()


def click(qtbot, child, root, name):
    button = child(root, name, QPushButton)
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=WITHIN_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def open_page(qtbot, child, window, town):
    click(qtbot, child, window, "sectionReview")
    window.review.list.focus_results(town.eventful)
    qtbot.keyClick(child(window, "reviewTable", QTableView), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.review.page.state.page is not None, timeout=WITHIN_MS)
    return window.review.page


def unlock(qtbot, child, window, town):
    window.review.ask_unlock()
    give_key(qtbot, child, window, town)


def give_key(qtbot, child, window, town):
    dialog = window.review.unlock_dialog
    child(dialog, "reviewUnlockPath", QLineEdit).setText(str(town.key_file))
    child(dialog, "reviewUnlockPassphrase", QLineEdit).setText(PASSPHRASE)
    click(qtbot, child, dialog, "reviewUnlockConfirm")
    qtbot.waitUntil(lambda: window.review.unlock_dialog is None, timeout=WITHIN_MS)


def test_a_session_is_opened_unlocked_proven_signed_and_left(qtbot, child, window, town):
    page = open_page(qtbot, child, window, town)
    assert child(page, "reviewNoticed", QLabel).isVisible()
    assert page.state.page.locked
    unlock(qtbot, child, window, town)
    qtbot.waitUntil(lambda: page.state.page is not None and not page.state.page.locked, timeout=WITHIN_MS)

    table = child(page, "reviewTimeline", QTableView)
    table.setFocus()
    for _ in range(3):
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert page.timeline.chosen is not None
    click(qtbot, child, page, "reviewProofCopy")
    copied = QGuiApplication.clipboard().text()
    assert f"of session {town.eventful}" in copied
    assert "Signature (Ed25519): " in copied

    assert [line.split("\n")[0] for line in lines(child(page, "reviewFiles", QListWidget))] == [
        "setup.log",
        "driver.zip",
    ]
    click(qtbot, child, page, "reviewSignButton")
    dialog = window.review.sign_dialog
    assert child(dialog, "reviewSignName", QLabel).text() == "Auditor"
    child(dialog, "reviewSignPassword", QLineEdit).setText("wrong")
    click(qtbot, child, dialog, "reviewSignConfirm")
    problem = child(dialog, "reviewSignProblem", QLabel)
    qtbot.waitUntil(problem.isVisible, timeout=WITHIN_MS)
    child(dialog, "reviewSignPassword", QLineEdit).setText(PASSWORD)
    click(qtbot, child, dialog, "reviewSignConfirm")
    history = child(page, "reviewHistory", QListWidget)
    qtbot.waitUntil(lambda: any("I reviewed this record" in line for line in lines(history)), timeout=WITHIN_MS)

    click(qtbot, child, page, "reviewBack")
    qtbot.waitUntil(window.review.list.isVisible, timeout=WITHIN_MS)


def test_policy_leads_to_the_event_and_an_export_is_checked(qtbot, child, window, town, tmp_path: Path):
    click(qtbot, child, window, "sectionReview")
    click(qtbot, child, window, "reviewPolicyButton")
    policy, tree = window.review.policy, child(window, "reviewPolicyTree", QTreeWidget)
    said = child(policy, "reviewPolicySaid", QLabel)
    qtbot.waitUntil(lambda: said.text() == "3 sessions checked, all here", timeout=WITHIN_MS)
    assert tree.topLevelItemCount() == 6
    broken = next(line for line in children(tree) if line.parent().text(0) == "No session without a receipt")
    tree.setCurrentItem(broken)
    tree.itemActivated.emit(broken, 0)
    qtbot.waitUntil(lambda: window.review.page.state.page is not None, timeout=WITHIN_MS)
    click(qtbot, child, window.review.page, "reviewBack")
    qtbot.waitUntil(policy.isVisible, timeout=WITHIN_MS)

    path = tmp_path / "all.dsaudit"
    window.review.export_wanted.emit(window.review.list.chosen, path)
    qtbot.waitUntil(path.exists, timeout=WITHIN_MS)
    window.desk.check_file(path)
    qtbot.waitUntil(lambda: len(window.desk.files) == 1, timeout=WITHIN_MS)
    opened = window.desk.files[0]
    sessions = child(opened, "reviewFileSessions", QListWidget)
    assert sessions.count() == 3
    sessions.itemActivated.emit(sessions.item(0))
    assert opened.page.state.page.from_file
    assert not child(opened.page, "reviewSignButton", QPushButton).isVisible()
    opened.close()
    qtbot.waitUntil(lambda: window.desk.files == [], timeout=WITHIN_MS)


def test_the_timeline_shows_what_the_filter_leaves_and_gives_way_to_a_jump(qtbot, child, window, town, qtmodeltester):
    page = open_page(qtbot, child, window, town)
    timeline: ReviewTimeline = page.timeline
    qtmodeltester.check(timeline.model)
    qtmodeltester.check(window.review.list.model)
    assert isinstance(timeline.model, ReviewTimelineModel)
    total = timeline.model.rowCount()
    timeline.model.show_only(Group.FILES, "")
    assert 0 < timeline.model.rowCount() < total
    child(timeline, "reviewTimelineFilter", QLineEdit).setText("no such words")
    assert timeline.model.rowCount() == 0
    timeline.choose("C", 0)
    assert timeline.chosen is not None
    assert (timeline.chosen.lane, timeline.chosen.seq) == ("C", 0)
    window.review.list.model.sort(1)
    tickets = [window.review.list.model.index(row, 1).data() for row in range(3)]
    assert tickets == sorted(tickets)


def test_a_recording_is_played_with_the_review_key_and_not_without_it(qtbot, child, window, town):
    page = open_page(qtbot, child, window, town)
    assert page.state.page.recordings == (0,)
    click(qtbot, child, page, "reviewPlay")
    window.review.unlock_dialog.reject()
    assert window.recordings.windows == []
    click(qtbot, child, page, "reviewPlay")
    give_key(qtbot, child, window, town)
    qtbot.waitUntil(lambda: len(window.recordings.windows) == 1, timeout=WITHIN_MS)
    player = window.recordings.windows[0]
    try:
        time = child(player, "recordingTime", QLabel)
        qtbot.waitUntil(lambda: time.text().endswith("0:03"), timeout=WITHIN_MS)
        qtbot.waitUntil(lambda: player.picture.frame_size == (64, 48), timeout=WITHIN_MS)
        assert player.state.problem == ""
    finally:
        player.close()
    qtbot.waitUntil(lambda: window.recordings.windows == [], timeout=WITHIN_MS)


def test_the_trusted_key_is_shown_and_another_one_later_stands_in_red(qtbot, child, window, town):
    click(qtbot, child, window, "sectionReview")
    trusted = child(window, "reviewRoot", QLabel)
    changed = child(window, "reviewRootChanged", QLabel)
    qtbot.waitUntil(trusted.isVisible, timeout=WITHIN_MS)
    assert town.url in trusted.text()
    assert not changed.isVisible()
    click(qtbot, child, window, "reviewRootsButton")
    dialog = window.review.roots.dialog
    assert town.url in "".join(lines(child(dialog, "reviewRootsList", QListWidget)))
    click(qtbot, child, dialog, "reviewRootsClose")
    kept = town.profile.folder / "organisation-roots.json"
    before = kept.read_bytes()
    try:
        kept.write_bytes(msgspec.json.encode({town.url: "ab" * 32}))
        window.desk.begin()
        qtbot.waitUntil(changed.isVisible, timeout=WITHIN_MS)
        assert "abab abab" in changed.text()
        window.review.list.focus_results(town.eventful)
        qtbot.keyClick(child(window, "reviewTable", QTableView), Qt.Key.Key_Return)
        doing = child(window.review.page, "reviewDoing", QLabel)
        qtbot.waitUntil(lambda: "another organisation key" in doing.text(), timeout=WITHIN_MS)
        assert window.review.page.state.page is None
    finally:
        kept.write_bytes(before)


def test_an_administrator_holds_lifts_and_erases_with_a_reason_each(qtbot, child, town):
    with signed_in(qtbot, child, town, "administrator", town.administrator) as window:
        click(qtbot, child, window, "sectionReview")
        window.review.list.focus_results(town.short[0])
        qtbot.keyClick(child(window, "reviewTable", QTableView), Qt.Key.Key_Return)
        page = window.review.page
        qtbot.waitUntil(lambda: page.state.page is not None, timeout=WITHIN_MS)
        assert not child(page, "reviewSignButton", QPushButton).isVisible()
        hold, erase = child(page, "reviewHold", QPushButton), child(page, "reviewErase", QPushButton)

        for held, reason in ((True, "Case 12/2026"), (False, "Case closed")):
            click(qtbot, child, page, "reviewHold")
            dialog = window.review.care_dialog
            assert not child(dialog, "reviewHoldDialogConfirm", QPushButton).isEnabled()
            child(dialog, "reviewHoldReason", QLineEdit).setText(reason)
            click(qtbot, child, dialog, "reviewHoldDialogConfirm")
            qtbot.waitUntil(lambda: window.review.care_dialog is None, timeout=WITHIN_MS)
            qtbot.waitUntil(lambda held=held: page.state.page.on_hold is held, timeout=WITHIN_MS)
            assert erase.isEnabled() is not held
            assert hold.text() == ("Lift the legal hold…" if held else "Legal hold…")

        click(qtbot, child, page, "reviewErase")
        dialog = window.review.care_dialog
        child(dialog, "reviewEraseBasis", QLineEdit).setText("GDPR Art. 17, request of 3 May")
        assert not child(dialog, "reviewEraseDialogConfirm", QPushButton).isEnabled(), "a click alone erases nothing"
        child(dialog, "reviewEraseTyped", QLineEdit).setText(page.state.page.title)
        click(qtbot, child, dialog, "reviewEraseDialogConfirm")
        qtbot.waitUntil(lambda: page.state.page is not None and page.state.page.erased, timeout=WITHIN_MS)
        assert not erase.isVisible()
        told = lines(child(page, "reviewHistory", QListWidget))
        assert any("erased (session) under: GDPR Art. 17" in line for line in told)
        assert any("set a legal hold: Case 12/2026" in line for line in told)


def lines(widget: QListWidget) -> list[str]:
    return [widget.item(row).text() for row in range(widget.count())]


def children(tree: QTreeWidget):
    for at in range(tree.topLevelItemCount()):
        parent = tree.topLevelItem(at)
        yield from (parent.child(each) for each in range(parent.childCount()))
