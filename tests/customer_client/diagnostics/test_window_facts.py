"""The window at a place of a real X display, without what names somebody."""

import os

import pytest
from Xlib import X
from Xlib.display import Display as XDisplay

from customer_client.diagnostics.redaction import Redactor
from customer_client.diagnostics.seeds import Seeds
from customer_client.diagnostics.window_facts import WindowFacts, window_at
from demo.virtual_display import virtual_display

NOBODY = Redactor(Seeds(users=frozenset({"jdoe"}), hosts=frozenset({"pc-0815"})))


@pytest.fixture(scope="module")
def screen():
    with virtual_display(400, 300) as name:
        yield name


@pytest.fixture
def window(screen):
    display = XDisplay(screen)
    root = display.screen().root
    made = root.create_window(100, 100, 200, 100, 0, display.screen().root_depth, override_redirect=True)
    made.change_property(
        display.intern_atom("_NET_WM_NAME"),
        display.intern_atom("UTF8_STRING"),
        8,
        "Fehler: jdoe@example.org – Öffnen".encode(),
    )
    made.change_property(display.intern_atom("_NET_WM_PID"), X.NONE + 6, 32, [os.getpid()])
    made.map()
    display.sync()
    yield made
    display.close()


def test_title_and_program_are_told_and_names_are_not(window, screen):
    facts = window_at(150, 150, display_name=screen, redactor=NOBODY)
    assert "Fehler" in facts.title
    assert "Öffnen" in facts.title
    assert "jdoe" not in facts.title
    assert "python" in facts.program


def test_the_bare_desktop_is_no_window(window, screen):
    assert window_at(10, 10, display_name=screen, redactor=NOBODY) == WindowFacts()
