"""Two network namespaces with a line between them: the sender's and the viewer's computer on one machine.

A namespace lives exactly as long as the small process that holds it, and that process ends when our end of its
standard input is closed: nothing is left behind, however we end. Needs root (or CAP_SYS_ADMIN and CAP_NET_ADMIN).
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.picture import shaper
from benchmarks.picture.lines import Line
from benchmarks.picture.relay_bridge import loopback_bridge
from demo.programs import Program

SENDER_ADDRESS, VIEWER_ADDRESS = "198.18.0.1", "198.18.0.2"
"""From the range that RFC 2544 sets aside for benchmarks."""

MTU = 1500


class NotAllowed(Exception):
    """This machine does not let us make network namespaces."""


@dataclass(frozen=True)
class Computer:
    """One of the two: `holder` is the process whose network namespace it is, `line` the shaper's program if any."""

    holder: int
    address: str
    line: Program | None = None

    def command(self, *arguments: str) -> list[str]:
        """Return `arguments` as a command that runs on this computer and ends when we do."""
        return ["setpriv", "--pdeathsig", "KILL", "nsenter", f"--net=/proc/{self.holder}/ns/net", "--", *arguments]

    def module(self, *arguments: str) -> list[str]:
        """Return `arguments` of `python -m` so that the module runs on this computer."""
        return ["benchmarks.picture.inside", str(self.holder), *arguments]

    def counters(self) -> tuple[int, int]:
        """Return the bytes this computer has received from and sent to the line, IP headers included."""
        for row in Path("/proc", str(self.holder), "net", "dev").read_text(encoding="ascii").splitlines():
            name, _, figures = row.partition(":")
            if name.strip() == shaper.DEVICE:
                columns = figures.split()
                return int(columns[0]), int(columns[8])
        raise RuntimeError("the computer has no line")

    def cut_line(self, seconds: float) -> int:
        """Let the shaped line lose everything for `seconds`, both ways; return when it is back (monotonic ns).

        Raises:
            RuntimeError: the line is not shaped, so there is no program that could.
        """
        if self.line is None:
            raise RuntimeError("only a shaped line can be cut")
        return int(self.line.ask("dark", seconds=str(seconds))["until"])

    @contextlib.contextmanager
    def reaches(self, port: int) -> Iterator[None]:
        """Let this computer reach our own loopback `port` at the same address, beside the line."""
        with loopback_bridge(self.holder, port):
            yield


@contextlib.contextmanager
def two_computers(line: Line) -> Iterator[tuple[Computer, Computer]]:
    """Yield the sender's and the viewer's computer, connected by `line`.

    Raises:
        NotAllowed: we may not make namespaces.
    """
    with contextlib.ExitStack() as stack:
        sender = Computer(stack.enter_context(namespace()), SENDER_ADDRESS)
        viewer = Computer(stack.enter_context(namespace()), VIEWER_ADDRESS)
        if line.shaped:
            program = stack.enter_context(_shaped(sender, viewer, line))
            sender, viewer = replace(sender, line=program), replace(viewer, line=program)
        else:
            _direct(sender, viewer)
        for computer, other in ((sender, viewer), (viewer, sender)):
            run_ip(
                computer,
                "link set lo up",
                # no IPv6: its announcements would be counted as picture
                f"link set {shaper.DEVICE} addrgenmode none",
                f"link set {shaper.DEVICE} mtu {MTU} txqueuelen 4000 up",
                f"address add {computer.address} peer {other.address} dev {shaper.DEVICE}",
            )
        yield sender, viewer


def allowed() -> bool:
    """Return whether this machine lets us make namespaces."""
    try:
        with two_computers(Line("try", delay_ms=1)):
            return True
    except NotAllowed:
        return False


@contextlib.contextmanager
def namespace() -> Iterator[int]:
    """Yield the id of a process that holds a new network namespace.

    Raises:
        NotAllowed: we may not make namespaces.
    """
    holder = subprocess.Popen(
        ["unshare", "--net", "--", "sh", "-c", "echo ready; exec cat >/dev/null"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with holder:
        assert holder.stdout is not None
        if holder.stdout.readline() != b"ready\n":
            raise NotAllowed("network namespaces need root: run the benchmark as root")
        try:
            yield holder.pid
        finally:
            holder.terminate()


@contextlib.contextmanager
def _shaped(sender: Computer, viewer: Computer, line: Line) -> Iterator[Program]:
    with tempfile.TemporaryDirectory() as folder:
        arguments = shaper.command(sender.holder, viewer.holder, line.forth, line.back)
        program = Program("shaper", arguments, log_folder=Path(folder))
        try:
            said = program.next_line()
            if not said.get("ready"):
                raise NotAllowed(f"the line could not be made: {said.get('problem')}")
            yield program
        finally:
            program.end()


def _direct(sender: Computer, viewer: Computer) -> None:
    peer = f"peer name {shaper.DEVICE} netns {viewer.holder}"
    run_ip(sender, f"link add {shaper.DEVICE} type veth {peer}")


def run_ip(computer: Computer, *orders: str) -> None:
    """Run orders of `ip -batch` on `computer`.

    Raises:
        subprocess.CalledProcessError: one was refused.
    """
    command = computer.command("ip", "-batch", "-")
    subprocess.run(command, input="\n".join(orders), text=True, check=True, capture_output=True)
