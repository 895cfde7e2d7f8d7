"""FFmpeg for Windows below PyAV, compiled on Linux by mingw-w64: the same version and parts as on Linux (ffmpeg.py).

libx264 and libopus are compiled into it, from the sources of the versions Debian 12 has, which are those on Linux too.
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from installers.ffmpeg_source import FFMPEG
from installers.portable_executable import rename_imports
from installers.source_archives import SourceArchive, unpacked

X264 = SourceArchive(
    name="x264",
    version="0.164.3095",
    licence="GPL-2.0-or-later",
    file="x264-0.164.3095.tar.gz",
    folder="x264-0.164.3095+gitbaee400",
    sha256="8b237e94b08c196a1da22f2f25875f10be4cff3648df4eeff21e00da8f683fc2",
    on_mirrors="pool/main/x/x264/x264_0.164.3095+gitbaee400.orig.tar.gz",
    address="",  # its authors give away a repository and no archives
    page="https://www.videolan.org/developers/x264.html",
)

OPUS = SourceArchive(
    name="opus",
    version="1.3.1",
    licence="BSD-3-Clause",
    file="opus-1.3.1.tar.gz",
    folder="opus-1.3.1",
    sha256="65b58e1e25b2a114157014736a3d9dfeaad8d41be1c8179866f144a2fb44ff9d",
    on_mirrors="pool/main/o/opus/opus_1.3.1.orig.tar.gz",
    address="https://downloads.xiph.org/releases/opus/opus-1.3.1.tar.gz",
)

TERMS = {
    FFMPEG.name: ("COPYING.GPLv2", "COPYING.GPLv3", "COPYING.LGPLv2.1", "LICENSE.md"),
    X264.name: ("COPYING",),
    OPUS.name: ("COPYING",),
}
"""The files with the terms in each archive."""

LIBRARIES = ("avcodec", "avdevice", "avfilter", "avformat", "avutil", "swresample", "swscale")
"""Each is a file such as `avcodec-62.dll`."""

_CROSS = "x86_64-w64-mingw32"
_LINKER = "-static -static-libgcc -Wl,--gc-sections -Wl,--no-insert-timestamp"
_X264_OPTIONS = (
    *(f"--host={_CROSS}", f"--cross-prefix={_CROSS}-", "--enable-static", "--disable-cli", "--disable-opencl"),
    *("--bit-depth=8", "--chroma-format=420"),
)
_OPUS_OPTIONS = (
    *(f"--host={_CROSS}", "--disable-shared", "--enable-static", "--disable-doc", "--disable-extra-programs"),
    "CFLAGS=-O2 -D_FORTIFY_SOURCE=0",  # mingw has it in a library of its own
)
_FFMPEG_OPTIONS = (
    *("--prefix=/deskside", "--arch=x86_64", "--target-os=mingw32", "--enable-cross-compile"),
    *(f"--cross-prefix={_CROSS}-", "--pkg-config=pkg-config", "--pkg-config-flags=--static", "--enable-w32threads"),
    *("--disable-everything", "--disable-autodetect", "--disable-programs", "--disable-doc", "--disable-network"),
    *("--disable-debug", "--disable-static", "--enable-shared"),
    *("--enable-gpl", "--enable-libx264", "--enable-libopus"),
    *("--enable-encoder=libx264,mjpeg,libopus", "--enable-decoder=libopus"),
    "--enable-filter=abuffer,abuffersink,aformat,anull,aresample",
    *(f"--extra-ldflags={_LINKER}", "--extra-cflags=-ffunction-sections -fdata-sections"),
)
_MANGLED = re.compile(r"((?:av|sw)[a-z]+-\d+)-[0-9a-f]{32}\.dll")


def built(kept: Path) -> Path:
    """Return the folder with FFmpeg's libraries and terms, built into `kept` unless the same ones are there already.

    Raises:
        SourceMissing: a source could not be had.
        OSError, subprocess.CalledProcessError: it does not compile.
    """
    made = kept / "ffmpeg-windows" / _key()
    if not made.is_dir():
        unfinished = made.with_name(made.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        work = unfinished / "work"
        work.mkdir(parents=True)
        sources = {archive.name: unpacked(archive, kept) for archive in (X264, OPUS, FFMPEG)}
        for name, files in TERMS.items():
            (unfinished / "terms" / name.lower()).mkdir(parents=True)
            for file in files:
                shutil.copyfile(sources[name] / file, unfinished / "terms" / name.lower() / file)
        _compile(sources, work)
        for name in LIBRARIES:
            library = next((work / "deskside" / "bin").glob(f"{name}-*.dll"))
            shutil.copyfile(library, unfinished / library.name)
        shutil.rmtree(work)
        unfinished.replace(made)
        for source in sources.values():
            shutil.rmtree(source)
    return made


def put_below_pyav(libraries: Path, made: Path) -> None:
    """Replace the wheel's `av.libs` in `libraries` by the libraries in `made`, and have PyAV's modules load those.

    The wheel's names carry a hash; ours are shorter and take their places.

    Raises:
        FileNotFoundError: the wheel was built with another FFmpeg than ours.
    """
    ours = {library.name for library in made.glob("*.dll")}
    new_names = {}
    for old in sorted((libraries / "av.libs").iterdir()):
        found = _MANGLED.fullmatch(old.name)
        if found and f"{found[1]}.dll" not in ours:
            raise FileNotFoundError(f"PyAV's wheel has {old.name}, which is not of FFmpeg {FFMPEG.version}")
        if found:
            new_names[old.name] = f"{found[1]}.dll"
    shutil.rmtree(libraries / "av.libs")
    (libraries / "av.libs").mkdir()
    for name in sorted(new_names.values()):
        shutil.copyfile(made / name, libraries / "av.libs" / name)
    for module in sorted((libraries / "av").rglob("*.pyd")):
        rename_imports(module, new_names)


def _key() -> str:
    """Return a name for what would be built here: another compiler or another source is another FFmpeg."""
    said = subprocess.run([f"{_CROSS}-gcc", "--version"], check=True, capture_output=True, text=True)  # noqa: S603
    options = (*_X264_OPTIONS, *_OPUS_OPTIONS, *_FFMPEG_OPTIONS)
    sources = (X264.sha256, OPUS.sha256, FFMPEG.sha256)
    return hashlib.sha256("\n".join((*sources, *options, said.stdout)).encode()).hexdigest()[:16]


def _compile(sources: dict[str, Path], work: Path) -> None:
    codecs = (work / "codecs").resolve()
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": "0",
        "PKG_CONFIG_LIBDIR": str(codecs / "lib" / "pkgconfig"),
    }
    jobs = f"-j{os.cpu_count() or 1}"
    steps = (
        (X264, ["./configure", f"--prefix={codecs}", *_X264_OPTIONS]),
        (X264, ["make", jobs]),
        (X264, ["make", "install-lib-static"]),
        (OPUS, ["./configure", f"--prefix={codecs}", *_OPUS_OPTIONS]),
        (OPUS, ["make", jobs]),
        (OPUS, ["make", "install"]),
        (FFMPEG, ["./configure", *_FFMPEG_OPTIONS]),
        (FFMPEG, ["make", jobs]),
        (FFMPEG, ["make", "install-libs", f"DESTDIR={work.resolve()}"]),
    )
    with (work.parent.parent / "ffmpeg-windows.log").open("wb") as log:
        for archive, command in steps:
            folder = sources[archive.name]
            subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=True)  # noqa: S603
