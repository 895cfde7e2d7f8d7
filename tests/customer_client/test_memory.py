"""An error that is dealt with keeps nothing alive. Python's search for circles is off, as if it came minutes later."""

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from Xlib.error import XError

from customer_client.capture.source import Picture
from customer_client.capture.x11_display import open_x_display
from customer_client.memory import forget_callers
from demo.virtual_display import virtual_display


@pytest.fixture(autouse=True)
def _no_search_for_circles() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _works_on_a_picture_meanwhile(ask: Callable[[], object]) -> "weakref.ref[Picture]":
    picture = Picture(1, 1, 4, bytes(4))
    ask()
    return weakref.ref(picture)


def test_what_a_caller_of_a_failing_request_worked_on_is_let_go() -> None:
    with virtual_display(320, 240) as name:
        display = open_x_display(name)

        def ask_for_a_window_that_has_gone() -> None:
            try:
                display.create_resource_object("window", 1).get_geometry()
            except XError as gone:
                forget_callers(gone)

        assert _works_on_a_picture_meanwhile(ask_for_a_window_that_has_gone)() is None
        display.close()


def test_an_error_that_came_of_another_lets_go_of_what_both_kept() -> None:
    def fail() -> None:
        try:
            raise PermissionError
        except PermissionError as first:
            kept = ValueError("as psutil keeps it")
            raise kept from first

    def ask() -> None:
        try:
            fail()
        except ValueError as error:
            forget_callers(error)

    assert _works_on_a_picture_meanwhile(ask)() is None
