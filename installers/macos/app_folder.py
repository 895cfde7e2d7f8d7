"""How `Deskside.app` is laid out.

    Contents/Info.plist, PkgInfo
    Contents/MacOS/Deskside         the launcher: says where it lies, and becomes the next one
    Contents/MacOS/python3          Python's own program
    Contents/Resources/lib/...      the standard library, packages, libpython
    Contents/Resources/licences     the terms of every part
    Contents/Resources/de.lproj/... what macOS asks in the person's language
    Contents/lib                    a link to Resources/lib, where python3 looks for its library

Signing seals everything below Resources as it is, whatever its folders are called; elsewhere `python3.11` would be
taken for a bundle of its own.
"""

import plistlib
import shutil
from pathlib import Path

from installers.interpreter import PROGRAM
from installers.licences import FOLDER as LICENCES
from installers.macos.info_plist import LANGUAGES, information, questions

LAUNCHER = "Deskside"
PYTHON = "python3"


def arrange(bundle: Path, launcher: bytes, app: Path, *, version: str) -> None:
    """Make the app in the new folder `app` from a `bundle` as every platform's build fills it; nothing is left there.

    `launcher` is the compiled program.

    Raises:
        OSError: something could not be moved or written.
    """
    contents = app / "Contents"
    programs, resources = contents / "MacOS", contents / "Resources"
    programs.mkdir(parents=True)
    resources.mkdir()
    shutil.move(bundle / PROGRAM, programs / PYTHON)
    shutil.move(bundle / "lib", resources / "lib")
    shutil.move(bundle / LICENCES, resources / LICENCES)
    (contents / "lib").symlink_to(Path("Resources", "lib"))
    (programs / LAUNCHER).write_bytes(launcher)
    (programs / LAUNCHER).chmod(0o755)
    (contents / "Info.plist").write_bytes(plistlib.dumps(information(version)))
    (contents / "PkgInfo").write_bytes(b"APPL????")
    for language in LANGUAGES:
        folder = resources / f"{language}.lproj"
        folder.mkdir()
        (folder / "InfoPlist.strings").write_bytes(plistlib.dumps(questions(language)))


def compiled_files(app: Path) -> list[Path]:
    """Return every file of machine code in `app`, those that lie deepest first: the order in which they are signed."""
    found = [path for path in app.rglob("*") if path.is_file() and not path.is_symlink() and _is_machine_code(path)]
    return sorted(found, key=lambda path: (-len(path.parts), path.as_posix()))


_MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
"""How files for one 64-bit processor, and for several, begin."""


def _is_machine_code(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _MACH_O
