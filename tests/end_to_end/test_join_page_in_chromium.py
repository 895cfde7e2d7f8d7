"""The join page in a real browser, at phone and desktop size, with the keyboard alone, in light and dark."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.relay_process import ORGANISATION, TECHNICIAN_NAME, PreparedRelay, running_relay

QUIET = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


@contextmanager
def browser(folder: Path, width: int, height: int, *more: str) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (*QUIET, f"--user-data-dir={folder}", f"--window-size={width},{height}", *more):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)], ids=["phone", "desktop"])
def test_a_person_sees_who_asks_and_how_to_start(relay: PreparedRelay, tmp_path: Path, width: int, height: int) -> None:
    opened = relay.open_session(relay.new_ticket(subject="Printer <b>offline</b>"))
    with browser(tmp_path, width, height) as page:
        page.get(opened.link)
        text = page.find_element(By.TAG_NAME, "main").text
        for expected in (ORGANISATION, TECHNICIAN_NAME, opened.ticket, "Printer <b>offline</b>", "out of the blue"):
            assert expected in text
        assert page.find_element(By.CLASS_NAME, "route").text == opened.route
        assert opened.route in page.find_element(By.CLASS_NAME, "command").text
        wider = page.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, "the page scrolls sideways"
        assert page.get_log("browser") == []


def test_the_start_command_can_be_reached_with_the_keyboard(relay: PreparedRelay, tmp_path: Path) -> None:
    opened = relay.open_session()
    with browser(tmp_path, 1280, 720) as page:
        page.get(opened.link)
        for _ in range(10):
            ActionChains(page).send_keys(Keys.TAB).perform()
            if page.switch_to.active_element.get_attribute("class") == "command":
                return
        pytest.fail("Tab never reached the command")


def test_text_stays_readable_in_the_dark(relay: PreparedRelay, tmp_path: Path) -> None:
    opened = relay.open_session()
    with browser(tmp_path, 1280, 720, "--force-dark-mode") as page:
        page.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        )
        page.get(opened.link)
        colours = page.execute_script("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor];")
        assert contrast(*colours) >= 4.5


def test_a_used_up_link_explains_itself(relay: PreparedRelay, tmp_path: Path) -> None:
    with browser(tmp_path, 390, 844) as page:
        page.get(f"{relay.url}/j/AAAA-AAAA-AAAA")
        assert "not open" in page.find_element(By.TAG_NAME, "h1").text


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2.2 contrast ratio of two CSS rgb() colours."""

    def luminance(colour: str) -> float:
        channels = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
