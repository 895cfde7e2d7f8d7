"""A line of our own between two network namespaces: delay, rate, a queue that overflows, and loss, for every protocol.

`Pipe` is pure: packets in, packets out, time is an argument. The program around it reads IP packets from a TUN device
in each namespace and writes them to the other: `python -m benchmarks.picture.shaper JSON`.
"""

import contextlib
import fcntl
import json
import os
import random
import select
import struct
import sys
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass

from benchmarks.picture.inside import enter_network_of

DEVICE = "line"
"""The TUN device's name in both namespaces."""

LARGEST_PACKET = 65536
_TCP = 6
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000


@dataclass(frozen=True)
class Shape:
    """How one direction of a line behaves.

    `delay_ms` is one way; `rate_kbps` in kbit/s, 0 for no limit; `queue_bytes` wait for their turn, more are dropped;
    `loss` is the share of packets lost by chance (0..1), decided by `seed`. `only_tcp` lets nothing but TCP through, as
    some firewalls do, and with `only_ports` only what goes to or comes from one of these.
    """

    delay_ms: float = 0.0
    rate_kbps: float = 0.0
    queue_bytes: int = 256 * 1024
    loss: float = 0.0
    seed: int = 1
    only_tcp: bool = False
    only_ports: tuple[int, ...] = ()

    def lets_through(self, packet: bytes) -> bool:
        """Return whether the line carries such an IP packet at all."""
        if not self.only_tcp:
            return True
        ports_at = 4 * (packet[0] & 0x0F) if packet else 0
        if len(packet) < ports_at + 4 or packet[0] >> 4 != 4 or packet[9] != _TCP:
            return False
        return not self.only_ports or not set(self.only_ports).isdisjoint(struct.unpack_from("!HH", packet, ports_at))


class Pipe:
    """One direction of a line. Times are monotonic seconds."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._chance = random.Random(shape.seed)
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0
        self._dark_until = 0.0
        self.dropped = 0

    def go_dark(self, until: float) -> None:
        """Lose everything that arrives before `until`, as a line does that is cut without anybody being told."""
        self._dark_until = until

    def accept(self, packet: bytes, now: float) -> None:
        """Take a packet that arrives at `now`; it may be lost by chance or because the queue is full."""
        shape = self._shape
        if now < self._dark_until or not shape.lets_through(packet):
            self.dropped += 1
            return
        if shape.loss and self._chance.random() < shape.loss:
            self.dropped += 1
            return
        leaves = now
        if shape.rate_kbps:
            bytes_per_s = shape.rate_kbps * 125
            if (self._free_at - now) * bytes_per_s + len(packet) > shape.queue_bytes:
                self.dropped += 1
                return
            leaves = self._free_at = max(now, self._free_at) + len(packet) / bytes_per_s
        self._under_way.append((leaves + shape.delay_ms / 1000, packet))

    def take_due(self, now: float) -> list[bytes]:
        """Return the packets that have arrived at the other end by `now`, in order."""
        due = []
        while self._under_way and self._under_way[0][0] <= now:
            due.append(self._under_way.popleft()[1])
        return due

    def next_due(self) -> float | None:
        """Return when the next packet arrives, or None when none is under way."""
        return self._under_way[0][0] if self._under_way else None


def open_tun(process: int) -> int:
    """Return a file descriptor of a new TUN device in the network namespace of `process`.

    Raises:
        OSError: not allowed.
    """
    opened: list[int | OSError] = []

    def work() -> None:
        try:
            enter_network_of(process)
            handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(handle, _TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
            opened.append(handle)
        except OSError as error:
            opened.append(error)

    # in a thread, because a namespace is entered by a thread and this program stays where it is
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    result = opened[0]
    if isinstance(result, OSError):
        raise result
    return result


def pump(ends: tuple[int, int], pipes: tuple[Pipe, Pipe], orders: int) -> None:
    """Carry packets from each end to the other, through its pipe, until `orders` (a file descriptor) ends.

    An order is a line `{"ask": "dark", "seconds": N}`: it is answered at once, and the line carries nothing meanwhile.
    """
    while True:
        dues = [due for pipe in pipes if (due := pipe.next_due()) is not None]
        wait = max(0.0, min(dues) - time.monotonic()) if dues else None
        readable, _, _ = select.select([*ends, orders], [], [], wait)
        if orders in readable:
            order = os.read(orders, LARGEST_PACKET)
            if not order:
                return
            _obey(order, pipes)
        for end, pipe in zip(ends, pipes, strict=True):
            if end in readable:
                _read_all(end, pipe)
        now = time.monotonic()
        for end, pipe in zip(reversed(ends), pipes, strict=True):
            for packet in pipe.take_due(now):
                # a computer whose side is not up takes no packets, as with a cable pulled out
                with contextlib.suppress(OSError):
                    os.write(end, packet)


def _obey(order: bytes, pipes: tuple[Pipe, Pipe]) -> None:
    until = time.monotonic() + float(json.loads(order)["seconds"])
    for pipe in pipes:
        pipe.go_dark(until)
    _say({"answer": "dark", "until": round(until * 1e9)})


def _read_all(end: int, pipe: Pipe) -> None:
    now = time.monotonic()
    for _ in range(64):
        try:
            packet = os.read(end, LARGEST_PACKET)
        except BlockingIOError:
            return
        pipe.accept(packet, now)


def command(sender: int, viewer: int, forth: Shape, back: Shape) -> list[str]:
    """Return the arguments after `python -m` that run a line between the namespaces of two processes."""
    order = {"sender": sender, "viewer": viewer, "forth": asdict(forth), "back": asdict(back)}
    return ["benchmarks.picture.shaper", json.dumps(order)]


def main() -> None:
    """Open both devices, say so, and carry packets until standard input ends."""
    order = json.loads(sys.argv[1])
    try:
        ends = (open_tun(order["sender"]), open_tun(order["viewer"]))
    except OSError as error:
        _say({"ready": False, "problem": str(error)})
        return
    _say({"ready": True})
    pump(ends, (Pipe(Shape(**order["forth"])), Pipe(Shape(**order["back"]))), sys.stdin.fileno())


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
