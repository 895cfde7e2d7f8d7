"""Talking from the bar: the microphone follows the button, and the bar says when it is open."""

import subprocess

import pytest
from customer_stage import Stage, bar, xdotool

from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.voice_controls import meter_share, microphone_words
from protocol.errors import LocalError
from protocol.messages.consent import Capability
from protocol.transport.voice.status import VoiceStatus

READY = VoiceStatus(on=True, microphones=("Headset", "Webcam"), speakers=("Headset",))
TALKING = VoiceStatus(on=True, talking=True, level_db=-20)


def talk_page(voice: VoiceStatus | None = READY) -> CustomerViewState:
    return CustomerViewState(Page.SESSION, bar=bar(Capability.SEE, Capability.VOICE, voice=voice))


def press(stage: Stage, name: str) -> None:
    widget = stage.find(name)
    xdotool(
        "mousemove", widget.winfo_rootx() + widget.winfo_width() // 2, widget.winfo_rooty() + widget.winfo_height() // 2
    )
    stage.settle()
    stage._device.button(1, True)
    stage._display.sync()


def let_go(stage: Stage) -> None:
    stage._device.button(1, False)
    stage._display.sync()


def space(stage: Stage, *downs: bool) -> None:
    keycode = stage._keycode("space")
    for down in downs:
        stage._device.key(keycode, down)
    stage._display.sync()


def calls(stage: Stage, *wanted: object) -> None:
    stage.until(lambda: len(stage.intents.calls) >= len(wanted), f"{wanted}")
    assert stage.intents.calls == list(wanted)


def test_the_microphone_is_open_while_the_button_is_held(stage: Stage) -> None:
    stage.show(talk_page())
    press(stage, "talk")
    calls(stage, ("talk", True))
    let_go(stage)
    calls(stage, ("talk", True), ("talk", False))


def test_the_space_bar_talks_while_it_is_held_however_often_it_repeats(stage: Stage) -> None:
    stage.show(talk_page())
    stage.find("talk").focus_force()
    stage.settle()
    subprocess.run(["xset", "r", "rate", "100", "50"], check=False)
    space(stage, True)
    calls(stage, ("talk", True))
    for _ in range(4):  # what a repeating key looks like: let go and pressed at once
        space(stage, False, True)
        stage.settle()
    assert stage.intents.calls == [("talk", True)]
    space(stage, False)
    calls(stage, ("talk", True), ("talk", False))


def test_it_can_be_kept_open_and_closed_again(stage: Stage) -> None:
    stage.show(talk_page())
    stage.click("keep_open")
    calls(stage, ("talk", True))
    assert stage.text_of("keep_open") == "Close microphone"
    stage.click("keep_open")
    calls(stage, ("talk", True), ("talk", False))
    assert stage.text_of("keep_open") == "Keep open"


def test_taking_voice_away_lets_go_of_the_button(stage: Stage) -> None:
    stage.show(talk_page())
    stage.click("keep_open")
    calls(stage, ("talk", True))
    stage.show(talk_page(None))
    calls(stage, ("talk", True), ("talk", False))
    with pytest.raises(LocalError):
        stage.find("talk")


def test_a_microphone_that_is_gone_is_not_claimed_to_be_kept_open(stage: Stage) -> None:
    stage.show(talk_page())
    stage.click("keep_open")
    calls(stage, ("talk", True))
    stage.show(talk_page(TALKING))
    gone = VoiceStatus(on=True, problem="The microphone does not work any more.")
    stage.show(talk_page(gone))
    assert stage.text_of("keep_open") == "Keep open"
    assert stage.text_of("voice_problem") == "The microphone does not work any more."


def test_the_bar_says_who_can_be_heard(stage: Stage) -> None:
    assert microphone_words(READY) == "Your microphone is off"
    assert microphone_words(TALKING) == "Your microphone is ON"
    assert microphone_words(VoiceStatus(on=True, heard_db=-30)) == "They are talking"
    stage.show(talk_page(TALKING))
    label = stage.find("microphone_state")
    assert str(label.cget("background")) == stage.window._themes.palette.danger


def test_the_meter_runs_from_silence_to_the_loudest() -> None:
    assert (meter_share(-96), meter_share(-60), meter_share(-30), meter_share(0)) == (0, 0, 0.5, 1)


def test_without_voice_there_are_no_voice_controls(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar(Capability.SEE)))
    with pytest.raises(LocalError):
        stage.find("talk")
