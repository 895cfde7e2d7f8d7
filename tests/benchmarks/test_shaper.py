"""The line between two computers: delay, rate, queue and loss, on paper and between real network namespaces."""

import json
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.picture.lines import LINES, LOCAL, Line
from benchmarks.picture.namespaces import VIEWER_ADDRESS, Computer, NotAllowed, two_computers
from benchmarks.picture.shaper import Pipe, Shape

arrivals = st.lists(st.tuples(st.floats(0, 0.01), st.integers(20, 1500)), max_size=60)


def carried(shape: Shape, packets: list[tuple[float, int]]) -> list[tuple[float, float, int]]:
    """Return (sent, arrived, size) of every packet that arrived; `packets` are (seconds after the last, size)."""
    pipe, now, sent, arrived = Pipe(shape), 0.0, {}, []
    for number, (pause, size) in enumerate(packets):
        now += pause
        packet = number.to_bytes(4, "big").ljust(size, b"x")
        sent[number] = now
        pipe.accept(packet, now)
    while (due := pipe.next_due()) is not None:
        for packet in pipe.take_due(due):
            number = int.from_bytes(packet[:4], "big")
            arrived.append((sent[number], due, len(packet)))
    return arrived


@given(arrivals, st.floats(0, 500))
def test_every_packet_is_delayed_and_none_overtakes(packets: list[tuple[float, int]], delay_ms: float) -> None:
    arrived = carried(Shape(delay_ms=delay_ms), packets)
    assert [size for _, _, size in arrived] == [size for _, size in packets]
    assert all(at == sent + delay_ms / 1000 for sent, at, _ in arrived)


@given(arrivals, st.floats(64, 100_000))
def test_the_line_never_carries_more_than_its_rate(packets: list[tuple[float, int]], rate_kbps: float) -> None:
    arrived = carried(Shape(rate_kbps=rate_kbps, queue_bytes=10**9), packets)
    assert len(arrived) == len(packets)
    for first in range(len(arrived)):
        carried_bytes = sum(size for _, _, size in arrived[first:])
        assert arrived[-1][1] - arrived[first][0] >= carried_bytes / (rate_kbps * 125) - 1e-9


@given(arrivals)
def test_a_full_queue_drops_what_comes_last(packets: list[tuple[float, int]]) -> None:
    shape = Shape(rate_kbps=1000, queue_bytes=4000)
    arrived = carried(shape, packets)
    assert all(at - sent <= 4000 / 125_000 + 1e-9 for sent, at, _ in arrived)
    burst = carried(shape, [(0.0, 1000)] * 10)
    assert len(burst) == 4


def test_a_line_that_was_cut_loses_everything_until_it_is_back_and_nothing_after() -> None:
    pipe = Pipe(Shape(delay_ms=10))
    pipe.accept(b"before", 0.9)
    pipe.go_dark(until=3.0)
    for at in (1.0, 2.0, 2.999):
        pipe.accept(b"meanwhile", at)
    pipe.accept(b"after", 3.0)
    assert pipe.take_due(4.0) == [b"before", b"after"]
    assert pipe.dropped == 3


def test_loss_is_near_its_share_and_the_same_for_the_same_seed() -> None:
    packets = [(0.001, 100)] * 5000
    first, again, other = (carried(Shape(loss=0.05, seed=seed), packets) for seed in (1, 1, 2))
    assert first == again != other
    assert 0.03 < 1 - len(first) / len(packets) < 0.07


def test_the_named_lines_are_what_their_names_say() -> None:
    assert not LOCAL.shaped
    assert set(LINES) == {"10mbit_40ms", "2mbit_80ms_1loss", "10mbit_40ms_5loss", "300ms"}
    line = LINES["2mbit_80ms_1loss"]
    assert (line.forth.delay_ms, line.forth.rate_kbps, line.forth.loss) == (40, 2000, 0.01)
    assert line.forth.seed != line.back.seed


SERVER = """
    import json, socket, sys
    server = socket.create_server((sys.argv[1], 7000))
    echo = socket.socket(type=socket.SOCK_DGRAM)
    echo.bind((sys.argv[1], 7001))
    print("ready", flush=True)
    taken, _ = server.accept()
    got = 0
    while chunk := taken.recv(65536):
        got += len(chunk)
    taken.sendall(b"%d" % got)
    taken.close()
    while True:
        data, sender = echo.recvfrom(2048)
        echo.sendto(data, sender)
"""

CLIENT = """
    import json, socket, sys, time
    began = time.monotonic()
    with socket.create_connection((sys.argv[1], 7000)) as stream:
        stream.sendall(bytes(int(sys.argv[2])))
        stream.shutdown(socket.SHUT_WR)
        got = int(stream.recv(100))
    stream_s = time.monotonic() - began
    with socket.socket(type=socket.SOCK_DGRAM) as pings:
        pings.settimeout(20)
        began = time.monotonic()
        pings.sendto(b"ping", (sys.argv[1], 7001))
        pings.recv(100)
    print(json.dumps({"got": got, "stream_s": stream_s, "ping_s": time.monotonic() - began}))
"""


def run_python(computer: Computer, source: str, *arguments: str) -> "subprocess.Popen[str]":
    command = computer.command(sys.executable, "-c", textwrap.dedent(source), *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def measured(line: Line, size: int) -> dict[str, float]:
    try:
        with two_computers(line) as (sender, viewer):
            before = sender.counters()[1]
            with run_python(viewer, SERVER, VIEWER_ADDRESS) as server:
                assert server.stdout is not None
                assert server.stdout.readline() == "ready\n"
                with run_python(sender, CLIENT, VIEWER_ADDRESS, str(size)) as client:
                    output, _ = client.communicate(timeout=60)
                server.kill()
            return {**json.loads(output), "sent": sender.counters()[1] - before}
    except NotAllowed as problem:
        pytest.skip(str(problem))


def test_tcp_and_udp_cross_a_line_between_namespaces_no_faster_than_it_is() -> None:
    size = 100_000
    seen = measured(Line("slow", rate_kbps=4000, delay_ms=60), size)
    assert seen["got"] == size
    assert seen["ping_s"] >= 0.06
    assert seen["stream_s"] >= size / 500_000
    assert seen["sent"] > size


def test_tcp_survives_loss_and_the_line_carries_the_repeats() -> None:
    size = 60_000
    seen = measured(Line("lossy", loss=0.04, delay_ms=4), size)
    assert seen["got"] == size


def test_computers_without_a_shaper_are_connected_directly() -> None:
    assert measured(LOCAL, 1000)["got"] == 1000


def test_a_line_that_loses_everything_carries_nothing() -> None:
    shape = Shape(loss=1.0)
    assert carried(shape, [(0.001, 100)] * 100) == []
