"""Nothing in the customer's program reads the screen beside the sources that paint over what is hidden."""

from pathlib import Path

import pytest

import customer_client

ROOT = Path(customer_client.__file__).parent
SOURCES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py"))}


def using(text: str) -> set[str]:
    return {name for name, source in SOURCES.items() if text in source}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        # `hide_area` shows the customer their own screen; its picture never leaves the window, which is covered.
        ("mss.MSS(", {"capture/mss_source.py", "capture/thumbnails.py", "ui/hide_area.py"}),
        ("SharedMemoryRequests(self", {"capture/x11_source.py"}),
        ("X11Source(", {"capture/choose.py"}),
        # `hardware_facts` only lists the displays.
        ("MssSource(", {"capture/choose.py", "capture/mss_source.py", "diagnostics/hardware_facts.py"}),
        ("MssScreen(", {"capture/mss_source.py"}),
        ("BitBlt(", {"capture/windows_screen.py"}),
        ("WindowsScreen(", {"capture/windows_screen.py"}),
        ("open_windows_source(", {"capture/choose.py", "capture/windows_screen.py"}),
        ("thumbnails import", {"session/desktop.py"}),
        ("window_facts import", {"session/desktop.py"}),
        ("PortalSource(", {"capture/choose.py"}),
        ("FramePipe(", {"capture/portal_source.py"}),
        ("get_image(", {"capture/picture_pool.py", "capture/x11_requests.py"}),
    ],
)
def test_the_screen_is_read_in_known_places_only(text: str, where: set[str]) -> None:
    assert using(text) == where


@pytest.mark.parametrize(
    "name", ["capture/polled_source.py", "capture/thumbnails.py", "capture/picture_pool.py", "capture/portal_source.py"]
)
def test_each_of_them_paints_before_it_hands_a_picture_on(name: str) -> None:
    assert "paint(" in SOURCES[name]


def test_what_is_looked_at_beside_the_pictures_passes_the_tripwire_too() -> None:
    """Thumbnails and what a grabbed error says of its window; a screenshot is the technician's picture."""
    source = SOURCES["session/desktop.py"]
    assert source.replace("def thumbnails(", "").count(" thumbnails(") == 1
    assert "under_guard(lambda: thumbnails(" in source
    assert source.count("= window_at(") == 1
    assert source.count("under_guard(look)") == 1


def test_a_session_shares_nothing_without_its_curtain() -> None:
    chosen = "choose_capture(with_pointer=with_pointer, cover=self.curtain, portal=self._portal)"
    assert chosen in SOURCES["session/desktop.py"]
    assert "curtain=self.curtain" in SOURCES["session/customer_session.py"]
