"""The project's own files, parsed once, for the tests that judge its shape."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("protocol", "relay", "customer_client", "technician_app")
ALL_SOURCE_FOLDERS = (*PACKAGES, "demo", "benchmarks", "drill", "fuzz", "setup", "installers")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Return every Python file below `folders` (relative to the project), sorted; a missing folder has none."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    """Return `path` as a person writes it: relative to the project."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of `path`."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.Module) -> Iterator[FunctionNode]:
    """Yield every function and method of `tree`, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, FunctionNode))


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of everything `tree` imports: `a.b` for `import a.b`, `a.b.c` for `from a.b import c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
