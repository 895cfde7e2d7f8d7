"""What the technician sees in full screen is the customer's screen, to the last pixel."""

import time
from pathlib import Path

from PIL import Image, ImageChops
from Xlib.display import Display

from demo.hands import Hands
from demo.session import Stage, first_picture, join, open_ticket, sign_in, start_relay, start_session
from demo.virtual_display import virtual_desktop

AT_REST_WITHIN_S = 15.0


def hide_pointer(display_name: str) -> Display:
    """Give the desktop an empty pointer and put the pointer there; the connection keeps it so."""
    display = Display(display_name)
    root = display.screen().root
    nothing = root.create_pixmap(1, 1, 1)
    colourless = nothing.create_gc(foreground=0)
    nothing.fill_rectangle(colourless, 0, 0, 1, 1)
    root.change_attributes(cursor=nothing.create_cursor(nothing, (0, 0, 0), (0, 0, 0), 0, 0))
    root.warp_pointer(1900, 1000)
    display.sync()
    return display


def differing_pixels(stage: Stage) -> int:
    """Return how many pixels differ between the two displays now."""
    pictures = []
    for name, hands in (("technician", stage.technician_hands), ("customer", stage.customer_hands)):
        path = stage.folder / f"exact_{name}.png"
        hands.take_picture(path)
        with Image.open(path) as shown:
            pictures.append(shown.convert("RGB"))
    difference = ImageChops.difference(*pictures).convert("L").point(lambda value: 255 if value else 0)
    return difference.histogram()[255]


def test_the_full_screen_view_is_the_customers_screen_to_the_last_pixel(tmp_path: Path) -> None:
    with virtual_desktop() as technician_display, virtual_desktop() as customer_display:
        stage = Stage(tmp_path, Hands(technician_display), Hands(customer_display))
        try:
            _, url, organisation = start_relay(stage)
            technician = sign_in(stage, url, "--fullscreen")
            open_ticket(stage, technician)
            stage.start("notes", ["demo.notes"], display=customer_display)
            customer = join(stage, technician, url, organisation, start_session(stage, technician))
            first_picture(stage, technician, customer)
            hidden = [hide_pointer(customer_display), hide_pointer(technician_display)]
            # The bar's clock moves once a second, so two pictures may fall on either side of a tick.
            deadline = time.monotonic() + AT_REST_WITHIN_S
            while (differing := differing_pixels(stage)) and time.monotonic() < deadline:
                continue
            assert differing == 0
            for display in hidden:
                display.close()
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()
