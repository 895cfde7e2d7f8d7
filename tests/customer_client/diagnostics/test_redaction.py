import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customer_client.diagnostics.redaction import Redactor
from customer_client.diagnostics.seeds import Seeds, seeds_of_this_computer

SEEDS = Seeds(
    hosts=frozenset({"accounting-pc7", "accounting-pc7.corp.example"}),
    users=frozenset({"margarete", "jo"}),
    homes=frozenset({"/home/margarete"}),
    addresses=frozenset({"192.168.7.23", "2001:db8:5::99", "52:54:00:ab:cd:ef"}),
)
CANARY = "kAnArY7x9q2"


@pytest.fixture
def redactor():
    return Redactor(SEEDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on accounting-pc7", "on <host-1>"),
        ("on ACCOUNTING-PC7.corp.example:22", "on <host-1>:22"),
        ("last: account pts/0", "last: <host-1> pts/0"),
        ("user margarete logged in", "user <user-1> logged in"),
        ("margar  pts/1", "<user-1>  pts/1"),
        ("jo opened joint files", "<user-1> opened joint files"),
        ("/home/margarete/Documents", "<home-1>/Documents"),
        ("/home/peter/x and /Users/peter/y", "/home/<user-1>/x and /Users/<user-1>/y"),
        (r"C:\Users\Peter\AppData", r"C:\Users\<user-1>\AppData"),
        ("addr 192.168.7.23/24", "addr <ip-private-1>/24"),
        ("8.8.8.8 then 10.0.0.1 then 8.8.8.8", "<ip-public-1> then <ip-private-1> then <ip-public-1>"),
        ("169.254.3.4 fe80::1%eth0", "<ip-link-local-2> <ip-link-local-1>"),
        ("dhcp-192-168-0-66.lan", "dhcp-<ip-private-1>.lan"),
        ("::ffff:10.1.2.3", "<ip-private-1>"),
        ("lo: 127.0.0.1, ::1", "lo: 127.0.0.1, ::1"),
        ("ether 52:54:00:AB:cd:ef, 5254.00ab.cdef", "ether <mac-1>, <mac-1>"),
        ("mail margarete@corp.example now", "mail <email-1> now"),
        ("version 10.0.19045.3570, 5.15.0", "version 10.0.19045.3570, 5.15.0"),
        ("2026-11-21 23:01:11", "2026-11-21 23:01:11"),
    ],
)
def test_names_and_addresses_become_tokens(redactor, text, expected):
    assert redactor.redact(text) == expected
    assert not redactor.leaks(redactor.redact(text))


def test_the_same_value_gets_the_same_token_in_all_texts(redactor):
    assert redactor.redact("10.9.9.9") == redactor.redact("again 10.9.9.9")[6:] == "<ip-private-1>"
    assert redactor.redact("10.9.9.8") == "<ip-private-2>"


SECRETS = [
    "-----BEGIN RSA PRIVATE KEY-----\n{0}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n{0} cut off here",
    "eyJhbGciOi{0}.eyJzdWIi{0}.{0}",
    "ghp_{0}{0}{0}",
    "github_pat_{0}{0}",
    "glpat-{0}{0}",
    "xoxb-1234-{0}",
    "AIza{0}{0}{0}{0}",
    "postgres://admin:{0}@db/x",
    "https://proxy:{0}@10.0.0.1:3128",
    "Authorization: Bearer {0}{0}",
    "authorization: basic {0}{0}=",
    "password={0}",
    'Password: "{0} with spaces"',
    "api_key = '{0}'",
    "DB_PASSWORD={0};Port=1",
    '{{"token": "{0}"}}',
    "Cookie: session={0}",
    "access-key={0}",
    "secret: {0}",
]


@pytest.mark.parametrize("form", SECRETS)
@given(before=st.sampled_from(["", "x ", "line\n", "(", "accounting-pc7: "]), after=st.sampled_from(["", " y", "\nz"]))
def test_a_planted_secret_never_appears(form, before, after):
    assert CANARY not in Redactor(SEEDS).redact(before + form.format(CANARY) + after)


NAMES = st.text(string.ascii_letters + string.digits + "-", min_size=4, max_size=20).filter(
    lambda name: name.strip("-") == name and any(letter.isalpha() for letter in name)
)
AROUND = st.text(string.printable, max_size=12)


@given(NAMES, NAMES, st.lists(st.tuples(AROUND, st.sampled_from("hufcCtp"), AROUND), min_size=1, max_size=6))
def test_planted_names_of_this_computer_never_pass(host, user, pieces):
    assume(host.casefold() != user.casefold())
    seeds = Seeds(hosts=frozenset({host, f"{host}.corp.example"}), users=frozenset({user}))
    planted = {
        "h": host,
        "u": user,
        "f": f"{host}.corp.example",
        "c": host.upper(),
        "C": user.upper(),
        "t": f"{user}@{host}",
        "p": f"/home/{user}/x",
    }
    redactor = Redactor(seeds)
    text = "".join(before + planted[what] + after for before, what, after in pieces)
    redacted = redactor.redact(text)
    assert not redactor.leaks(redacted)


@given(st.text(max_size=200))
def test_any_text_can_be_redacted_and_twice_is_as_good_as_once(text):
    redactor = Redactor(SEEDS)
    once = redactor.redact(text)
    assert redactor.redact(once) == once


@given(st.ip_addresses(), st.sampled_from(["{0}", "({0})", "from {0} to", "{0},", "[{0}]:443", "x={0};"]))
def test_no_address_passes(address, form):
    if address.is_loopback or address.is_unspecified:
        return
    seeds = Seeds(addresses=frozenset({str(address)}))
    redactor = Redactor(seeds)
    redacted = redactor.redact(form.format(address))
    assert not redactor.leaks(redacted)
    assert "<ip-" in redacted


def test_the_gate_does_not_trust_the_patterns(redactor):
    assert redactor.leaks("xxmargaretexx")
    assert redactor.leaks("Accounting-PC7")
    assert redactor.leaks("via 192.168.7.23")
    assert not redactor.leaks("joint <user-1> <host-1>")


def test_this_computers_seeds_name_the_host_but_nothing_generic():
    seeds = seeds_of_this_computer()
    assert seeds.hosts.isdisjoint({"localhost", ""})
    assert seeds.users.isdisjoint({"root", "user", ""})
    assert seeds.addresses
