"""A real Chromium without a screen, driven for tests.

with browser(folder) as page:
    show(page, link)
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

QUIET = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE, DESKTOP = (390, 844), (1280, 800)
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
WITHIN_S = 60.0


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """Yield a browser that keeps what it knows in `profile` and writes down what pages complain about."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_script_timeout(120)
    try:
        yield driver
    finally:
        driver.quit()


def show(
    page: Chrome, link: str, size: tuple[int, int] = DESKTOP, *, agent: str = LINUX, dark: bool = False, tag: str = "en"
) -> None:
    """Open `link` as a browser of this size and kind whose language is `tag`."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": tag})
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    page.get(link)


def until(page: Chrome, reached: Callable[[Chrome], Any]) -> None:
    """Wait until `reached` is true of the page."""
    WebDriverWait(page, WITHIN_S, poll_frequency=0.1).until(reached)


def shown_status(page: Chrome) -> list[str]:
    """Return which stages the join page says the session is at; none before something was downloaded."""
    found = page.find_elements(By.CSS_SELECTOR, '[role="status"] [data-when]')
    return [str(each.get_attribute("data-when")) for each in found if each.is_displayed()]


@contextmanager
def downloads_into(page: Chrome, folder: Path) -> Iterator[Path]:
    """Let the browser save files, in `folder`."""
    allowed = {"behavior": "allow", "downloadPath": str(folder)}
    page.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    yield folder
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "deny"})
