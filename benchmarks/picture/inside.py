"""Run a module inside another process's network namespace: `python -m benchmarks.picture.inside PID MODULE ARGS...`.

The process stays the same one, so that its CPU time can be read from its id.
"""

import ctypes
import os
import runpy
import sys
from pathlib import Path

_CLONE_NEWNET = 0x40000000


def enter_network_of(process: int) -> None:
    """Move the calling thread into the network namespace of `process`.

    Raises:
        OSError: not allowed, or no such process.
    """
    c_library = ctypes.CDLL(None, use_errno=True)
    handle = os.open(Path("/proc", str(process), "ns", "net"), os.O_RDONLY)
    try:
        if c_library.setns(handle, _CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"cannot enter the network of process {process}: {os.strerror(code)}")
    finally:
        os.close(handle)


def main() -> None:
    """Enter the namespace and become the module."""
    process, module, *rest = sys.argv[1:]
    enter_network_of(int(process))
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
