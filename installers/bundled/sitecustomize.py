"""Python runs this first in the bundle: modules come out of one file, `modules.bin`, instead of a thousand small ones.

Making a thousand files is what takes the time when a release is unpacked, and looking for modules in folders is much of
what takes the time at every start. installers/modules.py writes the file. Whatever is not in it (compiled modules, the
encodings Python needs before it gets here) is looked for in folders as always.
"""

import _thread
import gc
import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # `importlib` itself is in the file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.resources.readers import FileReader
    from types import CodeType, ModuleType


SELDOM = {
    *("dns.flags", "dns.message", "dns.name", "dns.rdata", "dns.rdataset", "dns.rdatatype", "dns.zone"),
    *("importlib.metadata", "inspect", "ipaddress", "multiprocessing", "selectors", "textwrap", "tokenize", "zipfile"),
}
"""Loaded when something in them is first used: aioice imports `dns` for addresses of browsers (`….local`), and without
it 40 modules less are in memory. Of others, too, this program needs nothing: `importlib.metadata` is for `websockets`
while it is developed, `multiprocessing` for VP8 in aiortc, `zipfile` for resources in archives. The first page is there
sooner without what `dataclasses`, `urllib.parse`, `socket`, `traceback` and `linecache` import for seldom moments.
Only for modules that others import whole and use inside functions."""


class Modules:
    """Finds and loads the modules in `file`, which lie below `folder` as far as they know."""

    def __init__(self, folder: str, file: str) -> None:
        self._folder = folder
        self._opened = _opened(file)
        self._reads = _thread.allocate_lock()
        size = os.fstat(self._opened).st_size
        index_at = int.from_bytes(self._read(8, size - 8), "little")
        self._index: dict[str, tuple[bool, int, int]] = marshal.loads(  # noqa: S302 - as safe as a .pyc
            self._read(size - index_at, index_at)
        )

    def _read(self, size: int, at: int) -> bytes:
        if sys.platform == "win32":
            with self._reads:  # Windows has no pread, and modules are imported by several threads
                os.lseek(self._opened, at, os.SEEK_SET)
                return os.read(self._opened, size)
        else:
            return os.pread(self._opened, size, at)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return where the module `name` is, or None for those that are not in the file."""
        found = self._index.get(name)
        if found is None:
            return None
        place = f"{self._folder}/{name.replace('.', '/')}"
        is_package = found[0]
        origin = f"{place}/__init__.pyc" if is_package else f"{place}.pyc"
        spec = ModuleSpec(name, self, origin=origin, is_package=is_package)  # type: ignore[arg-type]
        if is_package:
            spec.submodule_search_locations = [place]
        spec.has_location = True
        if name in SELDOM:
            spec.loader = LoadsLater(self)  # type: ignore[assignment]
        return spec

    def create_module(self, spec: ModuleSpec) -> "ModuleType | None":
        """Let Python make the module."""
        return None

    def exec_module(self, module: "ModuleType") -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 - this is what a loader is for

    def get_code(self, name: str) -> "CodeType":
        """Return the code of the module `name`.

        Raises:
            ImportError: it is not in the file.
        """
        try:
            _, at, size = self._index[name]
        except KeyError:
            raise ImportError(name) from None
        code: CodeType = marshal.loads(self._read(size, at))  # noqa: S302 - as safe as a .pyc
        return code

    def get_resource_reader(self, name: str) -> "FileReader":
        """Return what reads the files that lie in the folder of the package `name`, as if it had come from there."""
        from importlib.resources.readers import FileReader

        return FileReader(_Place(f"{self._folder}/{name.replace('.', '/')}/__init__.pyc"))  # type: ignore[arg-type]

    def is_package(self, name: str) -> bool:
        """Return whether the module `name` can hold others."""
        return self._index[name][0]


def _opened(file: str) -> int:
    if sys.platform == "win32":
        return os.open(file, os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)
    else:
        return os.open(file, os.O_RDONLY | os.O_CLOEXEC)


class LoadsLater:
    """Loads one module when something in it is first used. Python's own before 3.12 shows other threads half of it."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._lock = _thread.RLock()
        self._is_begun = False

    def create_module(self, spec: ModuleSpec) -> "ModuleType | None":
        """Let Python make the module."""
        return None

    def exec_module(self, module: "ModuleType") -> None:
        """Leave it empty for now."""
        module.__class__ = _LoadedLater

    def load(self, module: "ModuleType") -> None:
        """Run the module's code, once; whoever needs it meanwhile waits, but for that code itself."""
        with self._lock:
            if not self._is_begun:
                self._is_begun = True
                self._modules.exec_module(module)
                module.__class__ = type(sys)

    def __getattr__(self, name: str) -> object:
        """Be in everything else what loads modules at once."""
        return getattr(self._modules, name)


class _LoadedLater(type(sys)):  # type: ignore[misc]
    """A module of which nothing was used yet."""

    def __getattribute__(self, name: str) -> object:
        own = super().__getattribute__
        if not (name.startswith("__") and name in own("__dict__")):
            own("__spec__").loader.load(self)
        return own(name)


class _Place:
    """What a `FileReader` asks of a loader: the `path` of a package."""

    def __init__(self, path: str) -> None:
        self.path = path


_folder = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib would be the slowest import of all
sys.meta_path.insert(0, Modules(_folder, f"{_folder}/modules.bin"))
# Nothing is given up while a program starts, and looking for it takes time. `customer_client.app` turns it on again.
gc.disable()
