"""Addresses in a stranger's text are named by the host they really lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.web_links import MAX_LINKS, Link, find_links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org/a?b=c.", [Link("https://example.org/a?b=c", "example.org")]),
        ("HTTP://Example.ORG", [Link("http://example.org", "example.org")]),
        ("(https://example.org/x)", [Link("https://example.org/x", "example.org")]),
        ("https://\u0430pple.com/", [Link("https://xn--pple-43d.com/", "xn--pple-43d.com")]),
        (
            "https://b\u00fccher.example:8443/\u00fc",
            [Link("https://xn--bcher-kva.example:8443/%C3%BC", "xn--bcher-kva.example")],
        ),
        ("https://bank.example@evil.example/", []),
        ("https:///nobody", []),
        ("https://[::1]/", []),
        ("https://exa_mple.org", []),
        ("https://example.org:99999/", []),
        ("javascript:alert(1) file:///etc/passwd ftp://x.org mailto:a@b.c", []),
        ("http://a.example http://a.example", [Link("http://a.example", "a.example")]),
    ],
)
def test_only_clear_web_addresses_are_found_and_named_in_ascii(text: str, links: list[Link]) -> None:
    assert list(find_links(text)) == links


@given(st.text(st.characters() | st.sampled_from("https://.@:%[]/\\"), max_size=80))
def test_no_text_makes_it_fail_and_what_it_finds_is_ascii(rest: str) -> None:
    for link in find_links("https://" + rest):
        assert link.url.isascii()
        assert link.host.isascii()
        assert "@" not in link.host
        assert link.url.startswith(("http://" + link.host, "https://" + link.host))


def test_a_wall_of_addresses_is_cut() -> None:
    assert len(find_links(" ".join(f"https://h{number}.example" for number in range(50)))) == MAX_LINKS
