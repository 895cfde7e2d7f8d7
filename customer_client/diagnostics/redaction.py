"""Takes names, addresses and secrets out of text before anybody sees it. Pure.

The same value becomes the same token within one report (`<host-1>`, `<user-1>`, `<ip-private-1>`), so a person can
still see what belongs together; tokens say nothing outside of it.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from itertools import chain

from customer_client.diagnostics.seeds import Seeds

SHORTEST_TRUNCATION = 6
"""Programs cut names off; a beginning of this many characters still names somebody."""

SHORTEST_INSIDE_WORDS = 4
"""Names at least this long are also found inside longer words."""

_SECRETS = re.compile(
    r"""
    -----BEGIN[ ][A-Z0-9 ]+-----.*?(?:-----END[ ][A-Z0-9 ]+-----|\Z)        # PEM
    | \beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?                                # JWT
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                                         # AWS
    | \b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk-)[\w-]{10,}       # GitHub, GitLab, Slack and others
    | \bAIza[\w-]{30,}                                                      # Google
    | (?<=://)[^\s/@:]*:[^\s/@]+(?=@)                                       # password in an address
    | \b(?:bearer|basic)\s+[\w.~+/=-]{8,}
    | \b(?:authorization|(?:set-)?cookie)["']?\s*[=:][^\r\n]*                # these take the rest of their line
    | (?:\b|_)(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key)
      ["']?\s*[=:]\s*(?:"[^"]*"|'[^']*'|[^\s,;]+)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOME = re.compile(r"(?P<before>(?:/home/|/Users/|[A-Za-z]:[\\/]Users[\\/]))(?P<name>[^\s\\/:<>,;]+)", re.IGNORECASE)
_MAC = re.compile(
    r"(?<![0-9a-fA-F:-])(?:(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![0-9a-fA-F:-])",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)|(?<!\d)(?:\d{1,3}-){3}\d{1,3}(?!\d)")
_IPV6 = re.compile(r"(?<![0-9a-fA-F:.])[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:%\w+)?", re.IGNORECASE)
_TOKEN = re.compile(r"<(?:host|user|home|email|mac|ip-[a-z-]+)-\d+>|<secret>")
_ALNUM = "0-9A-Za-z"


class Redactor:
    """Redacts texts of one report for the names in `seeds`. Not thread-safe."""

    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds
        self._tokens: dict[tuple[str, str], str] = {}
        self._homes = _any_of(seeds.homes, truncated=False)
        self._hosts = _any_of(seeds.hosts)
        self._users = _any_of(seeds.users)

    def redact(self, text: str) -> str:
        """Return `text` with tokens in place of secrets, names and addresses. Redacting twice changes nothing more."""
        text = self._outside_tokens(_SECRETS, lambda found: "<secret>", text)
        text = self._outside_tokens(_EMAIL, lambda found: self._token("email", found[0]), text)
        text = self._without_names("home", self._homes, text)
        text = self._without_names("host", self._hosts, text)
        text = self._outside_tokens(_HOME, self._home_of_somebody, text)
        text = self._without_names("user", self._users, text)
        text = self._outside_tokens(_MAC, lambda found: self._token("mac", re.sub("[:.-]", "", found[0])), text)
        text = self._outside_tokens(_IPV6, self._address, text)
        return self._outside_tokens(_IPV4, self._address, text)

    def leaks(self, text: str) -> bool:
        """Return whether any seed is still in `text`: the last gate, which does not use the patterns of `redact`."""
        bare = _TOKEN.sub(" ", text).casefold()
        seeds = chain(self._seeds.hosts, self._seeds.users, self._seeds.homes, self._seeds.addresses)
        return any(_contains(bare, seed.casefold()) for seed in seeds if not _is_loopback(seed))

    def _outside_tokens(self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str) -> str:
        """Apply `pattern` to what lies between the tokens that are there already."""
        kept = _TOKEN.findall(text)
        between = (pattern.sub(replace, part) for part in _TOKEN.split(text))
        return "".join(chain.from_iterable(_alternated(between, kept)))

    def _without_names(self, kind: str, pattern: re.Pattern[str] | None, text: str) -> str:
        if pattern is None:
            return text
        return self._outside_tokens(pattern, lambda found: self._name(kind, found[0]), text)

    def _home_of_somebody(self, found: re.Match[str]) -> str:
        return found["before"] + self._name("user", found["name"])

    def _name(self, kind: str, found: str) -> str:
        """Return the token for a name; a truncation gets the token of the name it is the beginning of."""
        known = {"host": self._seeds.hosts, "user": self._seeds.users, "home": self._seeds.homes}[kind]
        folded = found.casefold()
        whole = sorted(name.casefold() for name in known if name.casefold().startswith(folded))
        return self._token(kind, whole[0] if whole else folded)

    def _address(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0].partition("%")[0].replace("-", "."))
        except ValueError:
            return found[0]
        if address.is_loopback or address.is_unspecified:
            return found[0]
        address = getattr(address, "ipv4_mapped", None) or address
        return self._token(f"ip-{_class_of(address)}", str(address))

    def _token(self, kind: str, value: str) -> str:
        key = (kind, value.casefold())
        if key not in self._tokens:
            number = 1 + sum(known == kind for known, _ in self._tokens)
            self._tokens[key] = f"<{kind}-{number}>"
        return self._tokens[key]


def _any_of(names: Iterable[str], *, truncated: bool = True) -> re.Pattern[str] | None:
    """Return a pattern for the names and their truncations, longest first; None when there are no names."""
    wholes = {name.casefold() for name in names}
    cut = {name[:size] for name in wholes for size in range(SHORTEST_TRUNCATION, len(name))} if truncated else set()
    parts = [_pattern_of(name, whole=name in wholes) for name in sorted(wholes | cut, key=len, reverse=True)]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def _pattern_of(name: str, *, whole: bool) -> str:
    escaped = re.escape(name)
    if whole and len(name) >= SHORTEST_INSIDE_WORDS:
        return escaped
    return f"(?<![{_ALNUM}]){escaped}(?![{_ALNUM}])"


def _contains(text: str, seed: str) -> bool:
    if len(seed) >= SHORTEST_INSIDE_WORDS:
        return seed in text
    return re.search(f"(?<![0-9a-z]){re.escape(seed)}(?![0-9a-z])", text) is not None


def _class_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if address.is_link_local:
        return "link-local"
    if address.is_multicast:
        return "multicast"
    return "private" if address.is_private else "public"


def _is_loopback(seed: str) -> bool:
    try:
        address = ipaddress.ip_address(seed)
    except ValueError:
        return set(seed) <= set("0:-")
    return address.is_loopback or address.is_unspecified


def _alternated(parts: Iterable[str], separators: list[str]) -> Iterable[tuple[str, ...]]:
    for index, part in enumerate(parts):
        yield (part, separators[index]) if index < len(separators) else (part,)
