"""What the program's own file says, with real files."""

import os
import sys
from pathlib import Path

import pytest

from customer_client.own_file import FILE_VARIABLE, carried_by, own_file
from customer_client.relay_address import RelayAddress, carried_relay
from customer_client.route_carriers import carried_route

ROUTE, OTHER = "K7QF-2MXP-PBW5", "0000-0000-0000"
FOUND = "K7QF2MXPPBW5"


def test_the_unpacked_program_knows_which_file_was_opened() -> None:
    assert own_file({FILE_VARIABLE: "/downloads/Deskside"}, "app.py") == Path("/downloads/Deskside")
    assert own_file({}, "/src/app.py") == Path("/src/app.py")


@pytest.mark.parametrize("place", [f"Deskside-{ROUTE}", f"x/Deskside-{ROUTE} (1)/Deskside", f"deskside {ROUTE}/y"])
def test_a_route_is_in_its_name_or_in_that_of_the_folder_it_was_unpacked_into(tmp_path: Path, place: str) -> None:
    assert carried_route(carried_by(tmp_path / place)).route == FOUND


@pytest.mark.parametrize(
    ("name", "program"),
    [
        (f"Deskside-{ROUTE}.tar.gz", "Deskside"),
        (f"Deskside-{ROUTE}.tar (1).gz", "Deskside"),
        (f"Deskside_{ROUTE}.tar.gz", "Deskside"),
        (f"Deskside-{ROUTE}.zip", "Deskside.app"),
        (f"Deskside-{ROUTE} (2).zip", "Deskside.app"),
        (f"Deskside-{ROUTE}.zip", f"Deskside-{ROUTE}/Deskside.app"),
    ],
)
def test_an_archive_beside_the_program_tells_the_route(tmp_path: Path, name: str, program: str) -> None:
    (tmp_path / name).touch()
    assert carried_route(carried_by(tmp_path / program)).route == FOUND


@pytest.mark.skipif(sys.platform != "linux", reason="Python reads extended attributes on Linux alone")
def test_the_browsers_note_on_the_archive_counts_for_what_was_unpacked_from_it(tmp_path: Path) -> None:
    archive = tmp_path / "Deskside.tar.gz"
    archive.touch()
    try:
        os.setxattr(
            archive, "user.xdg.origin.url", f"https://help.example.org/j/{ROUTE}/client/Deskside.tar.gz".encode()
        )
    except OSError:
        pytest.skip("this file system keeps no notes")
    carried = carried_by(tmp_path / "Deskside")
    assert carried_route(carried).route == FOUND
    assert carried_relay(carried) == RelayAddress("https://help.example.org")


def test_of_several_archives_the_newest_counts(tmp_path: Path) -> None:
    for name, at in ((f"Deskside-{OTHER}.tar.gz", 1000), (f"Deskside-{ROUTE}.tar.gz", 2000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (at, at))
    assert carried_route(carried_by(tmp_path / "Deskside")).route == FOUND


def test_a_name_of_its_own_counts_more_than_what_lies_around_it(tmp_path: Path) -> None:
    (tmp_path / f"Deskside-{OTHER}.tar.gz").touch()
    assert carried_route(carried_by(tmp_path / f"Deskside-{ROUTE}")).route == FOUND


def test_folder_and_archive_that_disagree_decide_nothing(tmp_path: Path) -> None:
    folder = tmp_path / f"Deskside-{OTHER}"
    folder.mkdir()
    (folder / f"Deskside-{ROUTE}.tar.gz").touch()
    assert carried_route(carried_by(folder / "Deskside")).disagree


def test_other_files_beside_it_and_folders_that_cannot_be_read_say_nothing(tmp_path: Path) -> None:
    (tmp_path / f"invoice {ROUTE}.pdf").touch()
    (tmp_path / f"invoice {ROUTE}.zip").touch()
    (tmp_path / f"Deskside-{ROUTE}.zip.part").touch()
    (tmp_path / f"Deskside-{ROUTE}.tar.gz").mkdir()
    assert carried_route(carried_by(tmp_path / "Deskside")).route is None
    assert carried_route(carried_by(tmp_path / "nowhere" / "Deskside")).route is None
