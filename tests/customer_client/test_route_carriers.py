import itertools
import os
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.app import _carried
from customer_client.network_thread import NetworkThread
from customer_client.own_file import carried_by, own_file
from customer_client.route_carriers import ASK, Carried, CarriedRoute, Carrier, carried_route, route_in
from customer_client.session.state import Page
from customer_client.trust import Trust, find_trust
from demo.virtual_display import virtual_display

ROUTE = "K7QF2MXPPBW5"
OTHER = "0" * 12
FILE, ADDRESS, LINK = Carrier.FILE_NAME, Carrier.DOWNLOAD_ADDRESS, Carrier.LINK

STEMS = ("Deskside-K7QF-2MXP-PBW5", "deskside_k7qf_2mxp_pbw5", "Deskside K7QF 2MXP PBW5", "K7QF2MXPPBW5")
STEMS += ("Fernhilfe-K7QF-2MXP-PBW5", "Удалённая помощь K7QF-2MXP-PBW5", "遠端協助-K7QF-2MXP-PBW5")
PREFIXES = ("", "Copy of ", "Kopie von ", "Copia de ", "Копия ", "New 2 ", "support.example.org-")
MARKS = ("", " (1)", "(12)", " - Copy", " - Kopie (2)", "-2", " copy 3", "[1]", "_1", " – копия", ".part")
ENDINGS = ("", ".exe", ".exe.exe", ".tar.gz", ".AppImage")
VARIANTS = ["".join(parts) for parts in itertools.product(PREFIXES, STEMS, MARKS, ENDINGS)]


def test_the_route_is_found_in_more_than_300_renamed_variants():
    names = VARIANTS + [name.lower() for name in VARIANTS]
    assert len(set(names)) > 300
    assert [name for name in names if route_in(Carried(FILE, name)) != ROUTE] == []


@pytest.mark.parametrize(
    "name", ["Deskside", "Deskside (1).exe", "Deskside-K7QF-2MXP-PBW6", "Deskside-K7QF-2MXP", "K7QF-2MXP-PBW5x.exe"]
)
def test_a_name_without_a_valid_route_has_no_say(name):
    assert carried_route([Carried(FILE, name), Carried(LINK, "deskside:nonsense")]) == CarriedRoute(None)


@pytest.mark.parametrize(
    ("carried", "route"),
    [
        (Carried(ADDRESS, "https://relay.example.org/d/K7QF-2MXP-PBW5/Deskside"), ROUTE),
        (Carried(ADDRESS, "https://relay.example.org/d/K7QF%2D2MXP%2DPBW5/Deskside?x=1#y"), ROUTE),
        (Carried(ADDRESS, "https://K7QF-2MXP-PBW5.example.org/Deskside"), None),
        (Carried(ADDRESS, "https://relay.example.org/Deskside?route=K7QF-2MXP-PBW5#K7QF-2MXP-PBW5"), None),
        (Carried(ADDRESS, "http://[broken"), None),
        (Carried(LINK, "deskside:K7QF-2MXP-PBW5"), ROUTE),
        (Carried(LINK, "DESKSIDE://join/k7qf-2mxp-pbw5/"), ROUTE),
        (Carried(LINK, "deskside://K7QF-2MXP-PBW5"), None),
        (Carried(LINK, "deskside://join/K7QF-2MXP-PBW5?relay=https://evil.example"), ROUTE),
        (Carried(LINK, "https://relay.example.org/K7QF-2MXP-PBW5"), None),
    ],
)
def test_addresses_and_links_carry_a_route_in_their_path_alone(carried, route):
    assert route_in(carried) == route


def test_carriers_that_agree_are_one_and_carriers_that_disagree_are_none():
    name, address = Carried(FILE, f"Deskside-{ROUTE} (1)"), Carried(ADDRESS, f"https://relay.example.org/d/{ROUTE}/x")
    assert carried_route([name, address, Carried(FILE, "Deskside")]) == CarriedRoute(ROUTE)
    assert carried_route([name, Carried(LINK, f"deskside:{OTHER}")]) == CarriedRoute(None, disagree=True)
    assert carried_route([]) == CarriedRoute(None)


@given(st.sampled_from(Carrier), st.text(max_size=300))
def test_any_text_is_a_route_or_nothing(carrier, text):
    route = route_in(Carried(carrier, text))
    assert route is None or len(route) == 12


def test_a_name_never_says_whom_to_trust(monkeypatch):
    for variable in ("DESKSIDE_RELAY", "DESKSIDE_ORGANISATION"):
        monkeypatch.delenv(variable, raising=False)
    name = f"Deskside-host=evil.example,key={'0' * 64}-{ROUTE}.exe"
    monkeypatch.setattr(sys, "argv", [name])
    monkeypatch.setenv("DESKSIDE_FILE", f"/downloads/{name}")
    assert _carried(None) == CarriedRoute(ROUTE)
    assert find_trust(None, None) is None


def test_the_unpacked_program_reads_the_name_of_the_file_it_came_in(tmp_path):
    opened = tmp_path / f"Deskside {ROUTE} (1)"
    opened.write_bytes(b"")
    assert own_file({"DESKSIDE_FILE": str(opened)}, "/cache/app.pyc") == opened
    assert own_file({}, "/opt/deskside-customer") == Path("/opt/deskside-customer")
    assert carried_by(opened) == [Carried(FILE, opened.name)]


@pytest.mark.skipif(sys.platform != "linux", reason="Python reads extended attributes on Linux alone")
def test_the_browsers_note_on_the_download_is_read(tmp_path):
    opened = tmp_path / "Deskside"
    opened.write_bytes(b"")
    try:
        os.setxattr(opened, "user.xdg.origin.url", f"https://relay.example.org/d/{ROUTE}/Deskside".encode())
    except OSError:
        pytest.skip("this file system keeps no notes")
    assert carried_route(carried_by(opened)) == CarriedRoute(ROUTE)


def test_what_was_typed_on_the_command_line_wins_over_the_name(monkeypatch):
    monkeypatch.setenv("DESKSIDE_FILE", f"/downloads/Deskside-{ROUTE}")
    assert _carried("123 456") == CarriedRoute("123 456")
    assert _carried(f"deskside:{OTHER}") == CarriedRoute(None, disagree=True)


OPENED = """
import sys
touched = []
watched = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "socket.sendto")
sys.addaudithook(lambda event, about: touched.append((event, str(about))) if event in watched else None)
from customer_client.app import main
from protocol.errors import LocalError

def look(window):
    try:
        window.find("contact_by_me")
    except LocalError:
        window._root.after(20, look, window)
    else:
        window._root.after(500, answer, window)

def beyond():
    return [event for event, about in touched if "/" not in about]

def counted():
    # What the kernel has counted in this network of its own: connections begun and datagrams sent.
    lines = [line.split() for line in open("/proc/self/net/snmp")]
    named = {(names[0], name): int(number) for names, numbers in zip(lines[::2], lines[1::2])
             for name, number in zip(names[1:], numbers[1:])}
    return named["Tcp:", "ActiveOpens"] + named["Udp:", "OutDatagrams"]

def answer(window):
    print(beyond())
    print(counted())
    window._intents.protection.contacted(True)
    leave(window)

def leave(window):
    window.close() if beyond() else window._root.after(20, leave, window)

main(sys.argv[1:], on_ready=lambda window: window._root.after(20, look, window))
print("socket.connect" in beyond())
print(counted() > 0)
"""
"""The program as it is opened, watched by Python's audit hooks and the kernel; the display's socket has a path."""

ALONE = ("unshare", "-n" if os.geteuid() == 0 else "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "alone")
"""Runs a program in a network of its own, where nobody else is counted."""


def test_the_opened_program_makes_no_connection_and_asks_no_name_server(tmp_path):
    """Half a second longer than the page needs to appear, with a relay it goes to as soon as there is an answer."""
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system gives nobody a network of their own")
    words = ["--relay", "http://localhost:9", "--organisation", "00" * 32, "--data", str(tmp_path), ROUTE]
    with virtual_display(1024, 768, 24) as display:
        done = subprocess.run(
            [*ALONE, sys.executable, "-c", OPENED, *words],
            env={**os.environ, "DISPLAY": display},
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stdout.splitlines()) == (0, ["[]", "0", "True", "True"]), done.stderr


def test_carriers_that_disagree_lead_to_a_question_and_not_to_a_session(tmp_path):
    asked = queue.SimpleQueue()
    network = NetworkThread(Trust("http://127.0.0.1:9", bytes(32)), tmp_path)
    network.attach(publish=asked.put, close_window=lambda: None)
    network.start(None, remark=ASK)
    try:
        assert asked.get(timeout=20).page is Page.CONTACT
        network.protection.contacted(True)
        shown = asked.get(timeout=20)
        assert (shown.page, shown.text, shown.route) == (Page.ROUTE, ASK, "")
    finally:
        network.stop()
        network.join()
        network._loops.loop.close()


def test_nothing_goes_to_the_network_before_the_person_has_answered(tmp_path):
    """Programs that look for viruses open files by themselves; a session may not be used up by that."""
    states, asked = [], threading.Event()

    def publish(state):
        states.append(state)
        if state.page is Page.CONTACT:
            asked.set()

    with socket.create_server(("127.0.0.1", 0)) as relay:
        network = NetworkThread(Trust(f"http://127.0.0.1:{relay.getsockname()[1]}", bytes(32)), tmp_path)
        network.attach(publish=publish, close_window=lambda: None)
        network.start(ROUTE)
        try:
            assert asked.wait(20)
            relay.settimeout(0.5)
            with pytest.raises(TimeoutError):
                relay.accept()
            network.protection.contacted(True)
            relay.settimeout(20)
            relay.accept()[0].close()
        finally:
            network.stop()
            network.join()
            network._loops.loop.close()  # the program leaves that to the end of its process
