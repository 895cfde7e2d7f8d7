"""For every test: an unexpected ERROR log line is a failure, whatever it left open is too, and speed never is."""

import gc
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

for _variable in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
    # On whatever desktop the tests run: each has displays of its own, X11 unless it brings a Wayland one.
    os.environ.pop(_variable, None)

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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Collect what a test left behind, so that something left open fails that test and not whichever comes later.

    pytest looks at what finalizers could not raise at the end of its own teardown, and tells what comes after that of
    the next test: log records, values of fixtures, whatever needs the garbage collector. So this is the outermost of
    all teardowns and looks for itself. A test that has failed already is told enough, and its leavings hang on its
    traceback.
    """
    failed, leavings = hasattr(sys, "last_value"), list[str]()
    before, sys.unraisablehook = sys.unraisablehook, partial(_note_unraisable, leavings)
    try:
        yield
    except BaseException:
        failed = True
        raise
    finally:
        try:
            _let_go(item, quietly=failed)
            if nextitem is None or nextitem.path != item.path:
                gc.freeze()  # what outlives the fixtures of its file stays for good, too
        finally:
            sys.unraisablehook = before
    if leavings and not failed:
        pytest.fail("left behind by this test:\n\n" + "\n\n".join(leavings), pytrace=False)


def pytest_sessionfinish() -> None:
    """At the very end everything is looked through once more, by pytest itself."""
    gc.unfreeze()


def _note_unraisable(leavings: list[str], hooked: "sys.UnraisableHookArgs") -> None:
    # Only text is kept: the object would live again.
    lines = traceback.format_exception(hooked.exc_type, hooked.exc_value, hooked.exc_traceback)
    leavings.append(f"{hooked.err_msg or 'Exception ignored in'}: {hooked.object!r}\n{''.join(lines)}".rstrip())


def _let_go(item: pytest.Item, *, quietly: bool) -> None:
    """Let go of what belongs to a test that is over and collect garbage; `quietly`: whatever was left open."""
    with warnings.catch_warnings():
        if quietly:
            warnings.simplefilter("ignore", ResourceWarning)
            for name in ("last_type", "last_value", "last_traceback"):
                vars(sys).pop(name, None)
        if isinstance(item, pytest.Function):
            item.funcargs.clear()  # pytest lets them go when all teardowns are over
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
