"""Technician app tests: Qt runs offscreen, and a Qt warning fails the test that caused it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            # the offscreen platform says this whenever a window with a minimum size is shown
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@pytest.fixture
def network(qtbot):
    from technician_app.bridge.network_thread import NetworkThread

    thread = NetworkThread()
    thread.start()
    yield thread
    thread.stop()


@pytest.fixture
def child(qtbot) -> Callable:
    """Find a widget of `root` by its object name: what the demo and screen readers rely on."""
    from PySide6.QtWidgets import QWidget

    def find(root: QWidget, name: str, kind: type = QWidget):
        found = root.findChild(kind, name)
        assert found is not None, f"no {name} in {root.objectName()}"
        return found

    return find
