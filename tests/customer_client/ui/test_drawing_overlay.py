"""The technician's drawing on a real display: seen in its pixels, not there for the mouse, gone when it should be."""

import os
from dataclasses import replace

import pytest
from customer_stage import bar, question, xdotool
from Xlib import X
from Xlib.display import Display as XDisplay

from customer_client.capture.source import Display
from customer_client.drawing.drawing import Drawing, DrawnStroke
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from customer_client.session.state import CustomerViewState, Page
from protocol.messages.consent import Capability
from protocol.messages.drawing import StrokeColour, StrokeKind
from protocol.messages.input import Button
from tests.support.x11_window import NotingWindow

WIDTH, HEIGHT = 1280, 720
SESSION = CustomerViewState(Page.SESSION, bar=bar())
EMPTY = Drawing(0, 0, WIDTH, HEIGHT, "Anna Weber")
RED, GREEN, WHITE = 0xE5252A, 0x17A34A, 0xFFFFFF


def stroke(kind: StrokeKind, *points: tuple[int, int], colour: StrokeColour = StrokeColour.RED) -> DrawnStroke:
    return DrawnStroke(kind, colour, points)


BOX = stroke(StrokeKind.BOX, (300, 300), (500, 400))


def drawing(*strokes: DrawnStroke, pointer: tuple[int, int] | None = None) -> CustomerViewState:
    return replace(SESSION, drawing=replace(EMPTY, strokes=strokes, pointer=pointer))


@pytest.fixture
def pixel(screen):
    display = XDisplay(screen)

    def at(x: int, y: int) -> int:
        image = display.screen().root.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFFFF)
        return int.from_bytes(image.data[:3], "little")

    yield at
    display.close()


@pytest.fixture
def program(screen):
    """Somebody else's program that fills the screen below."""
    made = NotingWindow(screen)
    yield made
    made.close()


def test_what_is_drawn_is_on_the_screen_with_a_rim_and_nothing_else_is(stage, pixel):
    stage.show(SESSION)
    before = pixel(400, 350)
    stage.show(drawing(BOX, stroke(StrokeKind.FREEHAND, (600, 500), (700, 500), colour=StrokeColour.GREEN)))
    assert pixel(300, 350) == RED
    assert pixel(650, 500) == GREEN
    assert pixel(650, 504) == WHITE
    assert pixel(400, 350) == before
    assert pixel(650, 520) == before


@pytest.mark.parametrize("kind", StrokeKind)
def test_every_kind_leaves_its_colour_near_its_last_place(stage, pixel, kind):
    places = ((800, 500),) if kind is StrokeKind.RIPPLE else ((700, 450), (800, 500))
    stage.show(drawing(stroke(kind, *places)))
    near = {pixel(x, y) for x in range(770, 831, 2) for y in range(470, 531, 2)}
    assert {RED, WHITE} <= near


def test_the_pointer_comes_with_the_technicians_name_and_moves(stage, pixel):
    stage.show(drawing(pointer=(600, 300)))
    assert RED in {pixel(600 + step, 300 + 2 * step) for step in range(1, 12)}
    assert WHITE in {pixel(x, y) for x in range(630, 720, 1) for y in range(330, 344, 2)}
    before = pixel(200, 600)
    stage.show(drawing(pointer=(1275, 600)))
    assert pixel(602, 308) != RED
    assert RED in {pixel(x, 640) for x in range(1150, 1275)}, "the name is on the other side at the display's edge"
    assert pixel(200, 600) == before


def test_clicks_reach_the_program_below_everything_drawn(stage, program):
    stage.show(drawing(BOX, pointer=(450, 350)))
    for x, y in ((300, 350), (500, 350), (451, 353), (480, 385)):
        xdotool("mousemove", x, y, "click", 1)
        press = program.events(1, X.ButtonPress)[0]
        assert (press.root_x, press.root_y) == (x, y)
    stage.settle()
    assert stage.intents.calls == []


def test_remote_control_clicks_through_it_too(stage, program, screen):
    """Presses into windows of our own are refused: what is drawn is none, as far as a press is concerned."""
    injector = X11Injector(
        lambda: Display("test", 0, 0, WIDTH, HEIGHT, primary=True),
        InjectionLedger(),
        display_name=screen,
        own_process_id=os.getpid(),
    )
    # the test's own window below would be refused as ours: only what is drawn is looked at here
    try:
        stage.show(drawing(BOX))
        program._window.unmap()
        program.display.sync()
        injector.button(Button.PRIMARY, True, round(300 * 65535 / (WIDTH - 1)), round(350 * 65535 / (HEIGHT - 1)))
        assert injector.dropped().own_window == 0
        injector.release_all()
    finally:
        injector.close()


def test_a_question_is_never_drawn_over(stage, pixel):
    stage.show(drawing(BOX))
    assert pixel(300, 350) == RED
    stage.show(replace(drawing(BOX), question=question(Capability.CONTROL)))
    overlays = stage.window._overlay.tops()
    assert {top.state() for top in overlays} == {"withdrawn"}
    stage.show(drawing(BOX))
    assert pixel(300, 350) == RED


def test_it_is_gone_when_nothing_is_drawn_any_more(stage, pixel):
    stage.show(SESSION)
    before = pixel(300, 350)
    stage.show(drawing(BOX, pointer=(300, 350)))
    stage.show(SESSION)
    assert pixel(300, 350) == before
    assert {top.state() for top in stage.window._overlay.tops()} == {"withdrawn"}
