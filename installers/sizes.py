"""Which part of a bundle the bytes belong to, unpacked and packed."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from installers.archive import compress, files_of

LEVEL_FOR_PARTS = 9
"""Of zstd: parts are compared with each other, and the highest level would double the time a build takes."""


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
