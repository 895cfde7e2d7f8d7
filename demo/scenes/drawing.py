"""The technician draws a box around a line on the customer's screen, with nothing granted but seeing and pointing."""

import time
from typing import Any

from demo.programs import DemoFailed, Program
from demo.session import Stage, click, on_picture, take_pictures

INK = (0xE5, 0x25, 0x2A)
"""The red of what the technician draws."""

LEFT, TOP, RIGHT, BOTTOM = -194, -103, 124, -74
"""The corners of the box, in pixels from the place in Notes: around what the printer says."""

NEAR_PX = 8
SEEN_WITHIN_S = 3.0
"""What is drawn fades four seconds after the last stroke."""


def play(stage: Stage, technician: Program, place: dict[str, Any]) -> None:
    """Draw the box, and find its ink in the pixels of the customer's display.

    Raises:
        DemoFailed: nothing was to be seen there.
    """
    click(stage, technician, "boxTool")
    corners = [(place["x"] + x, place["y"] + y) for x, y in ((LEFT, TOP), (RIGHT, BOTTOM))]
    middle = (corners[0][1] + corners[1][1]) // 2
    edges = [(corners[0][0], middle), (corners[1][0], middle)]
    if any(INK in stage.customer_hands.colours_near(*edge, NEAR_PX) for edge in edges):
        raise DemoFailed("the customer's screen has the ink's colour before anything was drawn")
    start, end = (on_picture(technician, *corner) for corner in corners)
    stage.technician_hands.drag(start, end)
    deadline = time.monotonic() + SEEN_WITHIN_S
    seen = False
    while not seen and time.monotonic() < deadline:
        seen = all(INK in stage.customer_hands.colours_near(*edge, NEAR_PX) for edge in edges)
        time.sleep(0.02)
    take_pictures(stage, "drawing")
    stage.report["drawing_seen_by_customer"] = seen
    if not seen:
        raise DemoFailed("the box was not to be seen on the customer's display")
    click(stage, technician, "clearDrawing")
    click(stage, technician, "pointTool")
