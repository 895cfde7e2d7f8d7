"""The relay faces the internet: no line of it may start a program, evaluate text or load pickled objects."""

import ast
from collections.abc import Iterator

from tests.architecture.source_tree import imported_modules, parsed, python_files, shown

FORBIDDEN_MODULES = ("subprocess", "pty", "pickle", "marshal", "shelve", "code", "codeop", "multiprocessing")
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_ATTRIBUTES = {
    "os": ("system", "popen", "exec", "spawn", "posix_spawn", "fork"),
    "asyncio": ("create_subprocess", "subprocess"),
}


def dangers(tree: ast.Module) -> Iterator[str]:
    """Yield what in `tree` could run another program or turn data into code."""
    for name in imported_modules(tree):
        top, _, rest = name.partition(".")
        if top in FORBIDDEN_MODULES or rest.startswith(FORBIDDEN_ATTRIBUTES.get(top, ("\0",))):
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"line {node.lineno}: calls {node.func.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            forbidden = FORBIDDEN_ATTRIBUTES.get(node.value.id)
            if forbidden and node.attr.startswith(forbidden):
                yield f"line {node.lineno}: uses {node.value.id}.{node.attr}"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            yield f"line {node.value.lineno}: passes shell="


def test_the_relay_starts_no_program_and_evaluates_no_text() -> None:
    found = {shown(path): list(dangers(parsed(path))) for path in python_files("relay")}
    assert found
    assert {name: what for name, what in found.items() if what} == {}


def test_the_check_sees_each_way_of_starting_a_program() -> None:
    ways = [
        "import subprocess",
        "from subprocess import run",
        "from os import system",
        "import os; os.system('x')",
        "import os; os.execv('x', [])",
        "import asyncio; asyncio.create_subprocess_exec('x')",
        "from asyncio import create_subprocess_shell",
        "eval('1')",
        "import pickle",
        "launch('x', shell=True)",
    ]
    assert [way for way in ways if not list(dangers(ast.parse(way)))] == []


def test_the_check_accepts_ordinary_code() -> None:
    assert list(dangers(ast.parse("import os, asyncio, re\nos.replace('a', 'b')\nre.compile('x')"))) == []
