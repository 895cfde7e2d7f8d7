"""Gives memory back to the system that was needed for a moment only. Any thread."""

import sys


def give_back() -> None:
    """Return what is free in the heap; only glibc keeps so much of it that this is worth a call.

    Importing a few hundred modules leaves about 3 MiB behind.
    """
    if sys.platform == "linux":
        import ctypes  # the window is on screen before it is needed

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
