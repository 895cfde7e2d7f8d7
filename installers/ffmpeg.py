"""An FFmpeg of our own below PyAV: the version PyAV's wheel has, with nothing but what the customer's program uses.

The wheel brings 74 MB of codecs that nobody here calls. This one has libx264 (the film regions and standard video),
JPEG, Opus both ways, the filters PyAV converts sound with, and colour conversion; no network, no files, no devices.

libx264 is under the GPL, so the whole file is given away under the GPL, version 3 or later (`licences/README.txt`).
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from installers.debian_packages import STATUS
from installers.ffmpeg_source import VERSION, unpacked_source

NEEDS_OF_DEBIAN = ("libx264-dev", "libopus-dev")
"""The codec libraries, which come from the distribution and are bundled like its other libraries."""

_OPTIONS = (
    *("--prefix=/deskside", "--disable-everything", "--disable-autodetect", "--disable-programs", "--disable-doc"),
    *("--disable-network", "--disable-debug", "--disable-static", "--enable-shared", "--enable-pic"),
    *("--enable-gpl", "--enable-libx264", "--enable-libopus"),
    "--enable-encoder=libx264,mjpeg,libopus",
    "--enable-decoder=libopus",
    "--enable-filter=abuffer,abuffersink,aformat,anull,aresample",
    "--extra-ldflags=-Wl,--build-id=none",
)
_LIBRARY = re.compile(r"(lib(?:av|sw)[a-z]+)-[0-9a-f]{8}\.so\.(\d+)((?:\.\d+)*)")

CHECK = """
import av, fractions
def encoded(encoder, frame, **settings):
    codec = av.CodecContext.create(encoder, "w")
    for name, value in settings.items():
        setattr(codec, name, value)
    packets = codec.encode(frame) + codec.encode(None)
    assert packets, encoder
    return packets
video = dict(width=64, height=48, time_base=fractions.Fraction(1, 30))
packets = encoded("libx264", av.VideoFrame(64, 48, "yuv420p"), pix_fmt="yuv420p", **video)
assert bytes(packets[0])[:3] in (bytes(3), bytes((0, 0, 1))), "not H.264"
packets = encoded("mjpeg", av.VideoFrame(64, 48, "yuvj420p"), pix_fmt="yuvj420p", **video)
assert bytes(packets[0])[:2] == bytes((0xFF, 0xD8)), "not JPEG"
sound = av.AudioFrame(format="s16", layout="mono", samples=960)
sound.sample_rate, sound.time_base, sound.pts = 48000, fractions.Fraction(1, 48000), 0
packets = encoded("libopus", sound, sample_rate=48000, layout="mono", format="s16", time_base=sound.time_base)
back = av.CodecContext.create("libopus", "r")
back.format, back.layout, back.sample_rate = "s16", "mono", 48000
assert [one for packet in packets for one in back.decode(packet)] + back.decode(None), "no sound came back"
assert av.VideoFrame(64, 48, "bgra").reformat(32, 24, "yuv420p").width == 32
"""
"""Uses every codec Deskside uses, and fails where one does not work."""


def built(kept: Path) -> Path:
    """Return the folder with FFmpeg's libraries, built into `kept` unless the same ones are there already.

    Raises:
        SourceMissing: the source could not be had.
        OSError, subprocess.CalledProcessError: it does not compile.
    """
    made = kept / "ffmpeg" / _key()
    if not made.is_dir():
        source = unpacked_source(kept)
        unfinished = made.with_name(made.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        _compile(source, unfinished)
        unfinished.replace(made)
        shutil.rmtree(source)
    return made


def put_below_pyav(libraries: Path, made: Path) -> None:
    """Replace the wheel's `av.libs` in `libraries` by the libraries in `made`, and have PyAV's modules load those.

    To be called after `strip`: patched files must not be stripped any more.

    Raises:
        FileNotFoundError: the wheel was built with another FFmpeg than ours.
        subprocess.CalledProcessError: `patchelf` refused.
    """
    new_names = {}
    for old in sorted((libraries / "av.libs").iterdir()):
        found = _LIBRARY.fullmatch(old.name)
        if found and found[1] != "libavdevice":
            name, major, minor = found.groups()
            if not (made / f"{name}.so.{major}{minor}").is_file():
                raise FileNotFoundError(f"PyAV's wheel has {old.name}, which is not of FFmpeg {VERSION}")
        if found:
            new_names[old.name] = f"{found[1]}.so.{found[2]}"
    shutil.rmtree(libraries / "av.libs")
    (libraries / "av.libs").mkdir()
    for name in sorted(new_names.values()):
        shutil.copyfile((made / name).resolve(), libraries / "av.libs" / name)
        (libraries / "av.libs" / name).chmod(0o755)
    renamed = [part for old, new in sorted(new_names.items()) for part in ("--replace-needed", old, new)]
    for module in sorted((libraries / "av").rglob("*.so")):
        _output("patchelf", *renamed, str(module))


def check(program: Path) -> None:
    """Encode, and decode sound, with every codec Deskside uses, with the bundle's own `program`.

    Raises:
        subprocess.CalledProcessError: one of them does not work.
    """
    subprocess.run([str(program), "-IB", "-c", CHECK], check=True)  # noqa: S603 - no shell


def _key() -> str:
    """Return a name for what would be built here: another compiler or codec library is another FFmpeg."""
    compiler = _output("gcc", "--version")
    if shutil.which("dpkg-query") and STATUS.is_file():
        packages = _output("dpkg-query", "--show", *NEEDS_OF_DEBIAN, "nasm")
    else:  # the recipe for older systems compiled them
        packages = _output("pkg-config", "--modversion", "x264", "opus") + _output("nasm", "--version")
    return hashlib.sha256("\n".join((VERSION, *_OPTIONS, compiler, packages)).encode()).hexdigest()[:16]


def _compile(source: Path, made: Path) -> None:
    # The paths inside are those of `--prefix`, and the compiler sees relative ones: the bytes depend on no folder.
    plain = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
    log = source.parent / "ffmpeg.log"
    with log.open("wb") as file:
        for command in (
            ["./configure", *_OPTIONS],
            ["make", f"-j{os.cpu_count() or 1}"],
            ["make", "install-libs", f"DESTDIR={made}.root"],
        ):
            subprocess.run(command, cwd=source, env=plain, stdout=file, stderr=file, check=True)  # noqa: S603 - no shell
    shutil.copytree(f"{made}.root/deskside/lib", made, symlinks=True)
    for name in ("COPYING.GPLv2", "COPYING.GPLv3", "COPYING.LGPLv2.1", "LICENSE.md"):
        shutil.copyfile(source / name, made / name)
    shutil.rmtree(f"{made}.root")


def _output(*command: str) -> str:
    plain = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=plain)  # noqa: S603 - no shell
    return done.stdout
