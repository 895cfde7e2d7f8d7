"""A customer's and a technician's computer with a router between them, on which the relay runs: all on this machine.

The router forwards, so the two reach each other directly, and pulling a cable takes relay and peer away together.
Needs root and `ip`; `reason_not_possible` says what is missing.
"""

import contextlib
import functools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.picture import shaper
from benchmarks.picture.namespaces import Computer, NotAllowed, namespace, run_ip
from benchmarks.picture.shaper import Shape
from demo.programs import Program

CUSTOMER_NETWORK, TECHNICIAN_NETWORK = "198.18.1", "198.18.2"
ROUTER = "254"
TECHNICIAN_PORT_OF_ROUTER = "side"
RELAY_ADDRESS = f"{CUSTOMER_NETWORK}.{ROUTER}"


@dataclass
class Networks:
    """The three computers. A side is `customer` or `technician`."""

    customer: Computer
    technician: Computer
    router: Computer
    _hosts: dict[str, int] = field(default_factory=lambda: {"customer": 1, "technician": 1})

    def unplug(self, side: str) -> None:
        """Pull the cable of `side` out at the router: nothing comes through, and its own program is not told."""
        run_ip(self.router, f"link set {self._router_port(side)} down")

    def plug_in(self, side: str) -> float:
        """Put the cable back; return when (monotonic s)."""
        run_ip(self.router, f"link set {self._router_port(side)} up")
        return time.monotonic()

    def move(self, side: str) -> float:
        """Give the computer of `side` another address, as another network would; return when (monotonic s)."""
        network, old = self._network(side), self._hosts[side]
        self._hosts[side] = old + 1
        run_ip(
            getattr(self, side),
            f"address del {network}.{old}/24 dev {shaper.DEVICE}",
            f"address add {network}.{old + 1}/24 dev {shaper.DEVICE}",
            f"route replace default via {network}.{ROUTER}",
        )
        return time.monotonic()

    def _router_port(self, side: str) -> str:
        return shaper.DEVICE if side == "customer" else TECHNICIAN_PORT_OF_ROUTER

    def _network(self, side: str) -> str:
        return CUSTOMER_NETWORK if side == "customer" else TECHNICIAN_NETWORK


@functools.cache
def reason_not_possible() -> str:
    """Return why these networks cannot be made here; empty when they can."""
    missing = [program for program in ("ip", "nsenter", "unshare", "setpriv", "Xvfb") if shutil.which(program) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    try:
        with namespace():
            return ""
    except NotAllowed:
        return "network namespaces need root"


@contextlib.contextmanager
def three_networks(shape: Shape | None = None) -> Iterator[Networks]:
    """Yield the computers, connected; with `shape`, the customer's line behaves like that in each direction.

    Raises:
        NotAllowed: we may not make namespaces.
    """
    with contextlib.ExitStack() as stack:
        customer = Computer(stack.enter_context(namespace()), f"{CUSTOMER_NETWORK}.1")
        technician = Computer(stack.enter_context(namespace()), f"{TECHNICIAN_NETWORK}.1")
        router = Computer(stack.enter_context(namespace()), RELAY_ADDRESS)
        if shape is None:
            run_ip(router, f"link add {shaper.DEVICE} type veth peer name {shaper.DEVICE} netns {customer.holder}")
        else:
            stack.enter_context(_shaped(customer, router, shape))
        run_ip(
            router,
            f"link add {TECHNICIAN_PORT_OF_ROUTER} type veth peer name {shaper.DEVICE} netns {technician.holder}",
        )
        _address(router, CUSTOMER_NETWORK, ROUTER, shaper.DEVICE)
        _address(router, TECHNICIAN_NETWORK, ROUTER, TECHNICIAN_PORT_OF_ROUTER)
        for computer, network in ((customer, CUSTOMER_NETWORK), (technician, TECHNICIAN_NETWORK)):
            _address(computer, network, "1", shaper.DEVICE)
            run_ip(computer, f"route add default via {network}.{ROUTER}")
        forward = router.command("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        subprocess.run(forward, check=True, capture_output=True)
        yield Networks(customer, technician, router)


def _address(computer: Computer, network: str, host: str, device: str) -> None:
    run_ip(
        computer,
        "link set lo up",
        f"link set {device} addrgenmode none",
        f"link set {device} up",
        f"address add {network}.{host}/24 dev {device}",
    )


@contextlib.contextmanager
def _shaped(customer: Computer, router: Computer, shape: Shape) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = shaper.command(customer.holder, router.holder, shape, shape)
        program = Program("shaper", arguments, log_folder=Path(folder))
        try:
            said = program.next_line()
            if not said.get("ready"):
                raise NotAllowed(f"the line could not be made: {said.get('problem')}")
            yield
        finally:
            program.end()
