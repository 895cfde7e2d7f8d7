"""What the first command on a fresh machine does about missing packages, with a stand-in for apt-get."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from setup import system_packages
from setup.system_packages import Need, install, provide, python_needs, unmet

APT_GET = """#!/bin/sh
echo "$@" >> {folder}/calls
case "$*" in
  *update*) touch {folder}/known ;;
  *--simulate*) test -e {folder}/known ;;
  *install*) test -e {folder}/known && touch {folder}/installed ;;
esac
"""


@pytest.fixture
def apt_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an apt-get that knows no package before its first update."""
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(APT_GET.format(folder=tmp_path), encoding="utf-8")
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def calls(folder: Path) -> list[str]:
    text = (folder / "calls").read_text(encoding="utf-8")
    return [
        "update" if "update" in line else "try" if "--simulate" in line else "install" for line in text.splitlines()
    ]


def test_lists_are_refreshed_only_when_apt_does_not_know_a_package(apt_folder: Path) -> None:
    assert install(["apt-get"], ["one"])
    assert calls(apt_folder) == ["try", "update", "install"]
    assert install(["apt-get"], ["two"])
    assert calls(apt_folder)[3:] == ["try", "install"]


def test_recommended_packages_are_left_out(apt_folder: Path) -> None:
    assert install(["apt-get"], ["one"])
    installs = [line for line in (apt_folder / "calls").read_text(encoding="utf-8").splitlines() if "install" in line]
    assert all("--no-install-recommends" in line and "--yes" in line for line in installs)


def test_nothing_missing_means_nothing_done(apt_folder: Path) -> None:
    assert provide([Need("a thing", "thing", lambda: True)]) is None
    assert not (apt_folder / "calls").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs without asking; the other case is tested below")
def test_missing_things_are_installed_and_probed_again(apt_folder: Path) -> None:
    assert provide([Need("a thing", "thing", (apt_folder / "installed").exists)]) is None
    assert calls(apt_folder)[-1] == "install"


def test_without_the_right_to_install_one_line_says_what_to_run(
    apt_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_packages, "apt_get_prefix", lambda: None)
    never_met = partial(bool, 0)
    advice = provide([Need("Xvfb", "xvfb", never_met), Need("libGL.so.1", "libgl1", never_met)])
    assert advice is not None
    assert advice.splitlines() == [advice]
    assert advice.endswith("sudo apt-get install --no-install-recommends libgl1 xvfb")
    assert not (apt_folder / "calls").exists()


def test_probes_look_for_the_real_thing() -> None:
    assert system_packages.has_command("sh")
    assert not system_packages.has_command("deskside-no-such-command")
    assert system_packages.library_loads("libc.so.6")
    assert not system_packages.library_loads("libdeskside-no-such.so.1")
    assert not system_packages.module_loads("deskside_no_such_module")
    assert not system_packages.has_font("DesksideNoSuchFont.ttf")


def test_this_python_can_make_environments() -> None:
    assert unmet(python_needs()) == []


def test_an_unknown_word_is_refused_with_the_usage() -> None:
    done = subprocess.run(
        [sys.executable, system_packages.__file__, "everything"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("usage:")
