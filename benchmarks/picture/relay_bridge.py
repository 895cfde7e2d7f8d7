"""Lets a network namespace reach one port of our own loopback, at the same address, beside the measured line.

The relay serves plain HTTP on loopback only, and signaling is not picture: so it travels here, uncounted.
"""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

from benchmarks.picture.inside import enter_network_of

_CHUNK = 64 * 1024


@contextlib.contextmanager
def loopback_bridge(process: int, port: int) -> Iterator[None]:
    """Listen on 127.0.0.1:`port` in the network namespace of `process` and forward to the same port of ours."""

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as onward:
                there = threading.Thread(target=_carry, args=(self.request, onward), daemon=True)
                there.start()
                _carry(onward, self.request)
                there.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    listener = _listen(process, port)
    with Server(("127.0.0.1", port), Forward, bind_and_activate=False) as server:
        server.socket.close()
        server.socket = listener
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _listen(process: int, port: int) -> socket.socket:
    """Return a listening socket that belongs to the namespace; a thread enters it, and takes that with it."""
    made: list[socket.socket] = []

    def work() -> None:
        enter_network_of(process)
        made.append(socket.create_server(("127.0.0.1", port)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if not made:
        raise OSError(f"cannot listen on port {port} in the namespace of process {process}")
    return made[0]


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
