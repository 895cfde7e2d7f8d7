"""How the commands of all programs start, so that one whose packages were not installed says so in a sentence.

Installing Deskside makes every command, whichever extras were asked for.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence

CANNOT_START = 2
"""Exit status: what the program needs is not installed."""

_OURS = {"protocol", "relay", "customer_client", "technician_app"}


def start(command: str, module: str, *, extra: str, of_python: Sequence[str] = (), later: Sequence[str] = ()) -> int:
    """Run `main` of `module`; return its exit status, or `CANNOT_START` after a sentence on stderr.

    `command` is what was typed, `extra` the one of pyproject.toml that brings what `module` needs, `of_python` names
    parts of Python that some systems keep in a package of their own, `later` packages that `module` imports only when
    its window is there.
    """
    missing = next((name for name in of_python if importlib.util.find_spec(name) is None), None)
    if missing is not None:
        return _refuse(f"{command} needs {missing}, a part of Python that is not here. Debian: apt install python3-tk")
    try:
        absent = next((name for name in later if importlib.util.find_spec(name) is None), None)
        if absent is not None:
            raise ModuleNotFoundError(name=absent)
        main = importlib.import_module(module).main
    except ModuleNotFoundError as fault:
        if fault.name is None or fault.name.partition(".")[0] in _OURS:
            raise  # not a package somebody could install: our own mistake
        return _refuse(
            f"{command} needs packages that were not installed with it, such as {fault.name}. Install Deskside again "
            f"with [{extra}] behind the file's name: pipx install --force './deskside-….whl[{extra}]'"
        )
    except ImportError as fault:
        library, _, rest = str(fault).partition(": ")
        if not rest.startswith("cannot open shared object file"):
            raise
        return _refuse(f"{command} needs a library of the system that is missing here: {library}")
    status: int | None = main()
    return status or 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return CANNOT_START
