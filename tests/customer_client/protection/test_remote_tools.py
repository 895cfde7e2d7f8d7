"""Other programs for remote control are found by their processes, their windows and the ports they listen at."""

import contextlib
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from customer_client.protection.listening import ports_open_to_others
from customer_client.protection.remote_tools import KnownTools, known_tools
from customer_client.protection.running import ToolWatch, open_window_classes
from demo.virtual_display import virtual_desktop, virtual_display
from protocol.messages.protection import RemoteToolKind
from tests.support.titled_window import TitledWindow

TOOLS_FILE = Path(sys.modules["customer_client.protection"].__path__[0]) / "data" / "remote_tools.toml"
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
    assert KnownTools(tomllib.loads(TOOLS_FILE.read_text()), "win32").tool_of("QuickAssist.exe") is not None


def nothing() -> tuple[()]:
    return ()


def quiet_watch(lists: dict[str, Any], **seen: Any) -> ToolWatch:
    """A watch for tools that no process here is called after."""
    return ToolWatch(KnownTools(lists), **({"classes": nothing, "ports": nothing, "beside_every": 1} | seen))


@pytest.mark.parametrize("program", ["AnyDesk", "UltraViewer_Desktop.exe", "Rustdesk"])
def test_a_renamed_program_is_found_by_its_window(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window is a harmless one of this very process, whose name says nothing."""
    with virtual_display(320, 240) as name:
        monkeypatch.setenv("DISPLAY", name)
        watch = ToolWatch(ports=nothing, beside_every=1)
        before = {tool.name for tool in watch.look()}
        window = TitledWindow(name, "Some title", 0x20C040, program=program)
        try:
            window.show()
            found = {tool.name for tool in watch.look()} - before
            assert [each.casefold() for each in found] == [program.casefold().removesuffix("_desktop.exe")]
        finally:
            window.close()
        assert {tool.name for tool in watch.look()} == before


def test_windows_are_found_inside_the_frames_of_a_window_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    with virtual_desktop(320, 240) as name:
        monkeypatch.setenv("DISPLAY", name)
        watch = ToolWatch(ports=nothing, beside_every=1)
        window = TitledWindow(name, "Some title", 0x20C040, program="AnyDesk", size=100)
        try:
            deadline = time.monotonic() + 20
            while not window.is_framed:
                assert time.monotonic() < deadline, "the window manager"
                window.show()
            assert "AnyDesk" in {tool.name for tool in watch.look()}
        finally:
            window.close()


def test_without_a_display_processes_are_looked_at_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert quiet_watch(LISTS, classes=open_window_classes).look() == ()


@pytest.mark.parametrize(("host", "found"), [("0.0.0.0", True), ("127.0.0.1", False), ("::", True), ("::1", False)])
def test_a_service_that_listens_for_others_is_found_by_its_port(host: str, found: bool) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as opened:
        server = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip("this computer has no such addresses")
        server.listen()
        lists = {"tool": [{"name": "A", "kind": "vnc", "ports": [server.getsockname()[1]]}]}
        watch = quiet_watch(lists, ports=ports_open_to_others)
        assert bool(watch.look()) is found
        opened.close()
        assert watch.look() == ()


def test_windows_and_ports_are_looked_at_less_often_and_not_forgotten_in_between() -> None:
    lists = {"tool": [{"name": "A", "kind": "vnc", "ports": [5]}]}
    seen = iter([(5,), (), (5,)])
    watch = ToolWatch(KnownTools(lists), classes=nothing, ports=lambda: next(seen), beside_every=3)
    assert [len(watch.look()) for _ in range(9)] == [1, 1, 1, 0, 0, 0, 1, 1, 1]


def test_every_class_and_port_on_the_list_belongs_to_one_tool_and_is_written_as_it_is_compared() -> None:
    entries = tomllib.loads(TOOLS_FILE.read_text())["tool"]
    classes = [each for entry in entries for each in entry.get("classes", ())]
    ports = [each for entry in entries for each in entry.get("ports", ())]
    assert len(set(classes)) == len(classes) > 5
    assert len(set(ports)) == len(ports) > 3
    assert all(each == each.casefold() and not each.endswith((".exe", "*")) for each in classes)
    assert known_tools().tool_of_window("Firefox") is None


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
