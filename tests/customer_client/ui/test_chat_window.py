"""The customer's chat window and clipboard preview, with the real mouse and keyboard."""

import dataclasses

import pytest
from customer_stage import Stage, bar, question, xdotool

from customer_client.session.state import ChatShown, CustomerViewState, Page, Pasted
from customer_client.ui.chat_text import heading, written
from customer_client.ui.system_clipboard import read_text
from protocol.chat import ChatLine, Mark
from protocol.errors import EnvironmentFault, LocalError
from protocol.messages.consent import Capability
from tests.support.x11_clipboard import owned_clipboard, read_clipboard

HOSTILE = "\u202eevil\u200b <b>bold</b> \x1b[2J https://\u0430pple.com/login?x=1 \N{THUMBS UP SIGN}"


def line(text: str, *, mine: bool = False, number: int = 1, mark: Mark = Mark.DELIVERED) -> ChatLine:
    return ChatLine(mine, number, text, 1_700_000_000_000, mark)


def chat(*lines: ChatLine, **changes: object) -> ChatShown:
    unread = sum(not each.mine for each in lines)
    return dataclasses.replace(ChatShown("Anna Weber", lines, unread, True, shown=True), **changes)  # type: ignore[arg-type]


def session(shown: ChatShown | None, **changes: object) -> CustomerViewState:
    unread = shown.unread if shown is not None else None
    return CustomerViewState(Page.SESSION, bar=bar(unread=unread, **changes), chat=shown)


def texts(stage: Stage) -> str:
    return str(stage.find("chat_texts").get("1.0", "end"))  # type: ignore[attr-defined]


def test_enter_sends_and_shift_enter_begins_a_line(stage: Stage) -> None:
    stage.show(session(chat()))
    stage.click("chat_entry")
    stage.until(lambda: stage.focused() == "chat_entry", "the entry has the keyboard")
    stage.key("h", "i", "shift+Return", "x", "Return")
    stage.until(lambda: ("write_chat", "hi\nx") in stage.intents.calls, "sending")
    assert stage.find("chat_entry").get("1.0", "end-1c") == ""  # type: ignore[attr-defined]


def test_the_bar_counts_what_is_unread_and_opens_the_chat(stage: Stage) -> None:
    stage.show(session(chat(line("one"), line("two", number=2), shown=False)))
    assert stage.text_of("chat") == "Chat (2)"
    stage.click("chat")
    stage.called("open_chat", True)


def test_texts_count_as_read_only_when_they_are_on_the_screen(stage: Stage) -> None:
    stage.show(session(chat(line("hello"), shown=False)))
    assert stage.intents.calls == []
    stage.show(session(chat(line("hello"))))
    stage.until(lambda: ("read_chat",) in stage.intents.calls, "reading")


def test_without_a_chat_there_is_no_button_and_no_window(stage: Stage) -> None:
    stage.show(session(None))
    for name in ("chat", "chat_texts"):
        with pytest.raises(LocalError):
            stage.find(name)


def test_hostile_words_are_shown_with_everything_hidden_made_visible(stage: Stage) -> None:
    stage.show(session(chat(line(HOSTILE))))
    shown = texts(stage)
    assert "<U+202E>evil<U+200B> <b>bold</b> \N{SYMBOL FOR ESCAPE}[2J" in shown
    assert "(thumbs up sign)" in shown
    assert "\u202e" not in shown


def test_an_address_opens_only_after_all_of_it_and_its_host_were_shown(stage: Stage) -> None:
    opened: list[str] = []
    stage.show(session(chat(line("look at https://\u0430pple.com/login?x=1"))))
    window = stage.find("chat_texts").winfo_toplevel()
    window._open_link = opened.append  # type: ignore[attr-defined]
    link = next(child for child in stage.find("chat_texts").winfo_children())
    assert "xn--pple-43d.com" in str(link.cget("text"))
    link.invoke()  # type: ignore[attr-defined]
    stage.settle()
    assert opened == []
    assert stage.text_of("link_url") == "https://xn--pple-43d.com/login?x=1"
    assert stage.text_of("link_host") == "It leads to: xn--pple-43d.com"
    stage.click("link_open")
    stage.until(lambda: opened == ["https://xn--pple-43d.com/login?x=1"], "opening")


def test_closing_the_window_says_so_and_writing_stops_when_it_is_switched_off(stage: Stage) -> None:
    stage.show(session(chat(can_write=False)))
    assert "switched off" in stage.text_of("chat_said")
    stage.click("chat_entry")
    stage.key("x", "Return", "Escape")
    stage.until(lambda: stage.intents.calls == [("open_chat", False)], "closing")


def test_the_customer_can_write_before_deciding_and_the_question_stays(stage: Stage) -> None:
    asked = CustomerViewState(Page.CONSENT, question=question(), relay="r", chat=chat(shown=False))
    stage.show(asked)
    stage.click("write_first")
    stage.called("open_chat", True)
    stage.show(dataclasses.replace(asked, chat=chat(line("hello"))))
    assert "hello" in texts(stage)
    assert stage.find("deny")
    stage.show(dataclasses.replace(asked, question=question(deadline=1200.0), chat=chat(line("hello"))))
    assert "No answer in 3:20 counts as no." in stage.words()


def test_each_pasted_text_is_put_on_the_clipboard_once(stage: Stage) -> None:
    display = stage.root.winfo_screen().split(".")[0]
    text = "zwei\nZeilen \N{EURO SIGN} \N{GRINNING FACE}"
    state = dataclasses.replace(session(None), pasted=Pasted(1, text))
    stage.show(state)
    assert str(stage.root.clipboard_get(type="UTF8_STRING")) == text
    with owned_clipboard(display, "copied later"):
        stage.show(state)
        assert read_clipboard(display) == "copied later"


def test_the_customers_clipboard_is_shown_while_sharing_is_paused_and_sent_on_yes(stage: Stage) -> None:
    display = stage.root.winfo_screen().split(".")[0]
    stage.show(session(None, allowed=frozenset({Capability.SEE, Capability.CLIPBOARD_TO_TECHNICIAN})))
    stage.click("permissions")
    stage.until(lambda: bool(stage.window._bar and stage.window._bar._list.winfo_manager()), "the list")
    with owned_clipboard(display, "error 5\nline two"):
        stage.click("send_clipboard")
        stage.until(lambda: bool(stage.intents.calls), "the preview")
        assert stage.intents.calls == [("pause",)]
        assert stage.find("clipboard_text").get("1.0", "end-1c") == "error 5\nline two"  # type: ignore[attr-defined]
        stage.click("send_clipboard_now")
        stage.until(lambda: len(stage.intents.calls) == 3, "sending and going on")
    assert stage.intents.calls == [("pause",), ("send_clipboard", "error 5\nline two"), ("resume",)]


def test_what_a_password_manager_owns_is_never_read(stage: Stage) -> None:
    display = stage.root.winfo_screen().split(".")[0]
    stage.show(session(None))
    with owned_clipboard(display, "hunter2", secret=True), pytest.raises(EnvironmentFault) as caught:
        read_text(stage.root)
    assert caught.value.code == "clipboard_protected"


def test_escape_keeps_the_clipboard_here(stage: Stage) -> None:
    display = stage.root.winfo_screen().split(".")[0]
    stage.show(session(None, paused=True))
    with owned_clipboard(display, "mine"):
        stage.window._exchange.offer_clipboard()
        stage.settle()
        stage.until(lambda: stage.focused() == "keep_clipboard", "the preview has the keyboard")
        xdotool("key", "Escape")
        stage.until(lambda: not stage.window._exchange._preview.winfo_exists(), "closing")  # type: ignore[union-attr]
    assert stage.intents.calls == []


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (Mark.WAITING, "not sent yet"),
        (Mark.SENT, "on its way"),
        (Mark.DELIVERED, "✓ delivered"),
        (Mark.SEEN, "✓✓ read"),
    ],
)
def test_own_texts_say_how_far_they_came(mark: Mark, words: str) -> None:
    assert heading(line("x", mine=True, mark=mark), "Anna").endswith(words)


def test_emoji_become_words_and_joined_ones_several() -> None:
    assert written("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}\ufe0f ok") == "(woman)(personal computer) ok"
