"""What the technician sees in full screen is the customer's screen, to the last pixel."""

import time
from pathlib import Path

from PIL import Image, ImageChops

from demo.hands import Hands
from demo.session import Stage, first_picture, join, open_ticket, sign_in, start_relay, start_session
from demo.virtual_display import virtual_desktop

AT_REST_WITHIN_S = 15.0
POINTER_AT = (1880, 1040)
POINTER_BOX = (POINTER_AT[0] - 8, POINTER_AT[1] - 8, POINTER_AT[0] + 32, POINTER_AT[1] + 32)
"""The customer's pointer is drawn by the technician's app; a picture taken of the customer's display has none."""


def differing_pixels(stage: Stage) -> int:
    """Return how many pixels differ between the two displays now, the pointer aside."""
    pictures = []
    for name, hands in (("technician", stage.technician_hands), ("customer", stage.customer_hands)):
        path = stage.folder / f"exact_{name}.png"
        hands.take_picture(path)
        with Image.open(path) as shown:
            picture = shown.convert("RGB")
        picture.paste((0, 0, 0), POINTER_BOX)
        pictures.append(picture)
    difference = ImageChops.difference(*pictures)
    changed = ImageChops.lighter(ImageChops.lighter(*difference.split()[:2]), difference.split()[2])
    return picture.width * picture.height - changed.histogram()[0]


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
            stage.customer_hands.move(*POINTER_AT)
            # The bar's clock moves once a second, so two pictures may fall on either side of a tick.
            deadline = time.monotonic() + AT_REST_WITHIN_S
            while (differing := differing_pixels(stage)) and time.monotonic() < deadline:
                continue
            assert differing == 0
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()
