"""Which modules go along, with packages made for it; that all of them can be imported the build itself asks."""

import textwrap
from pathlib import Path

import pytest

from installers.reachable import Library, leave_out

SOURCES = {
    "customer_client/__init__.py": "",
    "customer_client/app.py": """
        import sys
        from typing import TYPE_CHECKING
        from customer_client import near
        if TYPE_CHECKING:
            import for_checkers
        def later():
            from .far import word
        if sys.platform == "win32":
            import of_windows
        else:
            import of_linux
        NAMED = "named_in_a_text"
        import tarfile
    """,
    "customer_client/near.py": "import deep.inside.it",
    "customer_client/far.py": "word = 1",
    "customer_client/unused.py": "",
    "deep/__init__.py": "",
    "deep/inside/__init__.py": "",
    "deep/inside/it.py": "from ..beside import *",
    "deep/beside.py": "",
    "deep/unused.py": "",
    "for_checkers.py": "",
    "named_in_a_text.py": "",
    "named_by_machine_code.py": "",
    "of_linux.py": "import machine",
    "of_windows.py": "",
    "os.py": "",
    "tarfile.py": "",
}
EVERYWHERE = {
    *("customer_client", "customer_client.app", "customer_client.near", "customer_client.far", "deep", "deep.inside"),
    *("deep.inside.it", "deep.beside", "named_in_a_text", "os"),
}


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    for name, source in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(source))
    (tmp_path / "lib-dynload").mkdir()
    (tmp_path / "lib-dynload" / "machine.cpython-311.so").write_bytes(b"\x7f\0PyInit_machine\0named_by_machine_code\0")
    (tmp_path / "lib-dynload" / "idle.cpython-311.so").write_bytes(b"\0PyInit_idle\0")
    (tmp_path / "deep" / "libloaded.so").write_bytes(b"\0a_function\0")
    (tmp_path / "deep" / "data.txt").write_text("data")
    return tmp_path


def test_what_is_imported_anywhere_stays_but_not_for_other_systems(libraries: Path) -> None:
    linux = EVERYWHERE | {"of_linux", "machine", "named_by_machine_code"}
    assert Library([libraries], "linux").reachable() == linux
    assert Library([libraries], "win32").reachable() == EVERYWHERE | {"of_windows"}


def test_the_rest_is_deleted_and_named_and_other_files_stay(libraries: Path) -> None:
    gone = leave_out([libraries], "linux")
    assert gone == ["customer_client.unused", "deep.unused", "for_checkers", "idle", "of_windows", "tarfile"]
    assert not (libraries / "deep" / "unused.py").exists()
    assert not list(libraries.glob("lib-dynload/idle*"))
    assert (libraries / "deep" / "data.txt").read_text() == "data"
    assert (libraries / "deep" / "libloaded.so").exists()
