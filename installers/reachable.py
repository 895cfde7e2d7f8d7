"""Leaves out the modules that the customer's program cannot come to: all are copied, and many are never used.

From its first module on every `import` is followed, in functions too, as it stands in the sources; but not those of
other systems (`if sys.platform == …`) or of type checkers. Compiled modules import by names that are texts in them, and
so do some of ours: every text that is exactly the name of a module counts. The build imports all that is left.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FIRST = "customer_client.app"

ALWAYS = (
    *("_strptime", "codecs", "encodings.*", "io", "linecache", "os", "runpy", "site", "sitecustomize", "traceback"),
    *("importlib._bootstrap", "importlib._bootstrap_external", "importlib.resources.readers", "warnings", "zipimport"),
)
"""What Python itself imports without a sentence that says so."""

BY_MADE_UP_NAMES = {
    "av": ("av.*", "ctypes", "fractions", "logging", "uuid"),
    "Xlib.display": ("Xlib.ext.*", "Xlib.support.unix_connect"),
    "Xlib.XK": ("Xlib.keysymdef.*",),
    "dns.rdata": (
        *("dns.rdtypes.IN.A", "dns.rdtypes.IN.AAAA", "dns.rdtypes.IN.SRV", "dns.rdtypes.ANY.CNAME"),
        *("dns.rdtypes.ANY.NSEC", "dns.rdtypes.ANY.OPT", "dns.rdtypes.ANY.PTR", "dns.rdtypes.ANY.TXT"),
    ),
    "cryptography.hazmat.bindings._rust": ("cryptography.*",),
    "protocol.audit.export.verifier_file": ("protocol.audit.export.verifier",),
}
"""Modules that put names of others together, or compress them (Cython, Rust). dnspython has a class for each kind of
record and uses a general one where it finds none; aioice asks neighbours for addresses, and they answer with these."""

NEVER = {
    "backports.zstd._shutil": "archives",
    "bz2": "archives: `shutil` and `zipfile` do without it, and nobody here has such",
    "cffi": "for building: what was built needs `_cffi_backend` only",
    "concurrent.futures.process": "a `ProcessPoolExecutor`, which nobody here makes",
    "lzma": "archives, as bz2",
    "optparse": "little commands of Python's own modules",
    "plistlib": "files of macOS, which `platform` knows of",
    "statistics": "a test inside `random`",
    "tarfile": "archives, which `shutil` would make",
    **{
        f"multiprocessing.{name}": "processes, which aiortc does not start: it asks how many processors there are"
        for name in (
            *("connection", "dummy", "forkserver", "heap", "managers", "pool", "popen_fork", "popen_forkserver"),
            *("popen_spawn_posix", "popen_spawn_win32", "queues", "resource_sharer", "resource_tracker"),
            *("shared_memory", "sharedctypes", "spawn", "synchronize", "util"),
        )
    },
}
"""What could be come to as the sources stand, and is not: the module and what it is for."""

_OURS = ("customer_client", "protocol")
_SYSTEMS = {"linux": {"LINUX", "POSIX"}, "win32": {"WINDOWS"}}
_ALL_SYSTEMS = {"AIX", "BSD", "FREEBSD", "LINUX", "MACOS", "NETBSD", "OPENBSD", "OSX", "POSIX", "SUNOS", "WINDOWS"}
"""psutil's words for them."""

_TEXT = re.compile(rb"(?<=\0)[A-Za-z_][A-Za-z0-9_.]{2,80}(?=\0)")


def leave_out(folders: list[Path], system: str) -> list[str]:
    """Delete the modules below `folders` that nothing reaches on `system` (`linux` or `win32`), and return their names.

    Raises:
        OSError: something could not be read or deleted.
        SyntaxError: a source is not Python.
    """
    library = Library(folders, system)
    return library.remove_all_but(library.reachable())


class Library:
    """The modules below some folders, and which of them import which on one system (`linux` or `win32`)."""

    def __init__(self, folders: list[Path], system: str) -> None:
        self._system = system
        self._sources: dict[str, Path] = {}
        self._compiled: dict[str, Path] = {}
        for folder in folders:
            self._look_into(folder)

    def _look_into(self, folder: Path) -> None:
        for path in sorted(one for one in folder.rglob("*") if one.suffix in (".py", ".so", ".pyd")):
            parts = path.relative_to(folder).with_name(path.name.partition(".")[0]).parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts).removeprefix("lib-dynload.")
            if path.suffix == ".py":
                self._sources[name] = path
            elif f"PyInit_{parts[-1]}".encode() in path.read_bytes():  # not a library that is loaded without an import
                self._compiled[name] = path

    def reachable(self, first: str = FIRST) -> set[str]:
        """Return the modules that are imported when `first` runs, or could be."""
        found: set[str] = set()
        waiting = [first, *ALWAYS]
        while waiting:
            for name in self._meant(waiting.pop()) - found:
                found.add(name)
                waiting += sorted(self._asked_for(name))
        return found

    def remove_all_but(self, kept: set[str]) -> list[str]:
        """Delete the modules that are not `kept`, and return them; their packages' other files stay."""
        gone = sorted((self._sources.keys() | self._compiled.keys()) - kept)
        for name in gone:
            for modules in (self._sources, self._compiled):
                if name in modules:
                    modules.pop(name).unlink()
        return gone

    def _meant(self, asked: str) -> set[str]:
        """Return the modules there are of `asked`, a name or one with `.*`, and the packages they are in.

        Programs (`__main__`) are none: whoever imports one starts it, and some open windows.
        """
        if asked.endswith(".*"):
            inside = {name for name in self._sources | self._compiled if f"{name}.".startswith(asked[:-1])}
            return {name for name in inside if not name.endswith(".__main__")}
        parts = asked.split(".")
        names = [".".join(parts[: count + 1]) for count in range(len(parts))]
        if any(name in NEVER for name in names):
            return set()
        names = [name for name in names if not name.endswith(".__main__")]
        return {name for name in names if name in self._sources or name in self._compiled}

    def _asked_for(self, name: str) -> set[str]:
        asked = set(BY_MADE_UP_NAMES.get(name, ()))
        if name in self._compiled:
            asked |= {text.decode() for text in _TEXT.findall(self._compiled[name].read_bytes())}
        if name in self._sources:
            path = self._sources[name]
            package = name if path.stem == "__init__" else name.rpartition(".")[0]
            ours = name.startswith(_OURS)
            asked |= set(_imports(ast.parse(path.read_bytes()), package, self._system, ours=ours))
        return asked


def _imports(tree: ast.Module, package: str, system: str, *, ours: bool) -> Iterator[str]:
    """Yield what a module inside `package` imports; texts count where it is one of `ours`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If):
            known = _truth(node.test, system)
            waiting += [*(node.body if known is not False else ()), *(node.orelse if known is not True else ())]
            continue
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Constant) and ours and isinstance(node.value, str):
            yield node.value
        waiting += ast.iter_child_nodes(node)


def _truth(test: ast.expr, system: str) -> bool | None:
    """Return what a condition says on `system`, or None where that is not known beforehand."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            said = _truth(operand, system)
            return None if said is None else not said
        case ast.BoolOp(op=ast.And(), values=values) if any(_truth(one, system) is False for one in values):
            return False
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _ALL_SYSTEMS:
            return name in _SYSTEMS[system]
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as sign], comparators=[ast.Constant(value=str(named))]):
            if ast.unparse(left) == "sys.platform":
                return (system == named) == isinstance(sign, ast.Eq)
    return None


def check(gone: list[str]) -> str:
    """Return a program for the bundle's Python: it imports every module, and fails where one asks for one of `gone`.

    What fails for another reason is meant for another system, or wants something that not every computer has.
    """
    return f"GONE = {gone!r}\n{_CHECK}"


_CHECK = """
import importlib, sys
index = next(one for one in sys.meta_path if hasattr(one, "_index"))._index
for name in index:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name in GONE:
            raise
    except (Exception, SystemExit):
        pass
from protocol.audit.export.verifier_file import verifier_file
assert verifier_file(), "the verifier that goes into a customer's receipt"
from protocol.picture.native.library import LIBRARY
assert LIBRARY is not None, "the C part of the picture: without it everything is slower"
"""
