"""The Debian packages on a Debian of their own, with a real systemd: installed, used, upgraded, purged (long)."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.virtual_display import virtual_display
from installers import package
from tests.support.answering_relay import free_port, is_healthy
from tests.support.debian_computer import DebianComputer, lacking, until
from tests.support.shown_window import shows_window

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if lacking():
        pytest.skip(lacking())
    out = tmp_path_factory.mktemp("packages")
    return {path.name.partition("_")[0]: path for path in package.make("deb", out) if path.suffix == ".deb"}


@pytest.fixture(scope="module")
def computer(made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianComputer]:
    fresh = DebianComputer(tmp_path_factory.mktemp("computer") / "root")
    fresh.make("dbus", "fonts-dejavu-core", "python3")
    yield fresh
    shutil.rmtree(fresh.folder, ignore_errors=True)  # half a gigabyte, which pytest would keep for three runs


@pytest.mark.parametrize("name", ["deskside-relay", "deskside-technician"])
def test_lintian_finds_neither_error_nor_warning(made: dict[str, Path], name: str) -> None:
    command = ["lintian", "--allow-root", "--fail-on", "error,warning", str(made[name])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_relay_serves_confined_survives_an_upgrade_and_a_purge_leaves_its_records(
    computer: DebianComputer, made: dict[str, Path], tmp_path: Path
) -> None:
    port = free_port()
    computer.install(made["deskside-relay"])
    settings = computer.folder / "etc" / "deskside" / "relay.conf"
    settings.write_text(settings.read_text().replace('OPTIONS=""', f'OPTIONS="--port {port}"'))
    with computer.running():
        until(lambda: is_healthy(port), "the relay's answer")
        process = computer.run("systemctl", "show", "--property=MainPID", "--value", "deskside-relay").stdout.strip()
        status = computer.run("cat", f"/proc/{process}/status").stdout.split("\n")
        user = computer.run("id", "--user", "deskside-relay").stdout.strip()
        assert f"Uid:\t{user}\t{user}\t{user}\t{user}" in status
        assert {"NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000400"} <= set(status)
        add = 'printf "correct horse battery\\n" | deskside-relay user add tess --display-name Tess --role technician'
        computer.run("sh", "-c", f"{add} --password-stdin")
        owners = computer.run("find", "/var/lib/deskside-relay", "-not", "-user", "deskside-relay").stdout
        assert owners == "", "a command given by root left files its service cannot use"

        computer.install(rebuilt(made["deskside-relay"], tmp_path))
        until(lambda: is_healthy(port), "the relay's answer after the upgrade, with its settings kept")
        again = computer.run("systemctl", "show", "--property=MainPID", "--value", "deskside-relay").stdout.strip()
        assert again != process
        assert "tess" in computer.run("deskside-relay", "user", "list").stdout

        told = computer.purge("deskside-relay")
        assert not is_healthy(port)
        assert "/var/lib/deskside-relay" in told
    left = {path.relative_to(computer.folder).as_posix() for path in computer.folder.rglob("*deskside*")}
    assert left == {"var/lib/deskside-relay"}
    assert (computer.folder / "var/lib/deskside-relay/relay.db").is_file()


def rebuilt(deb: Path, folder: Path) -> Path:
    """Return the same package as its next revision."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True, timeout=120)
    control = tree / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("-1\n", "-2\n", 1))
    target = folder / deb.name.replace("-1_", "-2_")
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
    return target


def test_the_technicians_program_opens_its_window_and_a_purge_leaves_nothing(
    computer: DebianComputer, made: dict[str, Path], tmp_path: Path
) -> None:
    computer.install(made["deskside-technician"])
    assert computer.run("deskside-verify", "--help").stdout.startswith("usage: deskside-verify")
    with virtual_display() as display, (tmp_path / "log").open("wb") as log:
        os.chmod(computer.folder / "var" / "tmp", 0o1777)
        inside = ["chroot", "--userspec=65534:65534", computer.folder, "env", "-i", f"DISPLAY={display}"]
        inside += ["HOME=/var/tmp/home", "PATH=/usr/bin:/bin", "deskside-technician"]
        program = subprocess.Popen(inside, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(lambda: shows_window(display, "Deskside"), "a window")
            assert program.poll() is None
        finally:
            program.terminate()
            program.wait(timeout=60)
    assert "Traceback" not in (tmp_path / "log").read_text()
    computer.purge("deskside-technician")
    here = [path.relative_to(computer.folder).as_posix() for path in computer.folder.rglob("*deskside*")]
    assert {path for path in here if not path.startswith("var/")} == set()
