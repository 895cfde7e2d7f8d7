"""A line to an X server on which what the server says comes in bursts, as over a network or to a busy program."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator

_FIRST_TCP_PORT = 6000
_AT_ONCE_BYTES = 65536


@contextlib.contextmanager
def slow_x11_line(display_name: str, every_s: float) -> Iterator[str]:
    """Yield the name of a display that is `display_name`, but is heard only every `every_s`.

    Leave it after the programs that use it have ended.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = threading.Thread(target=_accept, args=(listening, display_name, every_s))
        line.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1] - _FIRST_TCP_PORT}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            line.join()


def _accept(listening: socket.socket, display_name: str, every_s: float) -> None:
    threads = []
    with contextlib.suppress(OSError):
        while True:
            program, _ = listening.accept()
            threads.append(threading.Thread(target=_carry, args=(program, display_name, every_s)))
            threads[-1].start()
    for thread in threads:
        thread.join()


def _carry(program: socket.socket, display_name: str, every_s: float) -> None:
    said, next_at = b"", 0.0
    with program, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(ConnectionError):
        server.connect(f"/tmp/.X11-unix/X{display_name.removeprefix(':')}")
        while True:
            wait_s = max(0.0, next_at - time.monotonic()) if said else None
            for sender in select.select([program, server], [], [], wait_s)[0]:
                data = sender.recv(_AT_ONCE_BYTES)
                if not data:
                    return
                if sender is program:
                    server.sendall(data)
                    continue
                said += data
            if said and time.monotonic() >= next_at:
                program.sendall(said)
                said, next_at = b"", time.monotonic() + every_s
