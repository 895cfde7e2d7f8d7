"""Modules in one file, read by a real Python, as in the bundle."""

import subprocess
import sys
from pathlib import Path

import pytest

from installers.bytecode import compile_sources
from installers.modules import NAME, READER, gather

SOURCES = {
    "parcel/__init__.py": "from parcel.inside import word\n",
    "parcel/inside.py": 'word = "found"\n',
    "parcel/data/__init__.py": "",
    "parcel/broken.py": "import parcel.nothing\n",
    "alone.py": "if __name__ == '__main__':\n    print('ran')\n",
    "encodings/odd.py": "",
    "dns/__init__.py": "",
    "dns/zone.py": "import time\nprint('loaded')\ntime.sleep(0.05)\nZone = 'a zone'\n",
    "resolver.py": "import dns.zone\n\ndef answer():\n    return dns.zone.Zone\n",
}


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    folder = tmp_path / "libraries"
    for name, source in SOURCES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source)
    compile_sources(folder)
    (folder / "parcel" / "data" / "words.txt").write_text("words")
    gather(folder)
    return folder


def run(libraries: Path, code: str) -> "subprocess.CompletedProcess[str]":
    # The reader asks `os` where the library is; here it is elsewhere.
    start = f"import os, sys; os.__file__ = {str(libraries / 'os.pyc')!r}; exec(open({str(READER)!r}).read())\n"
    command = [sys.executable, "-I", "-c", start + code]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_modules_and_packages_come_out_of_the_file(libraries: Path) -> None:
    done = run(
        libraries, "import parcel, parcel.inside as inside; print(parcel.word, inside.__file__, parcel.__path__)"
    )
    place = libraries / "parcel"
    assert done.stdout == f"found {place / 'inside.pyc'} ['{place}']\n", done.stderr


def test_files_beside_a_package_are_found(libraries: Path) -> None:
    code = "from importlib.resources import files; print(files('parcel').joinpath('data', 'words.txt').read_text())"
    assert run(libraries, code).stdout == "words\n"


def test_a_module_can_be_run_as_a_program(libraries: Path) -> None:
    assert run(libraries, "import runpy; runpy.run_module('alone', run_name='__main__')").stdout == "ran\n"


def test_a_module_that_is_nowhere_is_missed_by_name(libraries: Path) -> None:
    done = run(libraries, "import parcel.broken")
    assert "No module named 'parcel.nothing'" in done.stderr
    assert 'File "parcel/broken.py", line 1' in done.stderr


def test_what_python_needs_before_the_reader_stays_a_file(libraries: Path) -> None:
    kept = sorted(path.relative_to(libraries).as_posix() for path in libraries.rglob("*") if path.is_file())
    assert kept == ["encodings/odd.pyc", NAME, "parcel/data/words.txt"]


def test_the_same_modules_give_the_same_file(libraries: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for name, source in reversed(SOURCES.items()):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text(source)
    compile_sources(other)
    assert gather(other) == 8
    assert (other / NAME).read_bytes() == (libraries / NAME).read_bytes()


def test_what_is_seldom_needed_is_loaded_when_it_is_used(libraries: Path) -> None:
    done = run(libraries, "import resolver; print('ready'); print(resolver.answer(), resolver.answer())")
    assert done.stdout == "ready\nloaded\na zone a zone\n", done.stderr


def test_what_is_loaded_late_is_whole_for_every_thread(libraries: Path) -> None:
    code = """
import threading
import resolver
together, said = threading.Barrier(4), []
def ask():
    together.wait()
    said.append(resolver.answer())
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*said, type(resolver.dns.zone).__name__)
"""
    done = run(libraries, code)
    assert done.stdout.splitlines() == ["loaded", "a zone a zone a zone a zone module"], done.stderr
