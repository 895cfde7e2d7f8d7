"""Changes somebody without a key can make to an export: to its bytes, and to the files in it."""

import random

from protocol.audit.findings import Verdict
from tests.support.exported_session import check, members_of, packed

ONE_IN = 20
"""So many mutations of bytes come before each one that packs the files again."""


def raw_mutation(data: bytes, choices: random.Random) -> bytes:
    """Return `data` with one thing done to its bytes; it may come back equal."""
    place, other = sorted(choices.randrange(len(data)) for _ in range(2))
    length = choices.randrange(1, 64)
    match choices.randrange(10):
        case 0 | 1 | 2:
            return data[:place] + bytes([data[place] ^ 1 << choices.randrange(8)]) + data[place + 1 :]
        case 3:
            return data[:place]
        case 4:
            return data[:place] + choices.randbytes(length) + data[place:]
        case 5:
            return data[:place] + data[place + length :]
        case 6:
            return data[:place] + data[other : other + length] + data[place + length :]
        case 7:
            return data[:place] + data[other:] + data[place:other]
        case 8:
            return choices.choice((data + choices.randbytes(length), choices.randbytes(length) + data))
        case _:
            return data[:place] + bytes(length) + data[place + length :]


def member_mutation(data: bytes, choices: random.Random) -> bytes:
    """Return a proper container of the export's files, of which one was dropped, doubled, swapped, cut or changed."""
    members = members_of(data)
    one, two = choices.sample(sorted(members), 2)
    match choices.randrange(5):
        case 0:
            del members[one]
        case 1:
            members[one] = members[two]
        case 2:
            members[one], members[two] = members[two], members[one]
        case 3:
            members[one] = members[one][: choices.randrange(len(members[one]))]
        case _:
            members[one] = raw_mutation(members[one], choices)
    return packed(members)


def accepted_mutations(original: bytes, *, seed: int, count: int) -> list[int]:
    """Change `original` `count` times, always starting from it; return the number of each change not found invalid."""
    choices, accepted, done = random.Random(seed), list[int](), 0
    while done < count:
        changed = (member_mutation if done % ONE_IN == 0 else raw_mutation)(original, choices)
        if changed == original:
            continue
        done += 1
        if check(changed).verdict is not Verdict.INVALID:
            accepted.append(done)
    return accepted
