"""What somebody may do to the bytes of a record, chosen at random."""

import random


def mutate(data: bytes, choices: random.Random) -> bytes:
    """Return `data` with one thing done to it; it may come back equal (two equal bytes swapped)."""
    lines = data.splitlines(keepends=True)
    one, two = choices.randrange(len(lines)), choices.randrange(len(lines))
    place = choices.randrange(len(data))
    match choices.randrange(9):
        case 0:
            del lines[one]
        case 1:
            lines.insert(two, lines[one])
        case 2:
            lines[one], lines[two] = lines[two], lines[one]
        case 3:
            return data[:place]
        case 4:
            return data[:place] + bytes([choices.randrange(256)]) + data[place + 1 :]
        case 5:
            return data[:place] + choices.randbytes(choices.randrange(1, 4)) + data[place:]
        case 6:
            return data[:place] + data[place + choices.randrange(1, 40) :]
        case 7:
            lines[one] = lines[one].replace(b'"body":{', b'"body":null,"x":{', 1)
        case _:
            start, end = sorted((place, choices.randrange(len(data))))
            return data[:start] + data[end:]
    return b"".join(lines)
