"""The terms of everything that is shipped, inside the file and beside it."""

import shutil
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from installers.distributions import Shipped
from installers.ffmpeg_source import ADDRESS, SHA256, VERSION
from installers.source_archives import SourceArchive
from installers.srtp import LIBSRTP
from installers.system_package import SystemPackage, copy_terms

FOLDER = "licences"
OVERVIEW = "README.txt"

_WORDS = """\
The terms of the file "Deskside"
================================

Deskside's own programs are under the Apache License 2.0 (LICENSE in this folder). This file also contains FFmpeg and
libx264, which are under the GNU General Public License. Therefore the file as a whole is given to you under the
GNU General Public License, version 3 or, at your choice, any later version (ffmpeg/COPYING.GPLv3).

The complete source belongs to it, and you may ask for it where you got the file:
  Deskside        the release of the same version
  FFmpeg {version}    {address}
                  SHA-256 {sha256}
                  built as installers/ffmpeg.py of Deskside says
  libsrtp {srtp}   {srtp_address}
                  SHA-256 {srtp_sha256}
                  built below pylibsrtp as installers/srtp.py of Deskside says
{libraries}  packages        the source archives of the versions below at the Python Package Index

H.264 video may be covered by patents in some countries; nobody grants you a licence to those with this file.

Parts, each with its terms in the folder of its name:

"""


_WINDOWS_WORDS = """\
The terms of the file "Deskside.exe"
====================================

Deskside's own programs are under the Apache License 2.0 (LICENSE in this folder). This file also contains FFmpeg and
libx264, which are under the GNU General Public License. Therefore the file as a whole is given to you under the
GNU General Public License, version 3 or, at your choice, any later version (ffmpeg/COPYING.GPLv3).

The complete source belongs to it, and you may ask for it where you got the file: Deskside, the release of the same
version, with installers/windows_ffmpeg.py, which says how the parts below with a SHA-256 were built; those archives;
the source archives of the packages at the Python Package Index; and CPython's, with what it brings (python/LICENSE.txt
names OpenSSL, libffi, Tcl and Tk, and the runtime libraries of Microsoft's compiler).

H.264 video may be covered by patents in some countries; nobody grants you a licence to those with this file.

Parts, each with its terms in the folder of its name:

"""


def write(bundle: Path, root: Path, ffmpeg: Path, packages: list[Shipped], system: Sequence[SystemPackage]) -> None:
    """Put the terms of every part into `bundle/licences`; those of Python packages are there already.

    `root` is the checkout, `ffmpeg` the folder FFmpeg was built into.

    Raises:
        OSError: a text could not be read or written.
    """
    folder = bundle / FOLDER
    (folder / "ffmpeg").mkdir(parents=True, exist_ok=True)
    (folder / "python").mkdir(exist_ok=True)
    shutil.copyfile(root / "LICENSE", folder / "LICENSE")
    shutil.copyfile(Path(sysconfig.get_path("stdlib"), "LICENSE.txt"), folder / "python" / "LICENSE.txt")
    for text in (*sorted(ffmpeg.glob("COPYING.*")), ffmpeg / "LICENSE.md"):
        shutil.copyfile(text, folder / "ffmpeg" / text.name)
    copy_terms(system, folder)
    (folder / OVERVIEW).write_text(overview(packages, system), encoding="utf-8")


def overview(packages: list[Shipped], system: Sequence[SystemPackage]) -> str:
    """Return the text that says under which terms the file is given away, and of what it consists."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    parts = [("python", python, "PSF-2.0"), ("ffmpeg", VERSION, "GPL-2.0-or-later, as configured here")]
    parts.append((LIBSRTP.name, LIBSRTP.version, LIBSRTP.licence))
    parts += [(one.name, one.version, one.licence) for one in packages]
    parts += [(one.name, one.version, _terms_of(one)) for one in system]
    lines = [f"  {name:28} {version:32} {licence}" for name, version, licence in sorted(parts)]
    libraries = "".join(f"  libraries       {told}\n" for told in sorted({one.SOURCES for one in system}))
    words = _WORDS.format(
        version=VERSION,
        address=ADDRESS,
        sha256=SHA256,
        srtp=LIBSRTP.version,
        srtp_address=LIBSRTP.address,
        srtp_sha256=LIBSRTP.sha256,
        libraries=libraries,
    )
    return words + "\n".join(lines) + "\n"


def _terms_of(one: SystemPackage) -> str:
    return ", ".join(filter(None, (one.licence, f"see {one.place}")))


def write_for_windows(
    bundle: Path, root: Path, python: Path, terms: Path, packages: list[Shipped], compiled: Sequence[SourceArchive]
) -> None:
    """Put the terms of every part of the Windows file into `bundle/licences`.

    `python` is the text of its Python, which speaks of what Python brings too; `terms` has a folder for each of
    `compiled`, what was compiled here.

    Raises:
        OSError: a text could not be read or written.
    """
    folder = bundle / FOLDER
    (folder / "python").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "LICENSE", folder / "LICENSE")
    shutil.copyfile(python, folder / "python" / "LICENSE.txt")
    shutil.copytree(terms, folder, dirs_exist_ok=True)
    parts = [(one.name.lower(), one.version, f"{one.licence}, source SHA-256 {one.sha256}") for one in compiled]
    parts += [(one.name, one.version, one.licence) for one in packages]
    lines = [f"  {name:28} {number:12} {licence}" for name, number, licence in sorted(parts)]
    (folder / OVERVIEW).write_text(_WINDOWS_WORDS + "\n".join(lines) + "\n", encoding="utf-8")


def all_texts(bundle: Path) -> str:
    """Return every text in `bundle/licences` as one, the overview first; for those who look before they open."""
    folder = bundle / FOLDER
    texts = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != OVERVIEW)
    whole = [(folder / OVERVIEW).read_text(encoding="utf-8")]
    for path in texts:
        name = path.relative_to(folder).as_posix()
        whole.append(f"{'=' * 100}\n{name}\n{'=' * 100}\n{path.read_text(encoding='utf-8', errors='replace')}")
    return "\n".join(whole)
