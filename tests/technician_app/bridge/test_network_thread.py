import asyncio
import logging
import threading

import pytest

from protocol.errors import EnvironmentFault, LocalError
from technician_app.bridge.network_thread import NetworkThread


async def _fail():
    raise EnvironmentFault(code="relay_unreachable")


async def _where():
    return threading.current_thread()


def test_a_coroutine_runs_on_the_network_thread_and_its_result_arrives_on_the_gui_thread(qtbot, network):
    got = []
    network.submit(_where(), on_result=lambda ran: got.append((ran, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(got))
    ran, called_back = got[0]
    assert ran.name == "deskside-network"
    assert called_back is threading.main_thread()


@pytest.mark.allow_error_logs
def test_an_exception_without_a_handler_is_logged_and_shown(qtbot, network, caplog):
    with qtbot.waitSignal(network.failed) as blocker, caplog.at_level(logging.ERROR):
        network.submit(_fail())
    assert blocker.args[0].code == "relay_unreachable"
    assert "a network task failed" in caplog.text


def test_an_exception_goes_to_its_own_handler_only(qtbot, network):
    shown, handled = [], []
    network.failed.connect(shown.append)
    network.submit(_fail(), on_error=handled.append)
    qtbot.waitUntil(lambda: bool(handled))
    assert handled[0].code == "relay_unreachable"
    assert shown == []


@pytest.mark.allow_error_logs
def test_an_exception_in_a_direct_call_is_shown(qtbot, network):
    def broken():
        raise LocalError(code="broken")

    with qtbot.waitSignal(network.failed) as blocker:
        network.call_soon(broken)
    assert blocker.args[0].code == "broken"


@pytest.mark.allow_error_logs
def test_an_exception_in_a_gui_callback_is_shown_and_later_callbacks_still_run(qtbot, network):
    def broken():
        raise LocalError(code="broken")

    ran = []
    with qtbot.waitSignal(network.failed) as blocker:
        network.post_to_gui(broken)
        network.post_to_gui(lambda: ran.append(True))
    qtbot.waitUntil(lambda: bool(ran))
    assert blocker.args[0].code == "broken"


@pytest.mark.allow_error_logs
def test_an_exception_in_a_loop_callback_is_shown(qtbot, network):
    def schedule():
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)

    with qtbot.waitSignal(network.failed) as blocker:
        network.call_soon(schedule)
    assert isinstance(blocker.args[0], ZeroDivisionError)


def test_calls_arrive_in_the_order_they_were_made(qtbot, network):
    arrived, done = [], threading.Event()
    for number in range(200):
        network.call_soon(arrived.append, number)
    network.call_soon(done.set)
    assert done.wait(5)
    assert arrived == list(range(200))


def test_gui_callbacks_arrive_in_order(qtbot, network):
    arrived = []

    def post_many():
        for number in range(200):
            network.post_to_gui(lambda number=number: arrived.append(number))

    network.call_soon(post_many)
    qtbot.waitUntil(lambda: len(arrived) == 200)
    assert arrived == list(range(200))


def test_stopping_cancels_tasks_before_closers_run_and_ends_the_thread(qtbot):
    thread, story, started = NetworkThread(), [], threading.Event()

    async def work():
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            story.append("task cancelled")

    async def closer():
        story.append("closed")

    thread.before_stop(closer)
    thread.start()
    thread.submit(work())
    assert started.wait(5)
    thread.stop()
    assert story == ["task cancelled", "closed"]
    assert not any(each.name == "deskside-network" for each in threading.enumerate())


def test_a_task_that_is_already_clearing_up_is_not_cancelled_a_second_time_but_waited_for(qtbot):
    thread, story, clearing_up, may_end = NetworkThread(), [], threading.Event(), asyncio.Event()

    async def work():
        asyncio.current_task().cancel()
        try:
            await asyncio.sleep(0)
        finally:
            clearing_up.set()
            await may_end.wait()
            story.append("cleared up")

    async def let_it_end():
        try:
            await asyncio.Event().wait()
        finally:
            asyncio.get_running_loop().call_soon(may_end.set)

    thread.start()
    thread.submit(let_it_end())
    thread.submit(work())
    assert clearing_up.wait(5)
    thread.stop()
    assert story == ["cleared up"]


def test_a_timeout_that_ran_out_just_before_stopping_does_not_save_its_task(qtbot):
    thread, story, stopping = NetworkThread(), [], threading.Event()

    async def work():
        try:
            async with asyncio.timeout(0):
                stopping.set()
                await asyncio.Event().wait()
        except TimeoutError:
            story.append("the timeout is over")
        await asyncio.Event().wait()

    thread.start()
    thread.submit(work())
    assert stopping.wait(5)
    thread.stop()
    assert story in (["the timeout is over"], [])


def test_after_stop_nothing_is_accepted_and_nothing_complains(qtbot):
    thread = NetworkThread()
    thread.start()
    thread.stop()
    thread.submit(_where())
    thread.call_soon(print)
    thread.stop()


def test_a_thread_that_does_not_end_is_reported(qtbot):
    thread, release, started = NetworkThread(), threading.Event(), threading.Event()

    def block():
        started.set()
        release.wait(10)

    thread.start()
    thread.call_soon(block)
    assert started.wait(5)
    with pytest.raises(LocalError) as caught:
        thread.stop(timeout_s=0.05)
    release.set()
    assert caught.value.code == "network_thread_stuck"
