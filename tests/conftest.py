"""For every test: an unexpected ERROR log line is a failure, whatever it left open is too, and speed never is."""

import gc
import logging
import os
import sys
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

LONG = {"end_to_end", "properties"}
"""Folders whose files begin first when several processes share the tests: no process is left with a long one."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "allow_error_logs: this test causes ERROR log lines on purpose")
    config.addinivalue_line("markers", "long: left out where time is short (LONG=0, as .ci/run says)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("LONG") == "0":
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="long: make test without LONG=0 runs it"))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))


def pytest_collection_finish() -> None:
    """What was imported stays for good: looking through it after each test would take longer than the tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collect what a test left behind, so that something left open fails that test and not whichever comes later.

    A test that has failed already is told enough, and its leavings hang on its traceback.
    """
    with warnings.catch_warnings():
        if hasattr(sys, "last_value"):
            warnings.simplefilter("ignore", ResourceWarning)
            del sys.last_type, sys.last_value, sys.last_traceback
        gc.collect()


@pytest.fixture(autouse=True)
def _no_unexpected_error_logs(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("allow_error_logs"):
        return
    records = [record for phase in ("setup", "call", "teardown") for record in caplog.get_records(phase)]
    errors = [f"{record.name}: {record.getMessage()}" for record in records if record.levelno >= logging.ERROR]
    if errors:
        pytest.fail("unexpected ERROR log lines:\n" + "\n".join(errors), pytrace=False)
