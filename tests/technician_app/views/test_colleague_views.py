"""Inviting a colleague, handing over and being invited, in the technician's windows."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QPushButton, QRadioButton

from protocol.messages.colleague import ColleaguePurpose
from protocol.messages.colleague_api import ColleagueInvitation
from technician_app.controllers.colleagues_invitations import InvitationsViewState
from technician_app.controllers.colleagues_state import (
    Candidate,
    ColleagueShown,
    ColleaguesShown,
    ColleagueStanding,
)
from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.colleague_banner import ColleagueBanner
from technician_app.views.session_window import SessionWindow

CANDIDATES = (Candidate("s1", "t1", "Maria Berg"), Candidate("s2", "t2", "Noor Haddad"))
HERE = ColleagueShown(4, "Maria Berg", ColleaguePurpose.VIEW, ColleagueStanding.HERE, session="b" * 32)
LIVE = SessionViewState(
    phase=Phase.LIVE,
    session="ab" * 16,
    ticket="DS-2026-000001",
    subject="Printer",
    link="",
    route="",
    colleagues=ColleaguesShown(candidates=CANDIDATES),
)


class Recorder:
    """Keeps what the technician did; whatever is asked for by name is there."""

    def __init__(self, done=None, prefix=""):
        self.done = [] if done is None else done
        self._prefix = prefix

    def __getattr__(self, name):
        if name in ("colleagues", "exchange", "screen", "files"):
            return Recorder(self.done, f"{self._prefix}{name}.")
        return lambda *arguments: self.done.append((f"{self._prefix}{name}", *arguments))


@pytest.fixture
def intents():
    return Recorder()


@pytest.fixture
def window(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, LIVE)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


def press(qtbot, child, root, name):
    button = child(root, name, QPushButton)
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def dialog(window, qtbot, child):
    press(qtbot, child, window, "colleaguesButton")
    return window.colleagues.dialog


def test_a_colleague_is_found_by_typing_and_invited_for_a_purpose(dialog, intents, qtbot, child):
    assert ("colleagues.look",) in intents.done
    qtbot.keyClicks(child(dialog, "colleagueSearch", QLineEdit), "noor")
    assert child(dialog, "colleagueList", QListWidget).count() == 1
    child(dialog, "colleagueHelp", QRadioButton).setChecked(True)
    press(qtbot, child, dialog, "colleagueInvite")
    assert intents.done[-1] == ("colleagues.invite", "s2", ColleaguePurpose.HELP)


def test_nobody_can_be_invited_before_somebody_is_chosen(dialog, window, child):
    assert not child(dialog, "colleagueInvite", QPushButton).isEnabled()
    window.render(replace(LIVE, colleagues=ColleaguesShown()))
    assert "Nobody else has a certified device" in child(dialog, "colleagueNobody", QLabel).text()


def test_who_is_here_can_be_handed_the_session(dialog, window, intents, qtbot, child):
    window.render(replace(LIVE, colleagues=replace(LIVE.colleagues, people=(HERE,))))
    assert child(window, "colleaguesButton", QPushButton).text() == "Colleagues (1)"
    press(qtbot, child, dialog, "colleagueHandOver")
    assert intents.done[-1] == ("colleagues.hand_over", HERE.session)


def test_an_invitation_is_withdrawn_as_long_as_nobody_has_come(dialog, window, intents, qtbot, child):
    for standing in (ColleagueStanding.ASKED, ColleagueStanding.WAITING):
        asked = replace(HERE, standing=standing, session="")
        window.render(replace(LIVE, colleagues=replace(LIVE.colleagues, people=(asked,))))
        press(qtbot, child, dialog, "colleagueWithdraw")
        assert intents.done[-1] == ("colleagues.withdraw", HERE.number)
        withdrawing = replace(asked, standing=ColleagueStanding.WITHDRAWING)
        window.render(replace(LIVE, colleagues=replace(LIVE.colleagues, people=(withdrawing,))))
        qtbot.waitUntil(lambda: dialog.findChild(QPushButton, "colleagueWithdraw") is None)


def test_who_did_not_come_is_said_with_the_reason_and_cannot_be_handed_anything(dialog, window):
    gone = replace(HERE, standing=ColleagueStanding.GONE, said="They have left.")
    window.render(replace(LIVE, colleagues=replace(LIVE.colleagues, people=(gone,))))
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "They have left." in texts
    assert dialog.findChild(QPushButton, "colleagueHandOver") is None


def test_the_dialog_goes_with_the_session(dialog, window):
    window.render(replace(LIVE, phase=Phase.ENDED))
    assert window.colleagues.dialog is None


def test_who_only_joined_leaves_and_has_fewer_tools(window, child):
    joined = ColleaguesShown(in_charge=False, joined=True)
    window.render(replace(LIVE, colleagues=joined))
    assert child(window, "endSessionButton", QPushButton).text() == "Leave session"
    for name in ("colleaguesButton", "filesButton", "clipboardButton", "diagnosticsButton"):
        assert not child(window, name, QPushButton).isVisible(), name
    window.render(replace(LIVE, colleagues=replace(joined, in_charge=True)))
    assert child(window, "endSessionButton", QPushButton).text() == "End session"
    assert child(window, "colleaguesButton", QPushButton).isVisible()


def invitation(session: str, **changes) -> ColleagueInvitation:
    fields = {
        "session": session,
        "joins": "a" * 32,
        "ticket": "DS-2026-000123",
        "subject": "Printer is on fire",
        "technician": "Tess Turner",
        "purpose": ColleaguePurpose.HELP,
        "invitation": b"",
        "expires_at": "",
    }
    return ColleagueInvitation(**(fields | changes))


def test_an_invitation_is_offered_above_the_tickets(qtbot, child):
    banner = ColleagueBanner()
    qtbot.addWidget(banner)
    banner.render_invitations(InvitationsViewState((invitation("b" * 32), invitation("c" * 32))))
    text = child(banner, "colleagueBannerText", QLabel).text()
    assert "Tess Turner invites you to help in a session on DS-2026-000123, Printer is on fire." in text
    assert "(1 more)" in text
    with qtbot.waitSignal(banner.join_wanted) as joined:
        press(qtbot, child, banner, "colleagueJoin")
    assert joined.args == ["b" * 32]
    with qtbot.waitSignal(banner.dismissed):
        press(qtbot, child, banner, "colleagueDismiss")
    banner.render_invitations(InvitationsViewState())
    assert banner.isHidden()
