"""Replaces codec libraries that PyAV's wheel brings and no customer needs by empty ones of the same name.

FFmpeg's libraries name them as things they cannot be loaded without, so they cannot just be left out. A stand-in
defines the functions that are asked for, and each returns 0. None is called: the codecs Deskside uses (libx264, h264,
mjpeg, libopus) are in libavcodec itself or in libraries that stay, and `check` runs each of them once.
"""

import re
import subprocess
from collections import defaultdict
from pathlib import Path

REPLACED = (
    *("libx265", "libSvtAv1Enc", "libdav1d", "libmp3lame", "libopencore-amrnb", "libopencore-amrwb", "libvpl"),
    *("libgnutls", "libasound"),
)
ONLY_FOR_REPLACED = ("libunistring", "libhogweed", "libnettle", "libgmp")
"""What libgnutls alone loads: nothing asks for them any more."""

_SONAME = re.compile(r"\(SONAME\).*\[(.+)\]")

_CHECK = """
import av, fractions
def rounded(encoder, decoder, frame, **settings):
    codec = av.CodecContext.create(encoder, "w")
    for name, value in settings.items():
        setattr(codec, name, value)
    packets = codec.encode(frame) + codec.encode(None)
    assert packets, encoder
    back = av.CodecContext.create(decoder, "r")
    assert [one for packet in packets for one in back.decode(packet)] + back.decode(None), decoder
tick = fractions.Fraction(1, 48000)
video = dict(width=64, height=48, time_base=fractions.Fraction(1, 30))
rounded("libx264", "h264", av.VideoFrame(64, 48, "yuv420p"), pix_fmt="yuv420p", **video)
rounded("mjpeg", "mjpeg", av.VideoFrame(64, 48, "yuvj420p"), pix_fmt="yuvj420p", **video)
sound = av.AudioFrame(format="s16", layout="mono", samples=960)
sound.sample_rate, sound.time_base, sound.pts = 48000, tick, 0
rounded("libopus", "libopus", sound, sample_rate=48000, layout="mono", format="s16", time_base=tick)
assert av.VideoFrame(64, 48, "bgra").reformat(32, 24, "yuv420p").width == 32
"""


def replace_codecs(folder: Path) -> None:
    """Replace the libraries in `folder`, the wheel's `av.libs`.

    Raises:
        FileNotFoundError: the wheel has another set of libraries than this was written for.
        subprocess.CalledProcessError: a tool refused.
    """
    replaced = {_one(folder, name) for name in (*REPLACED, *ONLY_FOR_REPLACED)}
    asked_for = set().union(*(_symbols(path, "U") for path in sorted(folder.iterdir()) if path not in replaced))
    asked_for |= set().union(*(_symbols(path, "U") for path in sorted(folder.parent.glob("av/**/*.so"))))
    for name in REPLACED:
        _replace(_one(folder, name), asked_for)
    for name in ONLY_FOR_REPLACED:
        _one(folder, name).unlink()


def check(program: Path) -> None:
    """Encode and decode with every codec Deskside uses, with the bundle's own `program`.

    Raises:
        subprocess.CalledProcessError: one of them does not work.
    """
    subprocess.run([str(program), "-IS", "-c", _CHECK], check=True)  # noqa: S603 - no shell


def _replace(library: Path, asked_for: set[tuple[str, str]]) -> None:
    defined = {name for name, _ in _symbols(library, "")}
    wanted = sorted(symbol for symbol in asked_for if symbol[0] in defined)
    soname = _SONAME.findall(_run("readelf", "-d", str(library)))[0]
    source = "".join(f"void *{name}(void) {{ return 0; }}\n" for name, _ in wanted)
    by_version: defaultdict[str, list[str]] = defaultdict(list)
    for name, version in wanted:
        by_version[version].append(name)
    script = library.with_suffix(".map")
    script.write_text(
        "".join(f"{version} {{ global: {'; '.join(names)}; }};\n" for version, names in by_version.items() if version)
    )
    command = ["gcc", "-shared", "-fPIC", "-Os", "-s", "-nostdlib", "-fno-builtin", "-w", "-Wl,--build-id=none"]
    command += [f"-Wl,-soname,{soname}", *([f"-Wl,--version-script={script}"] if script.stat().st_size else [])]
    command += ["-x", "c", "-", "-o", str(library)]
    subprocess.run(command, input=source.encode(), check=True)  # noqa: S603 - no shell
    script.unlink()


def _one(folder: Path, name: str) -> Path:
    found = list(folder.glob(f"{name}-*"))
    if len(found) != 1:
        raise FileNotFoundError(f"{len(found)} libraries called {name} in PyAV's wheel instead of one")
    return found[0]


def _symbols(library: Path, kind: str) -> set[tuple[str, str]]:
    """Return (name, version) of what a library asks for (`kind` "U") or defines."""
    which = "--undefined-only" if kind == "U" else "--defined-only"
    names = (line.split()[-1] for line in _run("nm", "-D", which, "--with-symbol-versions", str(library)).splitlines())
    return {(name, version.lstrip("@")) for name, _, version in (one.partition("@") for one in names)}


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - no shell
