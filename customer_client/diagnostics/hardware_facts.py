"""Facts about processor, memory, volumes, displays and programs. Nothing is changed."""

import platform
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from customer_client.capture.source import Display
from customer_client.diagnostics.collector import Collector, Finding, NotSeen, unsupported
from customer_client.diagnostics.formatting import size_text
from protocol.errors import EnvironmentFault
from protocol.messages.diagnostics import FactStatus

GROUP = "Hardware"
LOAD_SAMPLE_S = 0.4
MAX_VOLUMES = 20
MAX_PROCESSES = 8

_CPU_INFO = Path("/proc/cpuinfo")


def _cpu() -> Iterator[Finding]:
    physical, logical = psutil.cpu_count(logical=False), psutil.cpu_count()
    yield Finding(key="model", label="Processor", **_seen_model())
    if logical is None:
        raise unsupported("the system does not tell how many cores there are")
    cores = f"{physical} cores, {logical} threads" if physical else f"{logical} threads"
    yield Finding(cores, key="cores", label="Processor cores")


def _seen_model() -> dict[str, Any]:
    model = _model()
    if model:
        return {"value": model}
    return {"status": FactStatus.UNSUPPORTED, "note": "the system does not tell the processor's name"}


def _model() -> str:
    if _CPU_INFO.exists():
        lines = _CPU_INFO.read_text("utf-8", "replace").splitlines()
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=1, check=False)  # noqa: S603
        return answer.stdout.strip()
    return platform.processor()


def _load() -> Iterator[Finding]:
    yield Finding(f"{psutil.cpu_percent(interval=LOAD_SAMPLE_S):.0f} % busy")


def _memory() -> Iterator[Finding]:
    memory = psutil.virtual_memory()
    yield Finding(f"{size_text(memory.available)} available of {size_text(memory.total)}", key="main", label="Memory")
    try:
        swap = psutil.swap_memory()
    except RuntimeError as cause:  # Windows where the performance counters are switched off
        raise unsupported("the system does not tell how much swap space is used") from cause
    text = f"{size_text(swap.used)} used of {size_text(swap.total)}" if swap.total else "none"
    yield Finding(text, key="swap", label="Swap space")


def _volumes() -> Iterator[Finding]:
    mounts = {partition.mountpoint: partition.fstype for partition in psutil.disk_partitions(all=False)}
    if not mounts and platform.system() != "Windows":
        mounts = {"/": "unknown file system"}
    if not mounts:
        raise unsupported("no volume was found")
    for number, (mount, kind) in enumerate(sorted(mounts.items())[:MAX_VOLUMES], start=1):
        yield _volume(f"volume_{number}", mount, kind)


def _volume(key: str, mount: str, kind: str) -> Finding:
    label = f"Volume {key.removeprefix('volume_')}"
    try:
        usage = psutil.disk_usage(mount)
    except PermissionError:
        return Finding(key=key, label=label, status=FactStatus.DENIED, note="this volume may not be looked at")
    except OSError:
        return Finding(key=key, label=label, status=FactStatus.ERROR, note="this volume does not answer (empty drive?)")
    free = 100 * usage.free / usage.total if usage.total else 0.0
    text = f"{mount} ({kind}): {size_text(usage.free)} free of {size_text(usage.total)} ({free:.0f} %)"
    return Finding(text, key=key, label=label)


def _processes() -> Iterator[Finding]:
    memory, unseen = Counter[str](), 0
    for process in psutil.process_iter():
        try:
            memory[process.name() or "(no name)"] += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        except (psutil.AccessDenied, OSError):  # OSError: wine does not tell
            unseen += 1
    if not memory:
        raise NotSeen(FactStatus.DENIED, "the system shows no processes to this program")
    largest = ", ".join(f"{name} {size_text(size)}" for name, size in memory.most_common(MAX_PROCESSES))
    note = f"{unseen} processes of other users were not visible" if unseen else ""
    yield Finding(largest, note=note)


def _displays_by(listed: Callable[[], tuple[Display, ...]]) -> Callable[[], Iterator[Finding]]:
    def displays() -> Iterator[Finding]:
        try:
            found = listed()
        except EnvironmentFault as fault:
            raise unsupported("no display could be opened") from fault
        for number, display in enumerate(found, start=1):
            text = f"{display.width} x {display.height}" + (", primary" if display.primary else "")
            yield Finding(text, key=f"display_{number}", label=f"Display {number}")

    return displays


def displays_now() -> tuple[Display, ...]:
    """Return the displays of this computer, opened for this question only.

    Raises:
        EnvironmentFault: `display_gone`.
    """
    # Asked for in few sessions; mss would take more than 1 MiB of memory in every one.
    from customer_client.capture.mss_source import MssSource

    source = MssSource()
    try:
        return source.displays()
    finally:
        source.close()


def hardware_collectors(displays: Callable[[], tuple[Display, ...]]) -> tuple[Collector, ...]:
    """Return the collectors of this module; `displays` lists the displays."""
    return (
        Collector("cpu", 1, GROUP, "Processor", "name and cores of the processor", _cpu),
        Collector("cpu_load", 1, GROUP, "Processor load", "how busy the processor is for half a second", _load),
        Collector("memory", 1, GROUP, "Memory", "how much memory there is and how much is free", _memory),
        Collector("disk", 1, GROUP, "Volumes", "size and free space of each volume", _volumes),
        Collector("displays", 1, GROUP, "Displays", "number and size of the displays", _displays_by(displays)),
        Collector("processes", 1, "Programs", "Largest programs", "names and memory of running programs", _processes),
    )
