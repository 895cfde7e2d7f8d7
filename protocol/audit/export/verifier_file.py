"""`verify.py`, the one file that checks an export anywhere: put together from the parts in `verifier`.

What travels alone must be one file, and files of ours are short. The parts are joined as they stand, only their imports
of each other are left out: what is read and tested here is what travels.
"""

import ast
from functools import lru_cache
from importlib import resources

from protocol.errors import LocalError

PARTS = ("basics", "shapes", "session", "together", "log", "bundle", "command")
_OURS = "protocol."

_HEAD = '''#!/usr/bin/env python3
"""Check a Deskside export offline: python3 verify.py EXPORT.dsaudit [--root FINGERPRINT] [--json]

Needs Python 3.11 and the package `cryptography`, no network and nothing of Deskside; writes nothing. It is a second
implementation of docs/audit_format.md (its sections are named below), independent of Deskside's own verifier.

exit codes:
  0   valid: genuine, complete, confirmed by independent witnesses
  1   invalid, not an export, or the file could not be read
  2   genuine as far as it goes, but one-sided, with gaps or with details withheld
  3   genuine and complete, but not confirmed by enough independent witnesses
  64  wrong arguments
"""
'''

_TAIL = """

if __name__ == "__main__":
    sys.exit(main())
"""


@lru_cache(maxsize=1)
def verifier_file() -> bytes:
    """Return the bytes of `verify.py`.

    Raises:
        LocalError: the program was installed without the parts.
    """
    imports: dict[str, set[str]] = {}
    bodies = []
    for part in PARTS:
        try:
            source = resources.files(f"{__package__}.verifier").joinpath(f"{part}.py").read_text(encoding="utf-8")
        except OSError as error:
            raise LocalError(f"the verifier's part {part} is not installed: {error}") from error
        bodies.append(_body(source, imports))
    lines = [_import_line(module, names) for module, names in sorted(imports.items())]
    ours = [line for line in lines if "cryptography" in line]
    standard = sorted((line for line in lines if line not in ours), key=lambda line: line.startswith("from "))
    return "\n".join([_HEAD, *standard, "", *ours, *bodies, _TAIL]).encode()


def _body(source: str, imports: dict[str, set[str]]) -> str:
    """Return what follows the imports of a part; its imports, but for those of other parts, go to `imports`."""
    tree, end = ast.parse(source), 0
    for node in tree.body[1:]:
        if isinstance(node, ast.Import):
            imports |= {alias.name: set() for alias in node.names}
        elif not isinstance(node, ast.ImportFrom):
            break
        elif node.module and not node.module.startswith(_OURS):
            imports.setdefault(node.module, set()).update(alias.name for alias in node.names)
        end = node.end_lineno or end
    headline = (ast.get_docstring(tree) or "").splitlines()[0]
    return f"\n\n# {headline}\n" + "\n".join(source.splitlines()[end:]).strip("\n")


def _import_line(module: str, names: set[str]) -> str:
    return f"from {module} import {', '.join(sorted(names))}" if names else f"import {module}"
