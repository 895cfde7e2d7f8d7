"""The real file in a real session, and built twice.

Building takes minutes. Where time is short (LONG=0) the session runs only with a file newer than its sources.
"""

import os
import shutil
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from benchmarks.client import is_reproducible
from demo.virtual_display import virtual_desktop
from installers import linux
from setup.system_packages import client_needs, unmet
from tests.support.browser import browser, downloads_into, show, shown_status, until
from tests.support.client_file import BUILT, copied, is_fresh, running_file
from tests.support.relay_process import running_relay


@pytest.fixture(scope="module")
def file() -> Path:
    if not is_fresh():
        if os.environ.get("LONG") == "0":
            pytest.skip("no built file that is newer than its sources: make client makes it")
        lacking = unmet(client_needs())
        if lacking:
            pytest.skip(f"building needs {', '.join(need.name for need in lacking)}")
        linux.build(BUILT)
    return BUILT / linux.NAME


def test_a_stranger_opens_the_file_and_shares_the_screen(file: Path, tmp_path: Path) -> None:
    with virtual_desktop() as display, running_relay(tmp_path / "relay") as relay:
        opened = relay.open_session()
        with running_file(copied(file, opened), relay, opened, tmp_path, display) as session:
            session.share()
            assert session.end() == 0
            kept = {str(path.relative_to(session.home)) for path in session.home.rglob("*")}
            # The folders were missing in this empty home, and every person has them.
            assert kept <= {session.archive.name, linux.NAME, ".cache", ".local", ".local/share", ".cache/fontconfig"}
        assert "Traceback" not in (tmp_path / "file.log").read_text()


def test_a_link_in_a_browser_leads_to_the_shared_screen_and_the_page_tells_how_far_it_is(
    file: Path, tmp_path: Path
) -> None:
    with (
        virtual_desktop() as display,
        running_relay(tmp_path / "relay", "--downloads", str(BUILT)) as relay,
        browser(tmp_path / "profile") as page,
    ):
        opened = relay.open_session()

        def download(home: Path) -> Path:
            saved = home / f"Deskside-{opened.route}.tar.gz"
            with downloads_into(page, home):
                show(page, opened.link)
                page.find_element(By.ID, "download").click()
                until(page, lambda _: saved.is_file() and shown_status(page) == ["open"])
            return saved

        with running_file(download, relay, opened, tmp_path, display) as session:
            session.share()
            until(page, lambda _: shown_status(page) == ["connected"])
            assert session.end() == 0
            until(page, lambda _: shown_status(page) == ["over"])


@pytest.mark.long
def test_building_again_elsewhere_gives_the_same_bytes(file: Path, tmp_path: Path) -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("the source of FFmpeg comes through apt")
    assert is_reproducible(file)
