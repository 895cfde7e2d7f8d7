"""Which support server a copy made for everybody may suggest, and how what people type is read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client import trust
from customer_client.relay_address import RelayAddress, carried_relay, parse_relay_address, route_in_link
from customer_client.route_carriers import Carried, Carrier
from customer_client.trust import Unpinned, for_everybody
from protocol.errors import PeerError

ROUTE = "K7QF-2MXP-PBW5"
LINK = f"https://help.example.org/j/{ROUTE}"
ADDRESS, NAME = Carrier.DOWNLOAD_ADDRESS, Carrier.FILE_NAME


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("help.example.org", "https://help.example.org"),
        (" HELP.Example.org. ", "https://help.example.org"),
        ("https://help.example.org:443/", "https://help.example.org"),
        ("help.example.org:8443/j/", "https://help.example.org:8443"),
        (LINK + "?lang=de#top", "https://help.example.org"),
        ("hilfe.müller.example", "https://hilfe.xn--mller-kva.example"),
        ("paypаl.example", "https://xn--paypl-7ve.example"),  # with a Cyrillic letter that looks like an a
        ("192.0.2.7", "https://192.0.2.7"),
        ("[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
        ("http://localhost:8765", "http://localhost:8765"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_an_address_is_read_as_people_type_it(typed: str, url: str) -> None:
    assert parse_relay_address(typed) == RelayAddress(url)
    assert parse_relay_address(parse_relay_address(typed).url).url == url


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "help",
            "my support",
            "ftp://help.example.org",
            "file:///etc/passwd",
            "https://",
            "a..example",
            "-a.example",
        ),
        *(
            "http://help.example.org",
            "https://bank.example@evil.example",
            "help.example.org:99999",
            "300.1.1.1",
            "[::1",
        ),
        *("a" * 64 + ".example", "help.example.org" * 200, "h\u200be.example\u202e.org", "javascript:alert(1)", "[::1"),
    ],
)
def test_what_is_no_protected_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(PeerError) as refused:
        parse_relay_address(typed)
    assert refused.value.code == "relay_address_malformed"
    assert refused.value.user_text.endswith((".", "https://"))


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_refused_and_an_address_is_plain_ascii(text: str) -> None:
    try:
        found = parse_relay_address(text)
    except PeerError:
        return
    assert found.url.isascii()
    assert not set(found.domain) & set("/@?#% ")


def test_a_link_that_is_pasted_whole_brings_its_code() -> None:
    assert route_in_link(LINK) == ROUTE.replace("-", "")
    assert route_in_link("help.example.org") is None
    assert route_in_link(ROUTE) is None, "only a link is one"


def test_the_page_the_file_was_downloaded_from_is_suggested() -> None:
    file, page = Carried(ADDRESS, f"{LINK}/client/Deskside.tar.gz"), Carried(ADDRESS, LINK)
    assert carried_relay([file, page, Carried(NAME, "Deskside")]) == RelayAddress("https://help.example.org")


@pytest.mark.parametrize(
    "carried",
    [
        [],
        [Carried(NAME, f"Deskside-help.example.org-{ROUTE}")],
        [Carried(NAME, LINK)],
        [Carried(Carrier.LINK, f"deskside://help.example.org/{ROUTE}")],
        [Carried(ADDRESS, f"https://mirror.example/files/{ROUTE}/Deskside")],
        [Carried(ADDRESS, "https://help.example.org/j/nothing/client/Deskside")],
        [Carried(ADDRESS, f"http://help.example.org/j/{ROUTE}")],
        [Carried(ADDRESS, LINK), Carried(ADDRESS, LINK.replace("help", "evil"))],
    ],
)
def test_names_links_other_pages_and_notes_that_disagree_suggest_nobody(carried: list[Carried]) -> None:
    assert carried_relay(carried) is None


def test_a_copy_that_names_an_organisation_in_any_way_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DESKSIDE_RELAY", "DESKSIDE_ORGANISATION"):
        monkeypatch.delenv(name, raising=False)
    noted = RelayAddress("https://help.example.org")
    assert for_everybody(None, None, noted) == Unpinned(noted)
    assert for_everybody("https://told.example", None, noted) == Unpinned(RelayAddress("https://told.example"))
    assert for_everybody("ftp://told.example", None, noted) is None
    assert for_everybody(None, "not a root id", noted) is None, "a slip of whoever started it is not a question"
    built_in = tmp_path / "trust.json"
    monkeypatch.setattr(trust, "_BUILT_IN", built_in)
    built_in.write_text(json.dumps({"organisation": "ab" * 32}), encoding="utf-8")
    assert for_everybody(None, None, noted) is None
