"""The window is as dark as the desktop asks for, from wherever it says so, and follows when that changes."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from customer_client.appearance import AGAIN_AFTER_S, Appearance, _run, linux_is_dark
from customer_client.ui.root import whole_scale

PORTAL, GNOME_SCHEME, GNOME_THEME = "busctl", "color-scheme", "gtk-theme"


def answers(**said: str) -> Callable[[tuple[str, ...]], str]:
    """What the desktop's programs print, by what is asked for."""

    def run(command: tuple[str, ...]) -> str:
        return said.get("portal" if command[0] == "busctl" else command[-1].replace("-", "_"), "")

    return run


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose desktop uses GNOME's settings."""
    (tmp_path / "run" / "dconf").mkdir(parents=True)
    (tmp_path / "run" / "dconf" / "user").touch()
    (tmp_path / "run" / "bus").touch()
    return {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}


@pytest.mark.parametrize(
    ("said", "dark"),
    [
        ({}, False),
        ({"portal": "v v u 1\n"}, True),
        ({"portal": "v v u 2\n", "color_scheme": "'prefer-dark'\n"}, False),
        ({"portal": "v v u 0\n", "color_scheme": "'prefer-dark'\n"}, True),
        ({"color_scheme": "'default'\n", "gtk_theme": "'Adwaita-dark'\n"}, True),
        ({"color_scheme": "'prefer-light'\n", "gtk_theme": "'Adwaita-dark'\n"}, False),
    ],
)
def test_the_desktop_is_asked_in_turn(home: dict[str, str], said: dict[str, str], dark: bool) -> None:
    assert linux_is_dark(home, answers(**said)) is dark


def test_the_variable_for_all_programs_counts_most(home: dict[str, str]) -> None:
    assert linux_is_dark({**home, "GTK_THEME": "Adwaita:dark"}, answers(portal="v v u 2"))
    assert not linux_is_dark({**home, "GTK_THEME": "Adwaita"}, answers(portal="v v u 1"))


@pytest.mark.parametrize(
    ("file", "text", "dark"),
    [
        ("kdeglobals", "[Colors:Window]\nBackgroundNormal=49,54,59\n", True),
        ("kdeglobals", "[Colors:Window]\nBackgroundNormal=239,240,241\n", False),
        ("kdeglobals", "not an ini file", False),
        ("gtk-3.0/settings.ini", "[Settings]\ngtk-application-prefer-dark-theme=1\n", True),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-application-prefer-dark-theme=false\n", False),
    ],
)
def test_files_of_the_desktop_count_where_no_program_answers(tmp_path: Path, file: str, text: str, dark: bool) -> None:
    path = tmp_path / ".config" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert linux_is_dark({"HOME": str(tmp_path)}, answers()) is dark


def test_what_is_not_there_is_not_asked(tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...]) -> str:
        asked.append(command)
        return ""

    assert not linux_is_dark({"HOME": str(tmp_path)}, run)
    assert asked == []


def test_a_program_that_is_not_there_says_nothing() -> None:
    assert _run(("deskside-there-is-no-such-program",)) == ""
    assert _run(("false",)) == ""


def test_the_first_answer_is_waited_for_and_a_later_one_is_told() -> None:
    wish = [True]
    now = [0.0]
    told: list[bool] = []
    heard = threading.Event()

    def hear(dark: bool) -> None:
        told.append(dark)
        heard.set()

    appearance = Appearance(lambda: wish[0], lambda: now[0])
    appearance.ask()
    assert appearance.dark(20.0)
    appearance.follow(hear)
    wish[0] = False
    appearance.ask()  # too soon
    assert told == []
    now[0] = AGAIN_AFTER_S
    appearance.ask()
    assert heard.wait(20.0)
    assert told == [False]


def test_an_answer_that_comes_after_the_window_is_told_to_it() -> None:
    may_answer, heard = threading.Event(), threading.Event()

    def find_out() -> bool:
        assert may_answer.wait(20.0)
        return True

    appearance = Appearance(find_out)
    appearance.ask()
    assert not appearance.dark(0.0)
    appearance.follow(lambda dark: heard.set() if dark else None)
    may_answer.set()
    assert heard.wait(20.0)


def test_a_desktop_that_cannot_be_understood_is_light(caplog: pytest.LogCaptureFixture) -> None:
    appearance = Appearance(lambda: bool(1 / 0))
    appearance.ask()
    assert not appearance.dark(20.0)
    assert "not understood" in caplog.text


@pytest.mark.parametrize(("setting", "scale"), [("", 1), ("2", 2), ("0", 1), ("1.5", 1), ("many", 1)])
def test_a_desktop_that_enlarges_by_whole_numbers_is_followed(setting: str, scale: int) -> None:
    assert whole_scale({"GDK_SCALE": setting}) == scale
