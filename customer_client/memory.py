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


def forget_callers(error: BaseException) -> None:
    """Let go of the frames of everybody who called what raised `error`, which was caught and is dealt with.

    A request of python-xlib holds the error it ends with, and psutil's `Process.exe` the one it may raise: a circle
    with their own frames. Until Python looks for circles, which may take minutes, it would keep all that any caller
    worked on, such as a whole picture of 8 MiB.
    """
    one: BaseException | None = error
    while one is not None:
        one.__traceback__ = None
        one = one.__context__
