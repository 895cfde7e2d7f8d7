"""The customer's files: their sizes, and of the Linux one the times to its window and first picture, also
from the click on the join page, and its memory. `make bench BENCH="client --rebuild"` builds both again and compares.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from Xlib.display import Display

from benchmarks.client_click import click_figures
from benchmarks.client_report import write_into
from benchmarks.start import PATIENCE_S, MappedWindows
from demo.virtual_display import virtual_desktop
from installers import srtp, windows
from installers.ffmpeg_source import FFMPEG
from installers.linux import KEPT, NAME, OWN_PACKAGES
from installers.windows_python import ARCHIVE
from tests.support.client_file import NOBODY, copied, is_fresh, running_file
from tests.support.relay_process import running_relay

REPOSITORY = Path(__file__).resolve().parent.parent
OUT = REPOSITORY / "build" / "bench" / "client.json"
DOCUMENT = REPOSITORY / "docs" / "packaging.md"
FILE = REPOSITORY / "build" / "client" / NAME
FILES = {"linux": FILE, "windows": FILE.with_name(windows.NAME)}
TARGETS = {
    "linux_mb": 22.0,
    "windows_mb": 16.0,
    "cold_window_s": 0.6,
    "warm_window_s": 0.25,
    "rss_streaming_mib": 130.0,
}
STREAM_S = 10.0
FRAME_S = 1 / 30

_KEPT = {
    "linux": (FFMPEG.file, srtp.LIBSRTP.file, srtp.BINDING_SOURCE),
    "windows": (*(one.file for one in windows.COMPILED), srtp.BINDING_SOURCE, ARCHIVE, "wheels"),
}
"""What was fetched for each platform, from which everything else is made anew."""

_SOURCES = (*OWN_PACKAGES, "installers", "setup", "pyproject.toml", "constraints.txt", "LICENSE")


def main(arguments: list[str]) -> int:
    """Measure, write build/bench/client.json and say the figures; return 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=client", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 starts of each kind instead of 7")
    parser.add_argument("--rebuild", action="store_true", help="build again in a clean folder and compare (minutes)")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    parser.add_argument(
        "--document", action="store_true", help="only write the figures there are into docs/packaging.md"
    )
    options = parser.parse_args(arguments)
    if options.document:
        write_into(DOCUMENT, json.loads(options.out.read_text(encoding="utf-8")))
        return 0
    for platform, file in FILES.items():
        if not is_fresh(file):
            _build(REPOSITORY, file.parent, platform)
    figures: dict[str, object] = {f"{name}_mb": round(file.stat().st_size / 1e6, 2) for name, file in FILES.items()}
    with virtual_desktop() as display:
        figures |= start_times(FILE, display, starts=3 if options.quick else 7)
        figures |= session_figures(FILE, display)
        figures |= click_figures(FILE, display, times=1 if options.quick else 3)
    figures["load_1_min"] = round(os.getloadavg()[0], 1)
    sums = {name: _sha256(file) for name, file in FILES.items()}
    known = {} if options.rebuild else answers_for(sums, options.out)
    same = {name: is_reproducible(file, name) if options.rebuild else known[name] for name, file in FILES.items()}
    figures["sha256"] = sums
    figures["reproducible"] = same
    figures["targets"] = TARGETS
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    missed = [name for name, target in TARGETS.items() if float(str(figures[name])) > target]
    for name, target in TARGETS.items():
        print(f"client: {name} {figures[name]} (target {target}){', missed' if name in missed else ''}")
    click = figures["click_to_first_frame_s"]
    print(f"client: click_to_first_frame_s {click if click is not None else figures['click_why_not']}")
    words = {None: "not tried; --rebuild does", True: "yes", False: "NO"}
    for platform, answer in same.items():
        print(f"client: the same bytes when built again for {platform}: {words[answer]}")
    return 1 if missed or False in same.values() else 0


def start_times(file: Path, display: str, *, starts: int) -> dict[str, object]:
    """Return the median seconds from exec to the window on `display`, each, and the medians of CPU time until then.

    Cold: no unpacked release, and the file itself not in memory. Warm: unpacked and in memory.
    """
    cold, warm = [], []
    for _ in range(starts):
        with tempfile.TemporaryDirectory(prefix="deskside-home-") as home:
            own = Path(shutil.copy(file, home))
            if os.geteuid() == 0:
                for path in (Path(home), own):
                    os.chown(path, NOBODY, NOBODY)
            _forget(own)
            cold.append(time_to_window(own, display))
            warm.append(time_to_window(own, display))
    figures: dict[str, object] = {}
    for name, taken in (("cold", cold), ("warm", warm)):
        figures[f"{name}_window_s"] = round(statistics.median(wall for wall, _ in taken), 3)
        figures[f"{name}_all_s"] = [round(wall, 3) for wall, _ in taken]
        figures[f"{name}_cpu_s"] = round(statistics.median(cpu for _, cpu in taken), 3)
    return figures


def time_to_window(file: Path, display: str) -> tuple[float, float]:
    """Start `file` for the person whose home it lies in, and end it once its window is mapped.

    Return the seconds until then and those of CPU. A person is never root: for root libraries keep nothing in caches.

    Raises:
        TimeoutError: no window within 30 s.
    """
    environment = {"DISPLAY": display, "HOME": str(file.parent), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    # An address where nobody answers: the window does not wait for the network.
    environment |= {"DESKSIDE_RELAY": "http://127.0.0.1:9", "DESKSIDE_ORGANISATION": "00" * 32}
    how: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:
        how |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with MappedWindows(display) as windows:
        began = time.monotonic()
        process = subprocess.Popen([file], env=environment, **how)
        try:
            taken = windows.wait(PATIENCE_S) - began
            used = psutil.Process(process.pid).cpu_times()
            return taken, used.user + used.system
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def session_figures(file: Path, display: str) -> dict[str, object]:
    """Hold a real session and return what it took: seconds from exec to the first picture, and MiB while sharing.

    `rss_streaming_mib` is the program, with what it shares with others; `pss_streaming_mib` the program and its
    watchdog, with their part of it. Both are the most there was in 10 s in which a quarter of the screen changed 30
    times a second. The 3 s in which consent cannot be given yet are in the time.
    """
    with tempfile.TemporaryDirectory(prefix="deskside-bench-") as name, running_relay(Path(name, "relay")) as relay:
        opened = relay.open_session()
        with running_file(copied(file, opened), relay, opened, Path(name), display) as session:
            session.share()
            memory = _painted_meanwhile(display, session.resident_mib)
            session.end()
        return {
            "start_to_first_frame_s": round(session.times["the first picture"], 2),
            "rss_streaming_mib": round(max(rss for rss, _ in memory), 1),
            "pss_streaming_mib": round(max(pss for _, pss in memory), 1),
        }


def _painted_meanwhile(name: str, measure: Callable[[], tuple[float, float]]) -> list[tuple[float, float]]:
    """Paint on the display for 10 s, and return what `measure` says, twice a second."""
    display = Display(name)
    root = display.screen().root
    brush = root.create_gc()
    measured: list[tuple[float, float]] = []
    began = time.monotonic()
    try:
        for frame in range(round(STREAM_S / FRAME_S)):
            for row in range(0, 540, 20):
                brush.change(foreground=hash((frame, row)) & 0xFFFFFF)
                root.fill_rectangle(brush, 0, row, 960, 20)
            display.sync()
            if frame % 15 == 0:
                measured.append(measure())
            time.sleep(max(0.0, began + (frame + 1) * FRAME_S - time.monotonic()))
    finally:
        display.close()
    return measured


def answers_for(sums: dict[str, str], out: Path) -> dict[str, bool | None]:
    """Return by platform what `out` says of files with the same SHA-256: whether a second build gave the same bytes.

    A file's bytes stay reproducible; only a new file is to be tried again. None: nobody has tried.
    """
    try:
        before = json.loads(out.read_text(encoding="utf-8"))
        return {name: before["reproducible"][name] if before["sha256"][name] == sums[name] else None for name in sums}
    except (OSError, ValueError, KeyError):
        return dict.fromkeys(sums)


def is_reproducible(file: Path, platform: str = "linux") -> bool:
    """Build once more from a copy of the sources in another folder; return whether the bytes are those of `file`."""
    with tempfile.TemporaryDirectory(prefix="another-checkout-") as folder:
        for name in _SOURCES:
            source, target = REPOSITORY / name, Path(folder, name)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)
        # The source of FFmpeg comes along, to be compiled anew; what was compiled from it does not.
        kept = Path(folder, KEPT.relative_to(REPOSITORY))
        kept.mkdir(parents=True)
        for name in _KEPT[platform]:
            if (KEPT / name).is_dir():
                shutil.copytree(KEPT / name, kept / name)
            else:
                shutil.copy(KEPT / name, kept)
        _build(Path(folder), Path(folder, "made"), platform)
        return _sha256(Path(folder, "made", file.name)) == _sha256(file)


def _build(checkout: Path, out: Path, platform: str) -> None:
    command = [sys.executable, "-m", "installers", "build", "--target", platform, "--out", str(out)]
    subprocess.run(command, cwd=checkout, check=True)


def _forget(file: Path) -> None:
    """Have the system drop its copy of the file in memory; it may keep it, as any system may."""
    opened = os.open(file, os.O_RDONLY)
    try:
        os.fsync(opened)
        os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(opened)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
