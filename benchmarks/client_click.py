"""From the click on the join page to the first exact picture: a real browser, the real file, a real session."""

import contextlib
import shutil
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from Xlib import X
from Xlib.display import Display

from demo.programs import DemoFailed
from installers.linux import TARBALL
from tests.support.browser import browser, downloads_into, show, until
from tests.support.client_file import running_file
from tests.support.fingerprints import fingerprint
from tests.support.relay_process import running_relay
from tests.support.resumable_session import Peer

EXACT_WITHIN_S = 30.0


def click_figures(file: Path, display: str, *, times: int) -> dict[str, object]:
    """Return the median seconds on `display` from the click to the first exact picture, and each; or why there is none.

    In between the browser saves the file, it is unpacked and started, the PIN is read and typed, consent is pressed:
    each at once, but consent opens after 3 s. Exact is a picture that equals the customer's screen in every pixel.
    """
    lacking = [program for program in ("chromium", "chromedriver") if shutil.which(program) is None]
    if not file.with_name(TARBALL).is_file():
        lacking.append(TARBALL)
    if lacking:
        return {"click_to_first_frame_s": None, "click_why_not": f"not there: {', '.join(lacking)}"}
    taken = [_click_to_exact_picture(file, display) for _ in range(times)]
    return {
        "click_to_first_frame_s": round(statistics.median(taken), 2),
        "click_all_s": [round(one, 2) for one in taken],
    }


def _click_to_exact_picture(file: Path, display: str) -> float:
    clicked = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="deskside-click-") as name,
        running_relay(Path(name, "relay"), "--downloads", str(file.parent)) as relay,
        browser(Path(name, "profile")) as page,
    ):
        opened = relay.open_session()

        def download(home: Path) -> Path:
            nonlocal clicked
            saved = home / f"Deskside-{opened.route}.tar.gz"
            with downloads_into(page, home):
                show(page, opened.link)
                clicked = time.monotonic()
                page.find_element(By.ID, "download").click()
                until(page, lambda _: saved.is_file())
            return saved

        with running_file(download, relay, opened, Path(name), display, fingerprints=True) as session:
            session.share()
            exact = _exact_since(session.technician, display)
            session.end()
    return exact - clicked


def _exact_since(technician: Peer, display: str) -> float:
    """Return when (monotonic seconds) the technician first had what is on the screen now that it stands still.

    Raises:
        DemoFailed: not within 30 s.
    """
    deadline = time.monotonic() + EXACT_WITHIN_S
    while True:
        now = fingerprint_of_screen(display)
        try:
            line = technician.until("an exact picture", partial(_shows, now), within_s=1.0)
        except DemoFailed:
            if time.monotonic() > deadline:
                raise
        else:
            return float(line["at"])


def _shows(fingerprint: int, line: dict[str, Any]) -> bool:
    return line.get("fingerprint") == fingerprint


def fingerprint_of_screen(name: str) -> int:
    """Return the fingerprint of what is on the display called `name`, without its pointer."""
    with contextlib.closing(Display(name)) as display:
        screen = display.screen()
        width, height = screen.width_in_pixels, screen.height_in_pixels
        shot = screen.root.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
        return fingerprint(memoryview(shot.data), (width, height), width * 4)
