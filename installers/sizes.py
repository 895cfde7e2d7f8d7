"""Which part of a bundle the bytes belong to, unpacked and packed, and whether a part has grown unannounced."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from installers.archive import compress, files_of

LEVEL_FOR_PARTS = 9
"""Of zstd: parts are compared with each other, and the highest level would double the time a build takes."""

ANNOUNCED = Path(__file__).with_name("announced_sizes.json")
"""Bytes of each part, packed, as they are meant to be. `build --announce` writes it, and the commit says why."""

MAY_GROW = 0.05
SMALL_BYTES = 8192
"""Growing by less is never worth a word: a part of 20 KB has grown by 5 % when one function was added."""


def bytes_by_part(folder: Path, part_of: Callable[[str], str]) -> dict[str, dict[str, int]]:
    """Return for each part, largest first, how many bytes it has `unpacked` and, compressed by itself, `packed`.

    `part_of` gets a file's path inside `folder`, with slashes, and returns the name of its part.
    """
    parts: defaultdict[str, list[Path]] = defaultdict(list)
    for path in files_of(folder):
        parts[part_of(path.relative_to(folder).as_posix())].append(path)
    counted = {}
    for part, paths in parts.items():
        data = b"".join(path.read_bytes() for path in paths)
        counted[part] = {"unpacked": len(data), "packed": len(compress(data, LEVEL_FOR_PARTS))}
    return dict(sorted(counted.items(), key=lambda item: -item[1]["packed"]))


def announce(sizes: Path, announced: Path = ANNOUNCED) -> None:
    """Write the parts in the report `sizes` down as those that are meant.

    Raises:
        OSError: a file could not be read or written.
    """
    parts = {part: found["packed"] for part, found in sorted(_parts_of(sizes).items())}
    announced.write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")


def unannounced(sizes: Path, announced: Path = ANNOUNCED) -> list[str]:
    """Return a sentence for each part in the report `sizes` that is new, or more than 5 % larger than was announced.

    Raises:
        OSError: a file could not be read.
    """
    meant: dict[str, int] = json.loads(announced.read_text(encoding="utf-8"))
    return [
        f"{part} has {found['packed']} bytes, announced are {meant.get(part, 0)}"
        for part, found in _parts_of(sizes).items()
        if found["packed"] > meant.get(part, 0) * (1 + MAY_GROW) + SMALL_BYTES
    ]


def _parts_of(sizes: Path) -> dict[str, dict[str, int]]:
    parts: dict[str, dict[str, int]] = json.loads(sizes.read_text(encoding="utf-8"))["parts"]
    return parts
