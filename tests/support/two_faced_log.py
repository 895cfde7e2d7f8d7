"""A log that shows two histories, before three real witnesses: no two conflicting checkpoints ever get their quorum."""

import itertools
import random

from protocol.audit.log.checkpoint import Checkpoint, LogKeys
from protocol.audit.log.note import NoteSignature, VerifierKey, print_note, write_base64
from protocol.audit.log.policy import Policy
from relay.log.witnessing import NotCosigned, check_request, parse_request
from tests.support.log_world import MemoryLog, MemoryWitness, policy_of, three_witnesses

SHARED, MOST = 3, 9
FACES = ("left", "right")
WITNESSES = three_witnesses()


def a_face(name: str) -> MemoryLog:
    """Return one of the two histories: the same beginning, then leaves of its own."""
    log = MemoryLog(post_quantum=False)
    log.fill(SHARED)
    for number in range(SHARED, MOST):
        log.append(f"{name} {number}".encode())
    return log


LOGS = {name: a_face(name) for name in FACES}


class HonestWitness:
    """Signs what the rules of `relay.log.witnessing` let it sign, and remembers it."""

    def __init__(self, own: MemoryWitness, keys: LogKeys) -> None:
        self.own = own
        self._keys = keys
        self._seen: Checkpoint | None = None

    def ask(self, log: MemoryLog, size: int, old: int) -> NoteSignature | None:
        checkpoint = log.checkpoint(size)
        proof = log.tree.consistency(old, size) if old <= size else ()
        lines = "\n".join([f"old {old}", *map(write_base64, proof)])
        request = parse_request(f"{lines}\n\n".encode() + print_note(checkpoint.text, log.sign(checkpoint)))
        try:
            check_request(request, (self._keys,), self._seen)
        except NotCosigned:
            return None
        self._seen = checkpoint
        return self.own.cosign(checkpoint)

    @property
    def size(self) -> int:
        return self._seen.size if self._seen is not None else 0


def conflicts(reached: set[Checkpoint]) -> list[tuple[Checkpoint, Checkpoint]]:
    """Return the pairs of checkpoints that cannot both be of one history."""
    found = []
    for one, other in itertools.combinations(sorted(reached, key=lambda each: each.size), 2):
        consistent = any(
            log.checkpoint(one.size) == one and log.checkpoint(other.size) == other for log in LOGS.values()
        )
        if not consistent:
            found.append((one, other))
    return found


def with_quorum(policy: Policy, signed: dict[Checkpoint, set[VerifierKey]]) -> set[Checkpoint]:
    return {checkpoint for checkpoint, keys in signed.items() if policy.is_met(keys)}


def run(schedule: list[tuple[int, str, int, int | None]], *, quorum: int, liars: int) -> set[Checkpoint]:
    """Follow a schedule and return the checkpoints that got their quorum; the first `liars` sign everything."""
    honest = [HonestWitness(own, LOGS["left"].keys) for own in WITNESSES]
    signed: dict[Checkpoint, set[VerifierKey]] = {}
    for number, face, size, old in schedule:
        log, witness = LOGS[face], honest[number]
        checkpoint = log.checkpoint(size)
        if number < liars or witness.ask(log, size, witness.size if old is None else old) is not None:
            signed.setdefault(checkpoint, set()).add(witness.own.verifier)
    return with_quorum(policy_of(WITNESSES, quorum), signed)


def conflicting_checkpoints(*, seed: int, count: int) -> int:
    """Ask three honest witnesses in `count` random orders; return how many conflicting pairs got two of three."""
    chance, found = random.Random(seed), 0
    for _ in range(count):
        schedule = [
            (
                chance.randint(0, 2),
                chance.choice(FACES),
                chance.randint(0, MOST),
                chance.choice((None, chance.randint(0, MOST))),
            )
            for _ in range(chance.randint(2, 40))
        ]
        found += len(conflicts(run(schedule, quorum=2, liars=0)))
    return found
