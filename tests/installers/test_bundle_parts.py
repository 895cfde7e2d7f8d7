"""What goes into the customer's file, and how it is compiled. The whole build is `make client`, and no test."""

import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest

from installers import __main__ as command
from installers import linux
from installers.bytecode import compile_sources
from installers.distributions import is_shipped, needed, unexpected_versions
from installers.interpreter import LEFT_OUT_MODULES, is_shipped_module
from installers.sizes import bytes_by_part

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("protocol/errors.py", "protocol/ids.py", "protocol/pairing/route.py", "customer_client/route_carriers.py")


def compiled(folder: Path) -> dict[str, bytes]:
    for name in SOURCES:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
        os.utime(target, (len(str(folder)), len(str(folder))))
    compile_sources(folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_sources_compile_to_the_same_bytes_wherever_and_whenever(tmp_path, monkeypatch):
    first = compiled(tmp_path / "one")
    monkeypatch.setenv("PYTHONHASHSEED", "12345")
    assert compiled(tmp_path / "another" / "place") == first
    assert sorted(first) == sorted(f"{name}c" for name in SOURCES)


def test_compiled_code_names_no_place_of_this_computer(tmp_path):
    for name, data in compiled(tmp_path).items():
        assert str(tmp_path).encode() not in data
        assert marshal.loads(data[16:]).co_filename == name.removesuffix("c")


def test_only_what_modules_and_functions_say_about_themselves_is_left_out(tmp_path):
    source = '"Module."\nfrom __future__ import annotations\ndef f():\n    "F."\nclass C:\n    "C."\n'
    (tmp_path / "told.py").write_text(source + "assert f() is None\nword = 'kept'\n")
    compile_sources(tmp_path)
    told = {"__name__": "told"}
    exec(marshal.loads((tmp_path / "told.pyc").read_bytes()[16:]), told)
    assert (told.get("__doc__"), told["f"].__doc__, told["C"].__doc__, told["word"]) == (None, None, "C.", "kept")


def test_functions_lose_annotations_and_columns_but_not_what_is_chosen_by_them(tmp_path):
    source = """
from dataclasses import dataclass
from functools import singledispatch
@dataclass
class Point:
    x: int
def twice(x: int, *, y: str = "") -> int:
    return 2 * x
@singledispatch
def kind(of: object) -> str:
    return "other"
@kind.register
def _(of: int) -> str:
    return "number"
"""
    (tmp_path / "told.py").write_text(source)
    compile_sources(tmp_path)
    told = {"__name__": "told"}
    exec(marshal.loads((tmp_path / "told.pyc").read_bytes()[16:]), told)
    assert told["twice"].__annotations__ == {}
    assert told["Point"](1) == told["Point"](x=1)
    assert (told["kind"](1), told["kind"]("")) == ("number", "other")
    (line,) = {line for _, line, _, _ in list(told["twice"].__code__.co_positions())[1:] if line}
    assert line == source[: source.index("return 2")].count("\n") + 1
    assert {column for _, _, column, _ in told["twice"].__code__.co_positions()} == {None}


def test_the_client_needs_neither_qt_nor_the_relay_nor_test_tools():
    names = needed(ROOT)
    assert {"av", "aiortc", "cryptography", "msgspec", "websockets", "python-xlib"} <= set(names)
    unwanted = {"pyside6-essentials", "pytest", "litestar", "sqlalchemy", "numpy", "pillow", "pycparser", "httpx"}
    assert unwanted & set(names) == set()


def test_the_versions_that_are_packed_are_the_versions_that_are_tested(tmp_path):
    assert unexpected_versions(ROOT, needed(ROOT)) == []
    (tmp_path / "constraints.txt").write_text("six==0.1\n")
    assert unexpected_versions(tmp_path, ["six"])[0].endswith("constraints.txt says 0.1")


@pytest.mark.parametrize(
    ("path", "shipped"),
    [
        ("av/video/frame.pyx", False),
        ("psutil/tests/test_linux.py", False),
        ("../../bin/websockets", False),
        ("customer_client/protection/data/money_words.toml", True),
        ("av.libs/libopus-114e2b1a.so.0.11.1", True),
    ],
)
def test_only_what_runs_is_shipped(path, shipped):
    assert is_shipped(Path(path)) is shipped


def test_no_module_that_our_programs_import_is_left_out():
    modules = "customer_client.app, customer_client.network_thread, customer_client.ui.window"
    modules += ", customer_client.session.customer_session, customer_client.watchdog.program"
    code = f"import sys, {modules}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & LEFT_OUT_MODULES == set()


def test_every_encoding_that_keyboards_ask_for_is_shipped():
    code = "import sys; from customer_client.input.x11_keysyms import character_of; character_of(0x1A1)"
    code += "; print(*(name for name in sys.modules if name.startswith('encodings.')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    asked_for = [Path(f"{name.replace('.', '/')}.py") for name in done.stdout.split()]
    assert len(asked_for) > 5
    assert [path for path in asked_for if not is_shipped_module(path)] == []


def test_bytes_are_counted_by_part(tmp_path):
    for name in ("bin/deskside", "lib/python3.11/av.libs/libx264-1.so", "lib/python3.11/av/a.so", "lib/libssl.so.3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 100)
    parts = bytes_by_part(tmp_path, linux.part_of)
    assert set(parts) == {"python program", "ffmpeg: libx264", "av", "libssl"}
    assert {part["unpacked"] for part in parts.values()} == {100}


def test_a_build_that_cannot_be_made_says_why(monkeypatch, tmp_path, capsys):
    def refuse(*_: object, **__: object) -> None:
        raise linux.BuildRefused("Please run: sudo apt-get install patchelf")

    monkeypatch.setattr(linux, "build", refuse)
    assert command.main(["build", "--target", "linux", "--out", str(tmp_path)]) == 1
    assert "apt-get install patchelf" in capsys.readouterr().err
