"""Puts compiled modules into one file, `modules.bin`; installers/bundled/sitecustomize.py says why and reads it.

The file is the code of every module, one after another; then a table from a module's name to whether it is a package,
where its code begins and how long it is; then the place of that table, 8 bytes. Code and table are marshalled.
"""

import marshal
import shutil
from pathlib import Path

READER = Path(__file__).with_name("bundled") / "sitecustomize.py"
NAME = "modules.bin"

_HEADER_BYTES = 16
"""Of a `.pyc`: what says which Python and source it is for."""

_STAY = ("encodings", "os.pyc", "sitecustomize.pyc")
"""Needed before the reader runs, or looked for by name: `os` tells Python where its library is."""


def add_reader(libraries: Path) -> None:
    """Put the reader among the sources in `libraries`, to be compiled with them."""
    shutil.copyfile(READER, libraries / READER.name)


def gather(libraries: Path) -> int:
    """Move every `.pyc` in `libraries` into the file; return how many they were.

    Raises:
        OSError: something could not be read or written.
    """
    compiled = sorted(libraries.rglob("*.pyc"), key=lambda path: path.as_posix())
    moved = [path for path in compiled if path.relative_to(libraries).parts[0] not in _STAY]
    index: dict[str, tuple[bool, int, int]] = {}
    contents = bytearray()
    for path in moved:
        code = path.read_bytes()[_HEADER_BYTES:]
        name, is_package = _module_name(path.relative_to(libraries))
        index[name] = (is_package, len(contents), len(code))
        contents += code
        path.unlink()
    table = marshal.dumps(index)
    (libraries / NAME).write_bytes(bytes(contents) + table + len(contents).to_bytes(8, "little"))
    _remove_empty(libraries)
    return len(moved)


def _module_name(relative: Path) -> tuple[str, bool]:
    parts = relative.with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return ".".join(parts[:-1] if is_package else parts), is_package


def _remove_empty(libraries: Path) -> None:
    for folder in sorted((path for path in libraries.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
