import asyncio
import threading

import pytest

from protocol.errors import EnvironmentFault
from technician_app.bridge.session_bridge import SessionBridge
from technician_app.controllers.session_state import Frame, Phase, SessionViewState

STATE = SessionViewState(Phase.WAITING_FOR_CUSTOMER, "ab" * 16, "DS-2026-000001", "Printer", "https://x/j/K", "K")


class Session:
    """A session that notes every intent with the thread it came on, and ends when it is told to."""

    def __init__(self, publish, frame_arrived):
        self.publish, self.frame_arrived = publish, frame_arrived
        self.done, self.ended = [], asyncio.Event()

    def __getattr__(self, name):
        return lambda *arguments: self.done.append((name, arguments, threading.current_thread().name))

    def end(self, note):
        self.done.append(("end", (note,), threading.current_thread().name))
        self.ended.set()

    async def run(self):
        self.publish(STATE)
        self.frame_arrived(Frame(1, 1, 4, bytes(4)))
        await self.ended.wait()


def _started(network):
    made = []

    def make(publish, frame_arrived):
        made.append(Session(publish, frame_arrived))
        return made[0]

    return SessionBridge(network, make), made


def test_states_and_frames_come_over_and_intents_go_back_in_order(qtbot, network):
    bridge, made = _started(network)
    states = []
    bridge.state_changed.connect(states.append)
    with qtbot.waitSignals([bridge.state_changed, bridge.frames.arrived]):
        bridge.start()
    assert states == [STATE]
    bridge.enter_pin("493027156")
    bridge.request_control()
    bridge.send_pointer(1, 2)
    bridge.release_control()
    bridge.request_diagnostics()
    bridge.export_record("/x")
    with qtbot.waitSignal(bridge.finished):
        bridge.end("note")
    assert [(name, arguments) for name, arguments, _thread in made[0].done] == [
        ("enter_pin", ("493027156",)),
        ("request_control", ()),
        ("send_pointer", (1, 2)),
        ("release_control", ()),
        ("request_diagnostics", ()),
        ("export_record", ("/x",)),
        ("end", ("note",)),
    ]
    assert {thread for _name, _arguments, thread in made[0].done} == {"deskside-network"}
    assert not bridge.running


def test_a_session_that_cannot_be_built_is_said(qtbot, network):
    def make(_publish, _frame_arrived):
        raise EnvironmentFault(code="display_missing")

    bridge = SessionBridge(network, make)
    with qtbot.waitSignals([bridge.failed, bridge.finished]):
        bridge.start()
    assert not bridge.running


@pytest.mark.allow_error_logs
def test_an_intent_that_fails_is_shown(qtbot, network):
    bridge, made = _started(network)
    with qtbot.waitSignal(bridge.state_changed):
        bridge.start()
    made[0].request_control = lambda: 1 / 0
    with qtbot.waitSignal(network.failed) as blocker:
        bridge.request_control()
    assert isinstance(blocker.args[0], ZeroDivisionError)
    with qtbot.waitSignal(bridge.finished):
        bridge.end("")
