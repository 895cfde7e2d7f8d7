"""A second technician on the customer's screen: the question by verified name, and everybody on the bar."""

from dataclasses import replace

from customer_stage import Stage, bar, question

from customer_client.session.state import Answer, Colleague, CustomerViewState, Page, PersonHere
from customer_client.ui.colleague_words import person_words, words_for
from protocol.messages.consent import Capability

SEE, CONTROL = Capability.SEE, Capability.CONTROL
ANNA = PersonHere("a" * 32, "Anna Weber", "Example IT Services Ltd", frozenset({SEE}), in_charge=True)
MARIA = PersonHere("b" * 32, "Maria Berg", "Example IT Services Ltd", frozenset({SEE, CONTROL}), in_charge=False)


def joining(*, helps: bool) -> CustomerViewState:
    asked = question(technician="Maria Berg", reason="", colleague=Colleague("Anna Weber", helps))
    return CustomerViewState(Page.SESSION, question=asked, bar=bar())


def together(*people: PersonHere) -> CustomerViewState:
    return CustomerViewState(Page.SESSION, bar=bar(SEE, people=people))


def test_the_question_names_who_would_join_who_invited_them_and_what_they_could_do(stage: Stage) -> None:
    stage.show(joining(helps=False))
    words = stage.words()
    for said in ("May Maria Berg join as well?", "Invited by", "Anna Weber", "They can NOT use your mouse"):
        assert said in words
    assert "Verified by Example IT Services Ltd" in words
    stage.show(joining(helps=True))


def test_yes_lets_them_join_and_escape_does_not(stage: Stage) -> None:
    stage.show(joining(helps=True))
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({SEE})))


def test_no_is_the_first_focus(stage: Stage) -> None:
    stage.show(joining(helps=True))
    stage.until(lambda: stage.focused() == "deny", "the safe answer has the keyboard")
    stage.key("Escape")
    stage.called("answer", 7, Answer())


def test_everybody_is_on_the_bar_and_can_be_sent_away(stage: Stage) -> None:
    stage.show(together(ANNA, MARIA))
    words = stage.words()
    assert "Anna Weber, Example IT Services Ltd: sees your screen" in words
    assert "Maria Berg, Example IT Services Ltd: uses mouse and keyboard" in words
    stage.click("remove_2")
    stage.called("remove", MARIA.session)


def test_who_is_interrupted_is_not_said_to_see_or_do_anything() -> None:
    assert person_words(replace(MARIA, unheard=True)).endswith(": interrupted, sees nothing new")


def test_the_list_goes_when_one_is_alone_again(stage: Stage) -> None:
    stage.show(together(ANNA, MARIA))
    stage.show(together())
    assert "Maria Berg" not in stage.words()


def test_names_cannot_break_the_lines_they_stand_in() -> None:
    spoofed = PersonHere("c" * 32, "Maria\nBerg‮" + "x" * 99, "Org\tName", frozenset(), in_charge=False)
    assert "\n" not in person_words(spoofed)
    assert "‮" not in words_for(spoofed.name, Colleague("Anna", helps=False)).question
