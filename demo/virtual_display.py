"""A private X display, with a window manager if wanted: starts it, names it, and ends it again. For demo and tests."""

import contextlib
import os
import select
import subprocess
from collections.abc import Iterator

from Xlib.display import Display

START_DEADLINE_S = 20.0
BACKGROUND = 0x33566E
"""The colour of a virtual desktop, 0xRRGGBB."""


@contextlib.contextmanager
def virtual_display(width: int = 1920, height: int = 1080, depth: int = 24) -> Iterator[str]:
    """Run an Xvfb of ``width`` x ``height`` pixels and ``depth`` bits and yield its name, such as ``":99"``.

    The server picks a free number itself, so tests may run side by side. It is ended by its
    own process id when the block is left. Raises RuntimeError if it does not come up in 20 s.
    """
    read_end, write_end = os.pipe()
    try:
        server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(write_end),
                "-screen",
                "0",
                f"{width}x{height}x{depth}",
                "-nolisten",
                "tcp",
                "-noreset",
            ],
            pass_fds=(write_end,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    try:
        yield f":{int(_read_line(read_end, 'Xvfb'))}"
    finally:
        os.close(read_end)
        _end(server)


@contextlib.contextmanager
def virtual_desktop(width: int = 1920, height: int = 1080) -> Iterator[str]:
    """Run an Xvfb with the window manager openbox on it and yield the display's name.

    Raises RuntimeError if one of the two does not come up in 20 s.
    """
    with virtual_display(width, height) as name:
        manager = subprocess.Popen(
            ["openbox", "--startup", "echo started"],
            env={"DISPLAY": name, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert manager.stdout is not None
        try:
            # A window shown while openbox starts can be overlooked for good; its properties of the root come too early.
            _read_line(manager.stdout.fileno(), "openbox")
            _paint_background(name)
            yield name
        finally:
            _end(manager)
            manager.stdout.close()


def _paint_background(name: str) -> None:
    display = Display(name)
    root = display.screen().root
    root.change_attributes(background_pixel=BACKGROUND)
    root.clear_area(0, 0, 0, 0)
    display.sync()
    display.close()


def _read_line(read_end: int, program: str) -> bytes:
    """Return the line with which `program` says that it has started."""
    written = b""
    while not written.endswith(b"\n"):
        ready, _, _ = select.select([read_end], [], [], START_DEADLINE_S)
        chunk = os.read(read_end, 32) if ready else b""
        if not chunk:
            raise RuntimeError(f"{program} did not start")
        written += chunk
    return written


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
