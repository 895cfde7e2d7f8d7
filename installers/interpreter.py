"""The Python that goes along: this very one, without what a customer's program never imports."""

import shutil
import sys
import sysconfig
from pathlib import Path

PROGRAM = Path("bin/deskside")

LEFT_OUT_MODULES = {
    *("_pydecimal", "_pyio", "aifc", "asynchat", "asyncore", "pickletools", "smtpd"),
    *("__phello__", "antigravity", "cProfile", "cgi", "cgitb", "chunk", "code", "codeop", "crypt", "curses", "dbm"),
    *("distutils", "doctest", "ensurepip", "ftplib", "idlelib", "imaplib", "lib2to3", "mailbox", "mailcap", "msilib"),
    *("nntplib", "pdb", "pip", "poplib", "profile", "pstats", "pty", "pyclbr", "pydoc", "pydoc_data", "setuptools"),
    *("shelve", "site-packages", "dist-packages", "smtplib", "sndhdr", "sqlite3", "sunau", "tabnanny", "telnetlib"),
    *("test", "this", "trace", "tracemalloc", "turtle", "turtledemo", "unittest", "venv", "wave", "wsgiref", "xdrlib"),
    *("xmlrpc", "zipapp"),
}
"""Parts of the standard library nothing of ours and nothing we need imports."""

LEFT_OUT_EXTENSIONS = {
    *("_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw", "_crypt", "_curses"),
    *("_curses_panel", "_dbm", "_decimal_test", "_gdbm", "_lsprof", "_multibytecodec", "_sqlite3", "_xxinterpchannels"),
    *("_ctypes_test", "_testbuffer", "_testcapi", "_testclinic", "_testimportmultiple", "_testinternalcapi"),
    *("_testmultiphase", "_xxsubinterpreters", "_xxtestfuzz", "nis", "ossaudiodev", "readline", "spwd", "xxlimited"),
    *("xxlimited_35", "xxsubtype"),
}

_NOT_SHIPPED_FOLDERS = {"__pycache__", "test", "tests", "idle_test"}
_LARGE_CODECS = ("big5", "cp932", "cp949", "cp950", "euc_", "gb", "hz", "iso2022", "johab", "shift_jis")
"""Those of Chinese, Japanese and Korean: useless without their tables, which are extension modules of 1.5 MB."""

_TCL_LEFT_OUT = {"tzdata", "msgs", "demos", "images", "encoding", "opt0.4", "http1.0"}
_TCL_KEPT = {"iso8859-1.enc", "utf-8.enc", "ascii.enc", "cp1252.enc"}


def folder_name() -> str:
    """Return the folder of the standard library inside the bundle, for instance `lib/python3.11`."""
    return f"lib/python{sys.version_info.major}.{sys.version_info.minor}"


def copy_interpreter(bundle: Path) -> None:
    """Copy this Python's program, standard library and extension modules into `bundle`.

    Raises:
        OSError: something could not be read or written.
    """
    program = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}").resolve()
    _copy(program, bundle / PROGRAM, executable=True)
    library = Path(sysconfig.get_path("stdlib"))
    for source in sorted(library.rglob("*.py")):
        relative = source.relative_to(library)
        if is_shipped_module(relative):
            _copy(source, bundle / folder_name() / relative)
    for source in sorted((library / "lib-dynload").glob("*.so")):
        if source.name.partition(".")[0] not in LEFT_OUT_EXTENSIONS:
            _copy(source, bundle / folder_name() / "lib-dynload" / source.name, executable=True)


def copy_window_scripts(bundle: Path) -> None:
    """Copy the scripts Tcl and Tk read at their start.

    Raises:
        FileNotFoundError: this computer has none.
    """
    for name in ("tcl8.6", "tk8.6"):
        found = _scripts(name)
        for source in sorted(found.rglob("*")):
            relative = source.relative_to(found)
            left_out = _TCL_LEFT_OUT & set(relative.parts) and source.name not in _TCL_KEPT
            if source.is_file() and not left_out:
                _copy(source, bundle / "lib" / name / relative)


def _scripts(name: str) -> Path:
    prefixes = (Path(sys.base_prefix, "lib"), Path("/usr/share/tcltk"), Path("/usr/lib"), Path("/usr/share"))
    marker = "init.tcl" if name.startswith("tcl") else "tk.tcl"
    for prefix in prefixes:
        if (prefix / name / marker).is_file():
            return prefix / name
    raise FileNotFoundError(f"no folder {name} with {marker}: where are the scripts of Tcl and Tk?")


def is_shipped_module(relative: Path) -> bool:
    """Return whether the source at `relative`, inside the standard library, belongs on a customer's computer."""
    first = relative.parts[0].removesuffix(".py")
    if first in LEFT_OUT_MODULES or first.startswith(("config-", "_sysconfigdata")):
        return False
    if first == "encodings" and relative.stem.startswith(_LARGE_CODECS):
        return False
    return not _NOT_SHIPPED_FOLDERS & set(relative.parts[:-1])


def _copy(source: Path, target: Path, *, executable: bool = False) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if executable else 0o644)
