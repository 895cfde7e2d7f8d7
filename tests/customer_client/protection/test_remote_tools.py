"""Other programs for remote control are found by the names of their processes, on each system by its own."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from customer_client.protection.remote_tools import KnownTools, known_tools
from customer_client.protection.running import ToolWatch
from protocol.messages.protection import RemoteToolKind

LISTS = {"tool": [{"name": "A", "kind": "vnc", "any": ["aaa*"], "windows": ["bbb"], "linux": ["ccc"]}]}


@pytest.mark.parametrize(
    ("process", "name"),
    [
        ("AnyDesk.exe", "AnyDesk"),
        ("anydesk", "AnyDesk"),
        ("teamviewerd", "TeamViewer"),
        ("rustdesk", "RustDesk"),
        ("ScreenConnect.ClientService.exe", "ScreenConnect"),
        ("remoting_host", "Chrome Remote Desktop"),
        ("x11vnc", "a VNC server"),
        ("SRServer.exe", "Splashtop"),
        ("LMI_Rescue.exe", "LogMeIn or GoTo"),
        ("ZohoAssist", "Zoho Assist"),
        ("UltraViewer_Desktop.exe", "UltraViewer"),
        ("Supremo.exe", "Supremo"),
    ],
)
def test_well_known_programs_are_known(process: str, name: str) -> None:
    tool = known_tools().tool_of(process)
    assert tool is not None
    assert tool.name == name


@pytest.mark.parametrize("process", ["", "python3", "Xvfb", "openbox", "bash", "firefox", "ssh", "Xorg", "gnome-shell"])
def test_everyday_programs_are_not(process: str) -> None:
    assert known_tools().tool_of(process) is None


def test_each_system_has_its_own_names() -> None:
    windows, linux = KnownTools(LISTS, "win32"), KnownTools(LISTS, "linux")
    assert [bool(windows.tool_of(name)) for name in ("aaa1", "BBB.EXE", "ccc")] == [True, True, False]
    assert [bool(linux.tool_of(name)) for name in ("AAA", "bbb", "ccc")] == [True, False, True]
    (found,) = linux.among(["aaa", "ccc", "other"])
    assert (found.name, found.kind) == ("A", RemoteToolKind.VNC)


def test_quick_assist_is_found_on_windows() -> None:
    import tomllib

    path = Path(sys.modules["customer_client.protection"].__path__[0]) / "data" / "remote_tools.toml"
    assert KnownTools(tomllib.loads(path.read_text()), "win32").tool_of("QuickAssist.exe") is not None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="starts a copy of a Linux program")
def test_a_program_that_starts_is_noticed_and_forgotten_when_it_ends(tmp_path: Path) -> None:
    watch = ToolWatch()
    before = watch.look()
    program = tmp_path / "anydesk"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "60"])
    try:
        deadline = time.monotonic() + 20
        while watch.look() == before and time.monotonic() < deadline:
            time.sleep(0.01)
            watch = ToolWatch()  # a process has its final name only once its program was started
        assert "AnyDesk" in [tool.name for tool in watch.look()]
    finally:
        process.kill()
        process.wait()
    assert watch.look() == before
