"""Hands without control, through both programs: pointing, drawing, other screens, screenshots to the ticket."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from demo.hands import Hands
from demo.programs import Program
from demo.session import (
    NAME,
    PASSWORD,
    Stage,
    click,
    first_picture,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
)
from demo.virtual_display import virtual_desktop

RED = (0xE5, 0x25, 0x2A)
LEFT, RIGHT = (0, 0, 800, 700), (900, 0, 700, 600)
DEADLINE_S = 30.0


def xrandr(display: str, *words: str) -> None:
    subprocess.run(["xrandr", "-display", display, *words], check=True, capture_output=True, timeout=20)


def monitor(display: str, name: str, area: tuple[int, int, int, int], output: str) -> None:
    x, y, width, height = area
    xrandr(display, "--setmonitor", name, f"{width}/200x{height}/150+{x}+{y}", output)


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)


class Session:
    """A running session and what a test asks of it."""

    def __init__(self, stage: Stage, technician: Program, customer: Program, url: str, ticket: str) -> None:
        self.stage, self.technician, self.customer = stage, technician, customer
        self.url, self.ticket = url, ticket

    def customer_screen(self, name: str = "customer_now") -> Image.Image:
        path = self.stage.folder / f"{name}.png"
        self.stage.customer_hands.take_picture(path)
        return Image.open(path).convert("RGB")

    def red_near(self, x: int, y: int, reach: int = 12) -> bool:
        part = self.customer_screen().crop((x - reach, y - reach, x + reach, y + reach))
        return RED in {colour for _count, colour in part.getcolors(part.width * part.height) or ()}

    def in_view(self, x: float, y: float) -> tuple[int, int]:
        """Return the technician's pixel that shows (x, y), pixels of the shared display."""
        view = self.technician.wait_for("widget", "the picture", lambda seen: seen["found"], name="remoteView")
        width, height = self.display
        scale = min(view["width"] / width, view["height"] / height)
        left, top = view["x"] - width * scale / 2, view["y"] - height * scale / 2
        return round(left + x * scale), round(top + y * scale)

    @property
    def display(self) -> tuple[int, int]:
        width, height = self.technician.ask("session")["display"]
        return width, height

    def shows_all_screens(self) -> bool:
        path = self.stage.folder / "technician_all.png"
        self.stage.technician_hands.take_picture(path)
        picture = Image.open(path).convert("RGB")
        between, second, below = (picture.getpixel(self.in_view(*at)) for at in ((850, 400), (1200, 400), (1200, 650)))
        return between == below == (0, 0, 0) != second

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        (x, y), (to_x, to_y) = self.in_view(*start), self.in_view(*end)
        words = ["mousemove", x, y, "mousedown", 1, "mousemove", (x + to_x) // 2, (y + to_y) // 2]
        words += ["sleep", 0.1, "mousemove", to_x, to_y, "sleep", 0.1, "mouseup", 1]
        command = ["xdotool", *map(str, words)]
        subprocess.run(command, env={"DISPLAY": self.stage.technician_hands.name}, check=True, timeout=20)

    def attachments(self) -> list[str]:
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            token = client.post("/api/v1/sign-in", json={"name": NAME, "password": PASSWORD}).json()["token"]
            headers = {"Authorization": f"Bearer {token}"}
            ticket = client.get(f"/api/v1/tickets/{self.ticket}", headers=headers).json()
        (self.stage.folder / "ticket.json").write_text(json.dumps(ticket))
        return [attachment["kind"] for attachment in ticket["attachments"]]


@contextmanager
def running(folder: Path) -> Iterator[Session]:
    with virtual_desktop() as technician_display, virtual_desktop(1600, 700) as customer_display:
        monitor(customer_display, "LEFT", LEFT, "screen")
        monitor(customer_display, "RIGHT", RIGHT, "none")
        stage = Stage(folder, Hands(technician_display), Hands(customer_display))
        try:
            _, url, organisation = start_relay(stage)
            technician = sign_in(stage, url)
            ticket = open_ticket(stage, technician)
            customer = join(stage, technician, url, organisation, start_session(stage, technician))
            first_picture(stage, technician, customer)
            yield Session(stage, technician, customer, url, ticket)
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with running(tmp_path_factory.mktemp("hands")) as one:
        yield one


def test_the_primary_screen_is_shared_at_first(session: Session) -> None:
    assert session.display == LEFT[2:]


def test_pointing_is_allowed_from_the_start_and_seen_at_the_customers(session: Session) -> None:
    session.stage.technician_hands.move(*session.in_view(400, 300))
    session.stage.technician_hands.move(*session.in_view(402, 302))
    until(lambda: session.red_near(406, 310), "the pointer on the customer's screen")
    session.stage.technician_hands.take_picture(session.stage.folder / "technician_pointing.png")
    session.customer_screen("customer_pointing")


def test_a_box_is_drawn_where_it_was_dragged_and_fades(session: Session) -> None:
    click(session.stage, session.technician, "boxTool")
    session.drag((200, 350), (500, 500))
    until(lambda: session.red_near(200, 420), "the box")
    assert session.red_near(500, 420)
    session.customer_screen("customer_box")
    until(lambda: not session.red_near(200, 420), "the box is gone by itself")
    click(session.stage, session.technician, "pointTool")


def test_all_screens_together_are_one_picture_with_black_between(session: Session) -> None:
    click(session.stage, session.technician, "displaysButton")
    session.technician.wait_for("widget", "the list of screens", lambda seen: seen["found"], name="display_all")
    session.stage.technician_hands.take_picture(session.stage.folder / "technician_menu.png")
    session.stage.technician_hands.press("a")
    until(lambda: session.display == (1600, 700), "all screens")
    until(session.shows_all_screens, "black between and below the two screens, and the second one")


def test_what_is_drawn_on_the_other_screen_is_there(session: Session) -> None:
    click(session.stage, session.technician, "arrowTool")
    session.drag((1000, 300), (1300, 400))
    until(lambda: session.red_near(1296, 399), "the arrow on the other screen")
    session.customer_screen("customer_arrow")


def test_pausing_takes_the_drawing_away_at_once(session: Session) -> None:
    session.drag((1000, 300), (1300, 450))
    until(lambda: session.red_near(1296, 448), "the arrow")
    place = session.customer.wait_for("widget", "Pause", lambda seen: seen["found"], name="pause")
    session.stage.customer_hands.click(place["x"], place["y"])
    end = time.monotonic() + 2.5
    while session.red_near(1296, 448):
        assert time.monotonic() < end, "the arrow is still there although sharing is paused"
    place = session.customer.wait_for("widget", "Continue", lambda seen: seen["found"], name="continue")
    session.stage.customer_hands.click(place["x"], place["y"])
    session.customer.wait_for("widget", "Pause again", lambda seen: seen["found"], name="pause")
    click(session.stage, session.technician, "pointTool")


def test_a_screenshot_goes_sealed_to_the_ticket(session: Session) -> None:
    click(session.stage, session.technician, "screenshotButton")
    until(lambda: "screenshot" in session.attachments(), "the screenshot on the ticket")


def test_an_error_is_grabbed_with_its_window(session: Session) -> None:
    click(session.stage, session.technician, "grabButton")
    session.drag((950, 100), (1300, 400))
    until(lambda: session.attachments().count("error") == 2, "picture and description on the ticket")
    session.stage.technician_hands.take_picture(session.stage.folder / "technician_grabbed.png")


def test_a_screen_that_goes_away_leaves_the_rest_in_the_picture(session: Session) -> None:
    display = session.stage.customer_hands.name
    xrandr(display, "--delmonitor", "RIGHT")
    # Real monitors are announced by the server; of those set up like here it tells only with the next change.
    xrandr(display, "--fbmm", "410x190")
    until(lambda: session.display == LEFT[2:], "the screen that is left")
    session.customer_screen("customer_unplugged")
    session.stage.technician_hands.take_picture(session.stage.folder / "technician_unplugged.png")
