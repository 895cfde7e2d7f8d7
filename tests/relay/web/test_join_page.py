import re
import shlex

from protocol.pairing.route import new_route, parse_route, route_in_file_name, write_route
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import ORGANISATION, TECHNICIAN_NAME, PreparedRelay


def page(relay: PreparedRelay, path: str) -> tuple[int, str]:
    answer = relay.request("GET", path, token="")
    assert answer.headers["content-type"].startswith("text/html")
    return answer.status_code, answer.text


def test_the_page_says_who_wants_to_help_with_what_and_how(shared_relay: PreparedRelay) -> None:
    ticket = shared_relay.new_ticket(subject="Printer <b>& co</b>")
    opened = shared_relay.open_session(ticket)
    status, text = page(shared_relay, f"/j/{opened.route}")
    assert status == 200
    assert 'lang="en"' in text
    for expected in (ORGANISATION, TECHNICIAN_NAME, ticket, "Did someone call you out of the blue? Stop."):
        assert expected in text
    assert "Printer &lt;b&gt;&amp; co&lt;/b&gt;" in text
    assert f'<p class="route" aria-label="Your code">{opened.route}</p>' in text
    assert text.count("<li>") == 3
    found = re.search(r"<code>(.*?)</code>", text)
    assert found is not None
    assert shlex.split(found[1]) == [
        *("deskside-customer", "--relay", shared_relay.url),
        *("--organisation", shared_relay.root_id.hex(), opened.route),
    ]


def test_the_page_has_no_script_and_nothing_from_elsewhere(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    _, text = page(shared_relay, f"/j/{opened.route}")
    assert "<script" not in text
    assert not re.search(r"\son\w+=|style=|javascript:", text)
    assert re.findall(r'(?:src|href)="([^"]+)"', text) == ["/static/deskside.svg", "/static/join.css"]
    style = shared_relay.request("GET", "/static/join.css", token="")
    assert style.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text
    assert "url(" not in style.text


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


def test_built_clients_are_offered_under_a_name_that_carries_the_route(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    folder = shared_relay.data_dir / "client"
    folder.mkdir()
    try:
        (folder / "deskside-customer.exe").write_bytes(b"MZ windows")
        (folder / "deskside-customer.tar.gz").write_bytes(b"\x1f\x8b linux")
        (folder / "notes.txt").write_text("private")
        (folder / "link.exe").symlink_to(shared_relay.data_dir / "relay.db")
        _, text = page(shared_relay, f"/j/{opened.route}")
        links = re.findall(r'href="(/j/[^"]+)"', text)
        assert [link.rsplit("/", 1)[1] for link in links] == ["deskside-customer.exe", "deskside-customer.tar.gz"]
        assert "deskside-customer --relay" not in text
        answer = shared_relay.request("GET", links[0], token="")
        assert answer.content == b"MZ windows"
        name = re.search(r'filename="([^"]+)"', answer.headers["content-disposition"])
        assert name is not None
        assert name[1] == f"Deskside-127.0.0.1-{opened.route}.exe"
        assert route_in_file_name(name[1]) == parse_route(opened.route)
        for other in ("notes.txt", "link.exe", "..%2frelay.db", "%2e%2e", "relay.db"):
            assert shared_relay.request("GET", f"/j/{opened.route}/client/{other}", token="").status_code == 404
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
