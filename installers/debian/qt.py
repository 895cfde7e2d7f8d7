"""Leaves of Qt what the technician's program uses: three of its forty modules, and the plug-ins those look for."""

import shutil
from pathlib import Path

from installers.shared_libraries import needed

MODULES = ("QtCore", "QtGui", "QtWidgets")
"""What the program imports."""

PLUGINS = (
    *("iconengines", "imageformats", "platforms", "platforminputcontexts", "platformthemes", "xcbglintegrations"),
    *("wayland-decoration-client", "wayland-graphics-integration-client", "wayland-shell-integration"),
)
_NOT_PLUGINS = {
    # Reading PDF and the keyboard on the screen bring half of Qt along; the others are for machines without a desktop.
    *("libqpdf.so", "libqtvirtualkeyboardplugin.so", "libqeglfs.so", "libqlinuxfb.so", "libqminimalegl.so"),
    *("libqvkkhrdisplay.so", "libqvnc.so"),
    # This one needs GTK; without it Qt asks the desktop portal, which brings the same dialogs.
    "libqgtk3.so",
}
_CODE = ("__init__.py", "_config.py", "_git_pyside_version.py")
_TRANSLATIONS = "qtbase_*.qm"


def trim(libraries: Path) -> None:
    """Remove from the PySide6 in the folder of packages `libraries` whatever the program never loads.

    Raises:
        OSError: a file could not be removed.
    """
    folder = libraries / "PySide6"
    qt = folder / "Qt"
    kept = {folder / name for name in _CODE}
    kept |= {path for module in MODULES for path in folder.glob(f"{module}.abi3.so")}
    kept |= set(folder.glob("libpyside6.abi3.so*"))
    kept |= {path for name in PLUGINS for path in (qt / "plugins" / name).glob("*.so") if path.name not in _NOT_PLUGINS}
    kept |= set((qt / "translations").glob(_TRANSLATIONS))
    kept |= {folder / "support", *(folder / "support").glob("*.py")}
    kept |= _with_what_they_load(kept, qt / "lib")
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
    for left in ("designer", "doc", "glue", "include", "scripts", "typesystems"):
        shutil.rmtree(folder / left, ignore_errors=True)


def _with_what_they_load(files: set[Path], libraries: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = [path for path in files if path.suffix == ".so" or ".so." in path.name]
    while waiting:
        for name in needed(waiting.pop()):
            library = libraries / name
            if library.is_file() and library not in found:
                found.add(library)
                waiting.append(library)
    return found
