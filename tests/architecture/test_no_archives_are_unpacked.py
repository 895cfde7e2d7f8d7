"""F6 and R2: nothing that runs at a customer's, at a technician's or on the relay takes archives apart."""

import ast

from tests.architecture.source_tree import PACKAGES, imported_modules, parsed, python_files, shown

ARCHIVES = ("zipfile.", "tarfile.", "py7zr.", "rarfile.", "shutil.unpack_archive.")
UNPACKING = {"unpack_archive", "extractall"}


def unpacking(tree: ast.Module) -> list[str]:
    """Return how a module could take an archive apart."""
    imports = [name for name in imported_modules(tree) if f"{name}.".startswith(ARCHIVES)]
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in UNPACKING]
    return [*(f"imports {name}" for name in imports), *(f"line {each.lineno}: {each.attr}" for each in attributes)]


def test_f6_nothing_takes_archives_apart() -> None:
    found = {shown(path): unpacking(parsed(path)) for path in python_files(*PACKAGES)}
    assert found
    assert {name: what for name, what in found.items() if what} == {}


def test_the_check_sees_each_way() -> None:
    for line in ("import zipfile", "from tarfile import open", "shutil.unpack_archive('a')", "x.extractall()"):
        assert unpacking(ast.parse(line))
