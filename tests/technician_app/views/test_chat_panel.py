"""Chat and clipboard in the technician's window: plain words, marks, replies, links and previews."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton

from protocol.chat import ChatLine, Mark
from protocol.consent import Standing
from protocol.messages.consent import Capability
from technician_app.controllers.session_state import ChatShown, ClipboardShown, Permission, Phase, SessionViewState
from technician_app.views.session_window import SessionWindow

LIVE = SessionViewState(Phase.LIVE, "ab" * 16, "DS-2026-000001", "Printer", "", "", chat=ChatShown())
MAY_SEND = replace(LIVE, permissions={Capability.CLIPBOARD_TO_CUSTOMER: Permission(Standing.GRANTED)})
HOSTILE = "\u202e<img src=x> \x1b[0m https://\u0430pple.com/x and https://bank@evil.example/"


class Exchange:
    def __init__(self):
        self.done = []

    def __getattr__(self, name):
        return lambda *arguments: self.done.append((name, *arguments))


class Intents:
    def __init__(self):
        self.exchange, self.asked = Exchange(), []

    def ask_for(self, capabilities):
        self.asked.append(capabilities)

    def __getattr__(self, name):
        return lambda *arguments: None


@pytest.fixture
def intents():
    return Intents()


@pytest.fixture
def window(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, LIVE, replies=("One moment please.", "Tom & Jerry"))
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def line(text, *, mine=False, number=1, mark=Mark.DELIVERED):
    return ChatLine(mine, number, text, 1_700_000_000_000, mark)


def with_chat(*lines, **changes):
    return replace(LIVE, chat=replace(ChatShown(lines, sum(not each.mine for each in lines)), **changes))


def open_chat(window, child):
    child(window, "chatButton", QPushButton).click()


def test_enter_sends_what_was_written(qtbot, window, child, intents):
    open_chat(window, child)
    entry = child(window, "chatEntry", QPlainTextEdit)
    qtbot.keyClicks(entry, "hello")
    qtbot.keyClick(entry, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(entry, "there")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert intents.exchange.done == [("write_chat", "hello\nthere")]
    assert entry.toPlainText() == ""


def test_the_button_counts_what_is_unread_and_reading_is_said_once_it_is_open(qtbot, window, child, intents):
    window.render(with_chat(line("one"), line("two", number=2)))
    button = child(window, "chatButton", QPushButton)
    assert button.text() == "Chat (2)"
    assert intents.exchange.done == []
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    button.click()
    assert ("read_chat",) in intents.exchange.done


def test_marks_have_words_in_their_tool_tips(window, child):
    open_chat(window, child)
    for mark, symbol, tip in ((Mark.SENT, "…", "way"), (Mark.DELIVERED, "✓", "Delivered"), (Mark.SEEN, "✓✓", "Seen")):
        window.render(with_chat(line("x", mine=True, mark=mark)))
        shown = child(window, "chatMark", QLabel)
        assert shown.text() == symbol
        assert tip in shown.toolTip()


def test_hostile_words_are_plain_text_with_everything_hidden_made_visible(window, child):
    open_chat(window, child)
    window.render(with_chat(line(HOSTILE)))
    shown = child(window, "chatText", QLabel)
    assert shown.textFormat() is Qt.TextFormat.PlainText
    assert shown.text().startswith("⟨U+202E⟩<img src=x> ␛[0m https://")


def test_an_address_is_named_by_its_real_host_and_asked_about_first(window, child):
    open_chat(window, child)
    window.render(with_chat(line(HOSTILE)))
    links = window.findChildren(QPushButton, "chatLink")
    assert [link.text() for link in links] == ["Open xn--pple-43d.com…"]
    links[0].click()
    box = window.exchange.chat.link_question
    assert "xn--pple-43d.com" in box.text()
    assert box.informativeText() == "https://xn--pple-43d.com/x"
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert box.defaultButton().text() == "Do not open"
    box.reject()


def test_a_reply_is_inserted_not_sent_and_the_list_can_be_changed(qtbot, window, child, intents):
    open_chat(window, child)
    menu = window.exchange.chat.replies
    assert [action.text() for action in menu.actions()[:2]] == ["&1  One moment please.", "&2  Tom && Jerry"]
    menu.actions()[0].trigger()
    assert child(window, "chatEntry", QPlainTextEdit).toPlainText() == "One moment please."
    assert intents.exchange.done == []
    child(window, "editReplies", type(menu.actions()[-1])).trigger()
    dialog = window.exchange.chat.replies_dialog
    dialog.findChild(QPlainTextEdit, "repliesText").setPlainText("One\n\n  Two\u202e \n")
    with qtbot.waitSignal(window.exchange.replies_changed) as changed:
        dialog.findChild(QPushButton, "repliesSave").click()
    assert changed.args == [("One", "Two")]
    assert menu.replies == ("One", "Two")


def test_the_conversation_goes_to_the_ticket_by_a_button_in_a_live_session_only(window, child, intents):
    open_chat(window, child)
    attach = child(window, "chatAttach", QPushButton)
    assert not attach.isEnabled()
    window.render(with_chat(line("hello")))
    attach.click()
    assert intents.exchange.done[-1] == ("attach_chat",)
    window.render(replace(with_chat(line("hello")), phase=Phase.WAITING_FOR_CONSENT))
    assert not attach.isEnabled()


@pytest.fixture
def chat_while_waiting(qtbot, intents, child):
    waiting = replace(LIVE, phase=Phase.WAITING_FOR_CONSENT, chat=None)
    shown = SessionWindow(intents, lambda: None, waiting)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    assert not child(shown, "chatButton").isVisible()
    shown.render(replace(waiting, chat=ChatShown()))
    return shown


def test_the_chat_opens_by_itself_while_the_customer_decides(chat_while_waiting, child):
    assert child(chat_while_waiting, "chatPanel").isVisible()


def test_a_chat_nobody_used_gives_way_to_the_picture(chat_while_waiting, child):
    chat_while_waiting.render(replace(LIVE, chat=ChatShown()))
    assert not child(chat_while_waiting, "chatPanel").isVisible()


def test_a_chat_somebody_used_stays_beside_the_picture(chat_while_waiting, child):
    chat_while_waiting.render(with_chat(line("What will you see?")))
    assert child(chat_while_waiting, "chatPanel").isVisible()


def test_without_a_grant_the_customer_is_asked_and_nothing_is_sent(window, child, intents):
    QGuiApplication.clipboard().setText("secret")
    child(window, "clipboardButton", QPushButton).click()
    assert intents.asked == [(Capability.CLIPBOARD_TO_CUSTOMER,)]
    assert intents.exchange.done == []


def test_one_line_is_sent_at_once_and_several_are_shown_first(window, child, intents):
    window.render(MAY_SEND)
    button = child(window, "clipboardButton", QPushButton)
    QGuiApplication.clipboard().setText("ipconfig\u202e\n")
    button.click()
    assert intents.exchange.done == [("send_clipboard", "ipconfig")]
    QGuiApplication.clipboard().setText("one\ntwo\n")
    button.click()
    assert len(intents.exchange.done) == 1
    preview = window.exchange.clipboard.preview
    assert preview.findChild(QPlainTextEdit).toPlainText() == "one\ntwo"
    preview.findChild(QPushButton, "clipboardSend").click()
    assert intents.exchange.done[1:] == [("send_clipboard", "one\ntwo")]


@pytest.mark.parametrize(
    "secret",
    ["x-kde-passwordManagerHint", 'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"'],
)
def test_what_a_password_manager_owns_is_not_sent(window, child, intents, secret):
    window.render(MAY_SEND)
    data = QMimeData()
    data.setText("hunter2")
    data.setData(secret, b"secret")
    QGuiApplication.clipboard().setMimeData(data)
    child(window, "clipboardButton", QPushButton).click()
    assert intents.exchange.done == []
    assert "password manager" in child(window, "clipboardNotice", QLabel).text()


def test_what_comes_is_put_on_the_clipboard_once_and_said(window, child):
    came = replace(LIVE, clipboard=ClipboardShown(1, "error 5\nline two", came=True))
    window.render(came)
    assert QGuiApplication.clipboard().text() == "error 5\nline two"
    notice = child(window, "clipboardNotice", QLabel)
    assert notice.isVisible()
    assert notice.text() == "From the customer, now on your clipboard: “error 5 line two” (16 characters)"
    QGuiApplication.clipboard().setText("copied later")
    window.render(came)
    assert QGuiApplication.clipboard().text() == "copied later"
