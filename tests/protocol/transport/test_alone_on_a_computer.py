"""Two programs on one computer without any network still reach each other."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]

SCRIPT = """
import asyncio, fcntl, socket, struct

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
    fcntl.ioctl(opened, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))

from protocol.transport import hooks
from protocol.transport.peer_connection import PeerConnection

async def main():
    hooks.install()
    ends = [PeerConnection(message_arrived=lambda *_: None, failed=lambda _: None) for _ in range(2)]
    await ends[0].accept(await ends[1].answer(await ends[0].offer()))
    await asyncio.gather(*(end.wait_connected() for end in ends))
    print(ends[0].path)
    await asyncio.gather(*(end.close() for end in ends))

asyncio.run(main())
"""


def test_without_any_network_loopback_is_offered() -> None:
    unshare = [shutil.which("unshare") or "unshare", "--map-root-user", "--net"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system allows no network namespaces")
    done = subprocess.run(
        [*unshare, sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "direct", done.stderr
