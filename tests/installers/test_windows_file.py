"""The real Windows file in a real session, in wine, and built twice: a minute and many, so long."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.client import is_reproducible
from demo.virtual_display import virtual_desktop
from installers import sizes
from installers import windows as recipe
from installers.linux import KEPT
from installers.windows_launcher import PROGRAM
from installers.wine import Wine, windows
from setup.system_packages import unmet, windows_client_needs
from tests.support.client_file import BUILT, is_fresh
from tests.support.relay_process import running_relay
from tests.support.windows_file import cache, releases, running_windows_file, start

OLD = "0123456789abcdef"
"""A release that was there before."""


@pytest.fixture(scope="module")
def file() -> Path:
    lacking = unmet(windows_client_needs())
    if lacking:
        pytest.skip(f"building and running it needs {', '.join(need.name for need in lacking)}")
    if not is_fresh(BUILT / recipe.NAME):
        recipe.build(BUILT)
    return BUILT / recipe.NAME


@pytest.fixture
def wine() -> Iterator[Wine]:
    with windows(KEPT) as made:
        yield made


@pytest.mark.long
def test_a_stranger_opens_the_windows_file_and_shares_the_screen(file: Path, wine: Wine, tmp_path: Path) -> None:
    shutil.rmtree(cache(wine), ignore_errors=True)
    (cache(wine) / OLD).mkdir(parents=True)
    (cache(wine) / OLD / PROGRAM).write_bytes(b"of an older release")
    start(wine, file, "--help")
    assert len(releases(wine)) == 1
    assert OLD not in releases(wine)
    with (
        virtual_desktop(1280, 800) as display,
        running_relay(tmp_path / "relay") as relay,
        running_windows_file(wine, file, relay, opened := relay.open_session(), tmp_path, display) as session,
    ):
        assert opened.route in session.archive.name
        session.share()
        session.end()
    assert len(releases(wine)) == 1


def test_nothing_in_the_built_windows_file_has_grown_unannounced() -> None:
    report = BUILT / recipe.SIZES
    if not report.is_file():
        pytest.skip("nothing is built: make client makes it")
    assert sizes.unannounced(report, recipe.ANNOUNCED) == []


@pytest.mark.long
def test_building_for_windows_again_elsewhere_gives_the_same_bytes(file: Path) -> None:
    assert is_reproducible(file, "windows")
