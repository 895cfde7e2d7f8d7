"""The customer's Linux file: how large it is, and how long it takes to its window, unpacking first and unpacked."""

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
from pathlib import Path

from benchmarks.start import PATIENCE_S, MappedWindows
from demo.virtual_display import virtual_desktop
from installers.linux import NAME, OWN_PACKAGES

REPOSITORY = Path(__file__).resolve().parent.parent
OUT = REPOSITORY / "build" / "bench" / "client.json"
FILE = REPOSITORY / "build" / "client" / NAME
TARGETS = {"linux_mb": 22.0, "cold_window_s": 0.6, "warm_window_s": 0.25}

_SOURCES = (*OWN_PACKAGES, "installers", "setup", "pyproject.toml", "constraints.txt", "LICENSE")


def main(arguments: list[str]) -> int:
    """Measure, write build/bench/client.json and say the figures; return 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=client", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 starts of each kind instead of 7")
    parser.add_argument("--rebuild", action="store_true", help="build again in a clean folder and compare (minutes)")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    options = parser.parse_args(arguments)
    if not FILE.is_file():
        _build(REPOSITORY, FILE.parent)
    figures: dict[str, object] = {"linux_mb": round(FILE.stat().st_size / 1e6, 2)}
    with virtual_desktop() as display:
        figures |= start_times(FILE, display, starts=3 if options.quick else 7)
    same = is_reproducible(FILE) if options.rebuild else None
    figures["reproducible"] = {"linux": same}
    figures["targets"] = TARGETS
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    missed = [name for name, target in TARGETS.items() if float(str(figures[name])) > target]
    for name, target in TARGETS.items():
        print(f"client: {name} {figures[name]} (target {target}){', missed' if name in missed else ''}")
    words = {None: "not tried; --rebuild does", True: "yes", False: "NO"}
    print(f"client: the same bytes when built again: {words[same]}")
    return 1 if missed or same is False else 0


def start_times(file: Path, display: str, *, starts: int) -> dict[str, object]:
    """Return the median seconds from exec to the window on `display`, and each.

    Cold: no unpacked release, and the file itself not in memory. Warm: unpacked and in memory.
    """
    cold, warm = [], []
    for _ in range(starts):
        with tempfile.TemporaryDirectory(prefix="deskside-home-") as home:
            _forget(file)
            cold.append(time_to_window(file, display, Path(home)))
            warm.append(time_to_window(file, display, Path(home)))
    return {
        "cold_window_s": round(statistics.median(cold), 3),
        "warm_window_s": round(statistics.median(warm), 3),
        "cold_all_s": [round(one, 3) for one in cold],
        "warm_all_s": [round(one, 3) for one in warm],
    }


def time_to_window(file: Path, display: str, home: Path) -> float:
    """Start `file` for a person whose home is `home`, return the seconds until its window is mapped, and end it.

    Raises:
        TimeoutError: no window within 30 s.
    """
    environment = {"DISPLAY": display, "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    # An address where nobody answers: the window does not wait for the network.
    environment |= {"DESKSIDE_RELAY": "http://127.0.0.1:9", "DESKSIDE_ORGANISATION": "00" * 32}
    with MappedWindows(display) as windows:
        began = time.monotonic()
        process = subprocess.Popen([file], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return windows.wait(PATIENCE_S) - began
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_reproducible(file: Path) -> bool:
    """Build once more from a copy of the sources in another folder; return whether the bytes are those of `file`."""
    with tempfile.TemporaryDirectory(prefix="another-checkout-") as folder:
        for name in _SOURCES:
            source, target = REPOSITORY / name, Path(folder, name)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)
        _build(Path(folder), Path(folder, "made"))
        return _sha256(Path(folder, "made", NAME)) == _sha256(file)


def _build(checkout: Path, out: Path) -> None:
    subprocess.run([sys.executable, "-m", "installers", "build", "--out", str(out)], cwd=checkout, check=True)


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
