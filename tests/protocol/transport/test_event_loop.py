import asyncio
import sys

import pytest

from protocol.transport.event_loop import SWITCH_INTERVAL_S, new_event_loop, shorten_turns


async def _answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_the_loop_is_the_fast_one_where_that_is_installed():
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert isinstance(runner.get_loop(), uvloop.Loop)
        assert runner.run(_answer()) == 42


def test_without_it_pythons_own_does(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert type(runner.get_loop()).__module__.startswith("asyncio.")
        assert runner.run(_answer()) == 42


def test_a_program_can_let_its_network_thread_in_sooner():
    before = sys.getswitchinterval()
    try:
        shorten_turns()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
        assert before > SWITCH_INTERVAL_S
    finally:
        sys.setswitchinterval(before)
