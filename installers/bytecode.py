"""Compiles Python sources so that the same sources give the same bytes, wherever they lie."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_COMPILE = """
import ast, importlib.util, sys
from importlib._bootstrap_external import _code_to_hash_pyc
from pathlib import Path

def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)

def is_registered(function):
    return any(isinstance(one, ast.Attribute) and one.attr == "register" for one in function.decorator_list)

def without_annotations(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_registered(node):
            node.returns = None
            given = node.args
            for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
                if one is not None:
                    one.annotation = None
    return tree

def without_descriptions(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)):
            while node.body and is_text(node.body[0]):
                first = node.body.pop(0)
                if not node.body and not isinstance(node, ast.Module):
                    node.body.append(ast.copy_location(ast.Pass(), first))
    return tree

root = Path(sys.argv[1])
for source in sorted(root.rglob("*.py"), key=lambda path: path.as_posix()):
    data = source.read_bytes()
    name = source.relative_to(root).as_posix()
    tree = without_annotations(without_descriptions(ast.parse(data)))
    code = compile(tree, name, "exec", dont_inherit=True)
    Path(str(source) + "c").write_bytes(_code_to_hash_pyc(code, importlib.util.source_hash(data), False))
    source.unlink()
"""


def compile_sources(folder: Path, run: Callable[[list[str], dict[str, str]], object] | None = None) -> None:
    """Replace each `.py` in `folder` by a `.pyc` beside it, which names the source by its path inside `folder`.

    What modules and functions say about themselves is left out: a fifth of all bytes, which no customer reads. Classes
    keep theirs, because a dataclass without one works out its signature at every start. `assert` stays. Functions lose
    their annotations, which nobody asks for who runs here, but for those that `singledispatch` registers by them; those
    of classes and modules stay. Of places in sources the lines are kept, for error reports, and the columns are not.

    A process of its own does it: hash seed and order decide how constants are laid out, and both are fixed there.
    `run` runs another Python than this one: it gets its arguments and variables; the last argument is the folder.

    Raises:
        subprocess.CalledProcessError: a source does not compile.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    arguments = ["-X", "no_debug_ranges", "-s", "-S", "-P", "-W", "ignore", "-c", _COMPILE, str(folder)]
    fixed = {"PYTHONHASHSEED": "0"}
    if run is not None:
        run(arguments, fixed)
    else:
        subprocess.run([sys.executable, *arguments], check=True, env=environment | fixed)  # noqa: S603 - no shell
