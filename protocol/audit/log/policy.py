"""Which witnesses must have cosigned a checkpoint: C2SP tlog-policy, a text file of witnesses, groups and one quorum.

witness alpha audit.example.org+1a2b3c4d+BKh... https://witness.example.org
witness beta  ...
group two-of-three 2 alpha beta gamma
quorum two-of-three
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from protocol.audit.log.note import KeyKind, VerifierKey, parse_vkey, read_decimal
from protocol.errors import PeerError

MAX_POLICY_BYTES = 16 * 1024
MAX_WITNESSES = 32
MAX_GROUPS = 32
MAX_URL_CHARACTERS = 200
NO_QUORUM = "none"
_COSIGNING = (KeyKind.ED25519_COSIGNATURE, KeyKind.ML_DSA_44_COSIGNATURE)


@dataclass(frozen=True)
class Witness:
    """Somebody who cosigns. `name` is the policy's own word for it, `url` where checkpoints are sent, may be empty."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """`threshold` of `members` (witnesses or groups named before) must agree."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A quorum and whom it counts. `quorum` names a witness or a group, or is `none`."""

    witnesses: tuple[Witness, ...] = ()
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NO_QUORUM

    @property
    def wants_witnesses(self) -> bool:
        """Whether a checkpoint needs any cosignature."""
        return self.quorum != NO_QUORUM

    @property
    def fewest(self) -> int:
        """The fewest cosignatures that make the quorum."""
        return 0 if not self.wants_witnesses else self._fewest(self.quorum)

    def is_met(self, cosigned: Collection[VerifierKey]) -> bool:
        """Return whether the keys that cosigned are enough."""
        agreed = {witness.name for witness in self.witnesses if witness.key in cosigned}
        for name, group in self.groups.items():
            if len(agreed.intersection(group.members)) >= group.threshold:
                agreed.add(name)
        return not self.wants_witnesses or self.quorum in agreed

    def _fewest(self, name: str) -> int:
        group = self.groups.get(name)
        if group is None:
            return 1
        return sum(sorted(self._fewest(member) for member in group.members)[: group.threshold])


NO_WITNESSES = Policy()
"""The policy of a log that nobody cosigns: proofs hold, but only against the log's own word."""


def parse_policy(text: str) -> Policy:
    """Return the policy `text` spells; lines that begin with `#` are comments.

    Raises:
        PeerError: an unknown or malformed line, a name or key twice, a name used before it is defined, no quorum, or
            more than 32 witnesses or groups (`policy_malformed`).
    """
    if len(text) > MAX_POLICY_BYTES:
        raise _malformed("longer than 16 KiB")
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.read(words)
        except PeerError as error:
            raise _malformed(f"line {number}: {error}") from error
    return reader.finished()


def print_policy(policy: Policy) -> str:
    """Return the text of `policy`, each line ended by a line feed."""
    return "".join(f"{line}\n" for line in _lines(policy))


def _lines(policy: Policy) -> Iterator[str]:
    for witness in policy.witnesses:
        yield f"witness {witness.name} {witness.key.vkey} {witness.url}".rstrip()
    for name, group in policy.groups.items():
        yield f"group {name} {group.threshold} {' '.join(group.members)}"
    yield f"quorum {policy.quorum}"


class _Reader:
    """What the lines so far say."""

    def __init__(self) -> None:
        self._witnesses: list[Witness] = []
        self._groups: dict[str, Group] = {}
        self._used: set[str] = set()
        self._quorum = ""

    def read(self, words: list[str]) -> None:
        match words:
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._witness(name, vkey, url[0] if url else "")
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                if self._quorum or (name != NO_QUORUM and name not in self._names()):
                    raise _malformed(f"quorum {name[:40]!r}")
                self._quorum = name
            case _:
                raise _malformed(f"not a line of a policy: {words[0][:40]!r}")

    def finished(self) -> Policy:
        if not self._quorum:
            raise _malformed("no quorum")
        return Policy(tuple(self._witnesses), self._groups, self._quorum)

    def _witness(self, name: str, vkey: str, url: str) -> None:
        self._check_new(name)
        key = parse_vkey(vkey)
        if key.kind not in _COSIGNING:
            raise _malformed(f"the key of {name} is not one that cosigns")
        if any(key.key == other.key.key for other in self._witnesses) or len(self._witnesses) >= MAX_WITNESSES:
            raise _malformed(f"the key of {name} is there twice, or there are too many witnesses")
        if url and (not url.startswith(("https://", "http://")) or len(url) > MAX_URL_CHARACTERS or not url.isascii()):
            raise _malformed(f"the address of {name}")
        self._witnesses.append(Witness(name, key, url.rstrip("/")))

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        self._check_new(name)
        if len(set(members)) != len(members) or not self._names() >= set(members) or self._used & set(members):
            raise _malformed(f"the members of {name}")
        if len(self._groups) >= MAX_GROUPS:
            raise _malformed("too many groups")
        needed = {"any": 1, "all": len(members)}.get(threshold)
        needed = read_decimal(threshold, len(members)) if needed is None else needed
        if not needed:
            raise _malformed(f"the number of {name}")
        self._used |= set(members)
        self._groups[name] = Group(needed, tuple(members))

    def _names(self) -> set[str]:
        return {witness.name for witness in self._witnesses} | set(self._groups)

    def _check_new(self, name: str) -> None:
        if name == NO_QUORUM or name in self._names() or not name.isprintable():
            raise _malformed(f"the name {name[:40]!r} is taken")


def _malformed(detail: str) -> PeerError:
    return PeerError(
        f"witness policy: {detail}",
        code="policy_malformed",
        user_text=f"This is not a witness policy: {detail}.",
    )
