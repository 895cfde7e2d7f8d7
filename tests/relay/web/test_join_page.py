import hashlib
import io
import re
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from protocol.catalogues import LANGUAGES
from protocol.pairing.route import new_route, parse_route, route_in_file_name, write_route
from relay.web.client_files import ClientShelf, Platform, Visitor, read_on
from relay.web.join_page import GUESSES_PER_MINUTE, STAGES_PER_MINUTE
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import ORGANISATION, TECHNICIAN_NAME, PreparedRelay, running_relay

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"


def ask(relay: PreparedRelay, path: str, *, agent: str = LINUX, language: str = "en") -> httpx.Response:
    with relay.client("") as client:
        return client.get(path, headers={"User-Agent": agent, "Accept-Language": language})


def page(relay: PreparedRelay, path: str, **asked: str) -> tuple[int, str]:
    answer = ask(relay, path, **asked)
    assert answer.headers["content-type"].startswith("text/html")
    return answer.status_code, answer.text


@pytest.fixture
def builds(shared_relay: PreparedRelay) -> Iterator[Path]:
    """The folder whose files the shared relay offers, with two builds in it."""
    folder = shared_relay.data_dir / "client"
    folder.mkdir()
    (folder / "Deskside.exe").write_bytes(b"MZ windows")
    with tarfile.open(folder / "Deskside.tar.gz", "w:gz") as archive:
        said = b'#!/bin/sh\necho "opened $*"\n'
        entry = tarfile.TarInfo("Deskside")
        entry.size, entry.mode = len(said), 0o755
        archive.addfile(entry, io.BytesIO(said))
    try:
        yield folder
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_the_page_says_who_wants_to_help_with_what_and_how(shared_relay: PreparedRelay) -> None:
    ticket = shared_relay.new_ticket(subject="Printer <b>& co</b>")
    opened = shared_relay.open_session(ticket)
    status, text = page(shared_relay, f"/j/{opened.route}")
    assert status == 200
    assert 'lang="en"' in text
    for expected in (ORGANISATION, TECHNICIAN_NAME, ticket, "Did someone call you out of the blue? Stop."):
        assert expected in text
    assert "Printer &lt;b&gt;&amp; co&lt;/b&gt;" in text
    assert f'<p class="route" translate="no">{opened.route}</p>' in text
    assert text.count('<svg class="picture"') == 3
    assert text.index("out of the blue") < text.index('id="offer"')


def test_without_builds_the_page_says_so_and_names_the_installed_program(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    _, text = page(shared_relay, f"/j/{opened.route}")
    assert "There is no file to download here at the moment." in text
    assert "/client/" not in text
    found = re.search(r'<code translate="no">(.*?)</code>', text)
    assert found is not None
    assert shlex.split(found[1]) == [
        *("deskside-customer", "--relay", shared_relay.url),
        *("--organisation", shared_relay.root_id.hex(), opened.route),
    ]


def test_everything_on_the_page_comes_from_the_relay(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    answer = ask(shared_relay, f"/j/{opened.route}")
    assert not re.search(r"\son\w+=|style=|javascript:|<style", answer.text)
    own = {"/static/deskside.svg", "/static/join.css", "/static/join.js"}
    found = set(re.findall(r'(?:src|href)="([^"]+)"', answer.text))
    assert found == own | {f"?lang={language}" for language in LANGUAGES}
    rules = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in rules
    assert {rule for rule in rules if "http" in rule or "unsafe" in rule or "*" in rule} == set()
    style = shared_relay.request("GET", "/static/join.css", token="")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
    script = shared_relay.request("GET", "/static/join.js", token="")
    assert script.headers["content-type"].startswith("text/javascript")
    assert not re.search(r"https?:|innerHTML|eval\(", script.text)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de-CH, en;q=0.5", "möchte Ihnen mit Ihrem Computer helfen"),
        ("es", "quiere ayudarle"),
        ("fr-BE", "souhaite vous aider"),
        ("nl", "would like to help"),
    ],
)
def test_the_page_speaks_the_browsers_language(shared_relay: PreparedRelay, language: str, words: str) -> None:
    opened = shared_relay.open_session()
    assert words in unescape(page(shared_relay, f"/j/{opened.route}", language=language)[1])
    assert words in unescape(page(shared_relay, f"/j/{opened.route}?lang={language[:2]}", language="en")[1])


def test_a_typed_route_is_forgiven_its_spelling(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    assert page(shared_relay, f"/j/{opened.route.lower().replace('-', '')}")[0] == 200


async def test_every_route_that_is_not_open_shows_the_same_page(shared_relay: PreparedRelay) -> None:
    claimed = shared_relay.open_session(spoken=True)
    async with MailboxClient(shared_relay.mailbox_url) as customer:
        await customer.join(claimed.route)
    unknown = write_route(new_route(lambda n: b"\x05" * n))
    answers = {
        page(shared_relay, f"/j/{route}")
        for route in (claimed.route, unknown, "nonsense", claimed.spoken_route, "%3Cscript%3E", f"{unknown}/client/x")
    }
    ((status, text),) = answers
    assert status == 404
    assert "This link is not open" in text


def test_a_spoken_route_has_no_page(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session(spoken=True)
    assert page(shared_relay, f"/j/{opened.spoken_route}")[0] == 404, "six digits could be tried one after the other"
    assert ask(shared_relay, f"/j/{opened.spoken_route}/stage").status_code == 404


@pytest.mark.parametrize("agent", [WINDOWS, LINUX])
def test_the_files_fingerprint_and_publisher_stand_beside_its_button(
    shared_relay: PreparedRelay, builds: Path, agent: str
) -> None:
    name = "Deskside.exe" if agent == WINDOWS else "Deskside.tar.gz"
    digest = hashlib.sha256((builds / name).read_bytes()).hexdigest()
    _, text = page(shared_relay, f"/j/{shared_relay.open_session().route}", agent=agent)
    offer = text[text.index('id="offer"') : text.index('id="progress"')]
    assert digest in offer
    assert "none is named in the file" in offer, "this relay was told no publisher"
    assert offer.count("SHA-256") == 1
    others = text[text.index('class="others"') :].partition("</details>")[0]
    assert digest not in others
    assert others.count("SHA-256") == 1, "the other computer's file has its own"


def test_a_build_is_offered_under_a_name_that_carries_the_route_and_no_address(
    shared_relay: PreparedRelay, builds: Path
) -> None:
    opened = shared_relay.open_session()
    (builds / "notes.txt").write_text("private")
    (builds / "link.exe").symlink_to(shared_relay.data_dir / "relay.db")
    _, text = page(shared_relay, f"/j/{opened.route}", agent=WINDOWS)
    links = re.findall(r'href="(/j/[^"]+)"', text)
    assert [link.rsplit("/", 1)[1] for link in links] == ["Deskside.exe", "Deskside.tar.gz"]
    answer = ask(shared_relay, links[0])
    assert answer.content == b"MZ windows"
    name = re.search(r'filename="([^"]+)"', answer.headers["content-disposition"])
    assert name is not None
    assert name[1] == f"Deskside-{opened.route}.exe"
    assert route_in_file_name(name[1]) == parse_route(opened.route)
    refused = ("notes.txt", "link.exe", "..%2frelay.db", "%2e%2e", "relay.db")
    for other in refused:
        assert ask(shared_relay, f"/j/{opened.route}/client/{other}").status_code == 404


def test_only_files_named_as_builds_are_for_customers(tmp_path: Path) -> None:
    builds = ("Deskside.exe", "Deskside-macos-arm64.zip", "Deskside-macos.zip", "Deskside.tar.gz")
    others = ("deskside-technician_0.6.0_amd64.deb", "backup.tar.gz", "Deskside.zip", "Deskside-licences.txt", "my.exe")
    for name in (*builds, *others, "Deskside", "Deskside.tar.gz.sig", "XDeskside.exe", "Deskside-macos-..zip"):
        (tmp_path / name).write_bytes(b"x")
    assert [client.name for client in ClientShelf(tmp_path).files()] == list(builds)


def test_the_page_shows_what_a_build_hashes_to_also_after_it_changed(shared_relay: PreparedRelay, builds: Path) -> None:
    opened = shared_relay.open_session()
    hashes = []
    for content in (b"first", b"second one"):
        (builds / "Deskside.exe").write_bytes(content)
        hashes.append(re.findall(r'class="hash" translate="no">([0-9a-f]{64})<', page(shared_relay, opened.link)[1]))
    assert [len(found) for found in hashes] == [2, 2]
    assert len({*hashes[0], *hashes[1]}) == 3


@pytest.mark.parametrize(
    ("agent", "words", "count"),
    [
        (WINDOWS, 'id="download"', 1),
        (LINUX, "It is packed", 1),
        (MAC, "There is no Deskside for macOS here yet", 1),
        (IPHONE, "You are reading this on a phone", 1),
        (ANDROID, 'id="download"', 0),
        ("curl/8", "Which computer needs help?", 1),
    ],
)
def test_the_page_offers_what_fits_the_computer(
    shared_relay: PreparedRelay, builds: Path, agent: str, words: str, count: int
) -> None:
    opened = shared_relay.open_session()
    _, text = page(shared_relay, f"/j/{opened.route}", agent=agent)
    assert text.count(words) == count
    assert text.count("/client/Deskside.exe") == 1, "every build is offered to everybody"


def test_the_line_to_paste_opens_what_the_page_offers_and_nothing_else(
    shared_relay: PreparedRelay, builds: Path
) -> None:
    opened = shared_relay.open_session()
    found = re.search(r'<code translate="no">([(]cd .*?[)])</code>', page(shared_relay, f"/j/{opened.route}")[1])
    assert found is not None
    line = unescape(found[1])
    done = pasted(line)
    words = done.stdout.split()
    assert (words[:2], words[-1]) == (["opened", "--relay"], opened.route), done.stderr
    digest = hashlib.sha256((builds / "Deskside.tar.gz").read_bytes()).hexdigest()
    assert line.count(digest) == 1
    done = pasted(line.replace(digest, "0" * 64))
    assert done.returncode != 0
    assert done.stdout == "client.tar.gz: FAILED\n"


def pasted(line: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)


async def test_the_stage_is_one_word_and_only_for_who_knows_the_route(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    path = f"/j/{opened.route}/stage"
    assert ask(shared_relay, path).json() == {"stage": "waiting"}
    async with MailboxClient(shared_relay.mailbox_url) as customer:
        await customer.join(opened.route)
        assert ask(shared_relay, path).json() == {"stage": "in_app"}
    unknown = write_route(new_route(lambda n: b"\x06" * n))
    for other in (unknown, "nonsense", "123456"):
        answer = ask(shared_relay, f"/j/{other}/stage")
        assert (answer.status_code, answer.json()) == (404, {})


def test_downloads_and_publisher_are_what_the_relay_was_told_and_stages_are_limited(tmp_path: Path) -> None:
    (tmp_path / "builds").mkdir()
    (tmp_path / "builds" / "Deskside.exe").write_bytes(b"MZ")
    arguments = ("--downloads", str(tmp_path / "builds"), "--publisher", "Acme <Code> Ltd")
    with running_relay(None, *arguments) as relay:
        opened = relay.open_session()
        text = page(relay, f"/j/{opened.route}", agent=WINDOWS)[1]
        assert "Acme &lt;Code&gt; Ltd" in text
        assert "/client/Deskside.exe" in text
        with relay.client("") as client:
            asked = [client.get(f"/j/{opened.route}/stage").status_code for _ in range(STAGES_PER_MINUTE + 1)]
            assert asked == [200] * STAGES_PER_MINUTE + [429]
            other = relay.open_session().route
            assert client.get(f"/j/{other}/stage").status_code == 200, "another customer behind the same address"
            unknown = write_route(new_route(lambda n: b"\x07" * n))
            asked = [client.get(f"/j/{unknown}/stage").status_code for _ in range(GUESSES_PER_MINUTE + 1)]
            assert asked == [404] * GUESSES_PER_MINUTE + [429]


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        *((WINDOWS, Platform.WINDOWS), (LINUX, Platform.LINUX), (MAC, Platform.MACOS)),
        *((IPHONE, Visitor.PHONE), (ANDROID, Visitor.PHONE), ("", Visitor.UNKNOWN)),
    ],
)
def test_the_browser_says_what_it_runs_on(agent: str, expected: Platform | Visitor) -> None:
    assert read_on(agent) is expected
