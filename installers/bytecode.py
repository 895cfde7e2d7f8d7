"""Compiles Python sources so that the same sources give the same bytes, wherever they lie."""

import os
import subprocess
import sys
from pathlib import Path

_COMPILE = """
import py_compile, sys
from pathlib import Path
root = Path(sys.argv[1])
for source in sorted(root.rglob("*.py"), key=lambda path: path.as_posix()):
    name = source.relative_to(root).as_posix()
    py_compile.compile(str(source), cfile=str(source) + "c", dfile=name, doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    source.unlink()
"""


def compile_sources(folder: Path) -> None:
    """Replace each `.py` in `folder` by a `.pyc` beside it, which names the source by its path inside `folder`.

    A process of its own does it: hash seed and order decide how constants are laid out, and both are fixed there.

    Raises:
        CalledProcessError: a source does not compile.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-s", "-S", "-P", "-W", "ignore", "-c", _COMPILE, str(folder)]
    subprocess.run(command, check=True, env=environment | {"PYTHONHASHSEED": "0"})  # noqa: S603 - no shell
