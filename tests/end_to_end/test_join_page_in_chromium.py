"""The join page in a real browser: at phone and desktop size, by keyboard alone, judged by axe, in every language."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from customer_client.own_file import carried_by
from customer_client.route_carriers import CarriedRoute, carried_route
from protocol.audit.events import EventType
from protocol.catalogues import LANGUAGES
from protocol.messages.relay_api import DeliveredEvents
from protocol.messages.signaling import LeaveMailbox
from protocol.pairing.route import parse_route
from setup.axe import SCRIPT
from tests.support.browser import DESKTOP, IPHONE, LINUX, PHONE, browser, downloads_into, show, shown_status, until
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import ORGANISATION, TECHNICIAN_NAME, PreparedRelay, running_relay

START_AFTER_MS = 6000
"""What the page waits before it starts the download; here a test decides when that time is over."""

HOLD_THE_DOWNLOAD = f"""
const later = window.setTimeout, forget = window.clearTimeout;
window.due = null;
window.setTimeout = (act, ms) => ms === {START_AFTER_MS} ? (window.due = act, -1) : later(act, ms);
window.clearTimeout = (id) => id === -1 ? window.due = null : forget(id);
"""
OVERFLOWING = """
const wider = document.documentElement.scrollWidth - window.innerWidth;
const cut = [...document.querySelectorAll("main *, .top *, footer")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && (box.right > window.innerWidth + 0.5 || box.left < -0.5
    || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline"));
});
return [wider > 0 ? "the page scrolls sideways" : "", ...cut.map((one) => one.outerHTML.slice(0, 120))].filter(Boolean);
"""
SHOW_STAGE = """
document.getElementById("progress").hidden = arguments[0] === "";
for (const one of document.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== arguments[0];
"""
JUDGE = """
const done = arguments[arguments.length - 1];
axe.run({resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))])),
  (fault) => done([["axe failed", [String(fault)]]]));
"""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreparedRelay]:
    builds = tmp_path_factory.mktemp("builds")
    (builds / "Deskside.tar.gz").write_bytes(b"\x1f\x8b linux")
    (builds / "Deskside.exe").write_bytes(b"MZ windows")
    with running_relay(None, "--downloads", str(builds), "--publisher", ORGANISATION) as relay:
        yield relay


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests, which begins every page anew."""
    with browser(tmp_path_factory.mktemp("profile")) as page:
        page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HOLD_THE_DOWNLOAD})
        yield page


def violations(page: Chrome) -> list[Any]:
    """Return what axe-core finds wrong with the page as it stands."""
    assert SCRIPT.is_file(), "axe-core is missing; `make axe` fetches it"
    page.execute_script(SCRIPT.read_text(encoding="utf-8"))
    found: list[Any] = page.execute_async_script(JUDGE)
    return found


def focused(page: Chrome) -> str:
    return str(page.execute_script("const one = document.activeElement; return one.id || one.className || one.tagName"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_accessible_in_every_language_and_size(
    relay: PreparedRelay, chrome: Chrome, language: str
) -> None:
    opened = relay.open_session(relay.new_ticket(subject="Printer <b>offline</b>"))
    for size, agent, dark in ((PHONE, LINUX, False), (PHONE, IPHONE, False), (DESKTOP, LINUX, True)):
        show(chrome, opened.link, size, agent=agent, dark=dark, tag=f"{language}-XX")
        assert chrome.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        text = chrome.find_element(By.TAG_NAME, "main").text
        for expected in (ORGANISATION, TECHNICIAN_NAME, opened.ticket, "Printer <b>offline</b>", opened.route):
            assert expected in text
        chrome.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
        for stage in ("", "open", "in_app", "connected", "over", "gone"):
            chrome.execute_script(SHOW_STAGE, stage)
            assert chrome.execute_script(OVERFLOWING) == []
        assert violations(chrome) == []
    assert chrome.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_another_language_is_two_keys_away(relay: PreparedRelay, chrome: Chrome) -> None:
    opened = relay.open_session()
    show(chrome, opened.link)
    ActionChains(chrome).send_keys(Keys.TAB, Keys.TAB, Keys.ENTER).perform()
    until(chrome, lambda page: page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "de")
    assert "möchte Ihnen" in chrome.find_element(By.TAG_NAME, "h1").text


async def test_the_keyboard_alone_leads_from_the_link_to_the_session(
    relay: PreparedRelay, chrome: Chrome, tmp_path: Path
) -> None:
    opened = relay.open_session()
    with downloads_into(chrome, tmp_path):
        await asyncio.to_thread(show, chrome, opened.link)
        assert shown_status(chrome) == []
        for _ in range(12):
            ActionChains(chrome).send_keys(Keys.TAB).perform()
            if focused(chrome) == "download":
                break
        assert focused(chrome) == "download"
        ActionChains(chrome).send_keys(Keys.ENTER).perform()
        saved = tmp_path / f"Deskside-{opened.route}.tar.gz"
        await asyncio.to_thread(until, chrome, lambda page: saved.is_file() and shown_status(page) == ["open"])
    assert saved.read_bytes() == b"\x1f\x8b linux"
    assert carried_route(carried_by(saved)) == CarriedRoute(parse_route(opened.route))
    assert violations(chrome) == []
    async with MailboxClient(relay.mailbox_url) as customer:
        await customer.join(opened.route)
        await asyncio.to_thread(until, chrome, lambda page: shown_status(page) == ["in_app"])
        assert not chrome.find_element(By.ID, "download").is_displayed()
        lane = LaneWriter(opened.session, "T", relay.signing_key)
        relay.request(
            "POST", f"/api/v1/sessions/{opened.session}/events", DeliveredEvents((lane.write(EventType.SESSION_OPEN),))
        ).raise_for_status()
        await asyncio.to_thread(until, chrome, lambda page: shown_status(page) == ["connected"])
        assert chrome.execute_script(OVERFLOWING) == []
        assert violations(chrome) == []
        await customer.send(LeaveMailbox())
    await asyncio.to_thread(until, chrome, lambda page: shown_status(page) == ["over"])
    assert opened.route in chrome.find_element(By.CLASS_NAME, "route").text


def test_the_download_starts_by_itself_once_unless_the_person_says_not_yet(
    relay: PreparedRelay, chrome: Chrome, tmp_path: Path
) -> None:
    opened, other = relay.open_session(), relay.open_session()
    with downloads_into(chrome, tmp_path):
        show(chrome, opened.link)
        assert chrome.find_element(By.ID, "soon").is_displayed()
        assert list(tmp_path.iterdir()) == []
        chrome.execute_script("window.due()")
        until(chrome, lambda _: (tmp_path / f"Deskside-{opened.route}.tar.gz").is_file())
        show(chrome, opened.link)
        assert not chrome.find_element(By.ID, "soon").is_displayed(), "a page that is opened again starts nothing"
        show(chrome, other.link)
        chrome.find_element(By.ID, "not-yet").click()
        assert chrome.execute_script("return window.due") is None
        assert focused(chrome) == "download"
    show(chrome, relay.open_session().link, PHONE, agent=IPHONE)
    assert chrome.execute_script("return window.due") is None, "a phone is not helped with a file"


def test_without_scripts_everything_but_the_progress_is_there(
    relay: PreparedRelay, chrome: Chrome, tmp_path: Path
) -> None:
    opened = relay.open_session()
    chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        with downloads_into(chrome, tmp_path):
            show(chrome, opened.link, PHONE)
            for hidden in ("soon", "progress"):
                assert not chrome.find_element(By.ID, hidden).is_displayed()
            assert chrome.find_element(By.CLASS_NAME, "route").text == opened.route
            chrome.find_element(By.ID, "download").click()
            until(chrome, lambda _: (tmp_path / f"Deskside-{opened.route}.tar.gz").is_file())
    finally:
        chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_link_that_is_not_open_explains_itself(relay: PreparedRelay, chrome: Chrome) -> None:
    show(chrome, f"{relay.url}/j/AAAA-AAAA-AAAA", PHONE, tag="fr")
    assert "pas ouvert" in chrome.find_element(By.TAG_NAME, "h1").text
    assert chrome.execute_script(OVERFLOWING) == []
    assert violations(chrome) == []
    chrome.execute_script("document.querySelector('.brand img').removeAttribute('alt')")
    assert [kind for kind, _ in violations(chrome)] == ["image-alt"], "the judge sees what is wrong"
