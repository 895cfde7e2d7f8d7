"""The number to read aloud, the tries left and the pause."""

from customer_stage import EVERY_PAGE, Stage

from customer_client.session.state import CustomerViewState, Page


def test_the_pin_and_how_to_use_it_are_shown(stage: Stage) -> None:
    stage.show(EVERY_PAGE["pin"])
    assert stage.text_of("pin") == "493 027 158"
    assert "Read this number aloud to your technician." in stage.words()
    assert "Nobody at Deskside will ever ask for it in writing." in stage.words()
    assert "tries left" not in stage.words()


def test_after_a_failure_the_tries_left_are_named(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.PIN, pin="493 027 158"))
    stage.show(CustomerViewState(Page.PIN, pin="603 118 244", attempts_left=2))
    assert stage.text_of("pin") == "603 118 244"
    assert "You have 2 tries left." in stage.words()
    stage.show(CustomerViewState(Page.PIN, pin="110 118 249", attempts_left=1))
    assert "This is the last try." in stage.words()


def test_the_pause_counts_down_and_hides_the_pin(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.PIN, pin="493 027 158", pause_until=stage.clock.now + 60))
    assert stage.text_of("pin") == "1:00"
    assert "somebody else may be answering in your technician's place" in stage.words()
    assert "call the organisation at a number you found yourself" in stage.words()
    stage.clock.now += 52.5
    stage.until(lambda: stage.text_of("pin") == "0:08", "countdown")
    assert "493" not in stage.words()


def test_no_number_is_shown_while_there_is_none(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.PIN))
    assert not any(char.isdigit() for char in stage.text_of("pin"))
