"""A program whose parts are missing says so at once, instead of standing there as if it were starting."""

import queue
import sys

import pytest

from customer_client.network_thread import NetworkThread
from customer_client.session.state import CustomerViewState, Page
from customer_client.trust import Trust


@pytest.mark.allow_error_logs
def test_a_program_that_is_not_whole_says_so_and_what_to_do(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "customer_client.session.customer_session", None)
    shown: queue.SimpleQueue[CustomerViewState] = queue.SimpleQueue()
    network = NetworkThread(Trust("http://127.0.0.1:9", bytes(32)), tmp_path)
    network.attach(publish=shown.put, close_window=lambda: None)
    network.start("K7QF2MXPPBW5")
    try:
        assert shown.get(timeout=20).page is Page.CONTACT
        network.protection.contacted(True)
        pages = [shown.get(timeout=20) for _ in range(2)]
        assert [state.page for state in pages] == [Page.CONNECTING, Page.PROBLEM]
        assert "does not work on this computer" in pages[1].text
        assert "download it again" in pages[1].next_step
    finally:
        network.stop()
        network.join()
        network._loops.loop.close()  # the program leaves that to the end of its process
