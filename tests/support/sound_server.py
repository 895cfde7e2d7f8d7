"""A sound server of the test's own: PulseAudio without hardware, reached through ALSA like on any Linux desktop.

For each person there are four ALSA devices: what goes into `<name>_mouth` comes out of `<name>_microphone`, and what
goes into `<name>_speaker` comes out of `<name>_ear`.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

STARTED_WITHIN_S = 15.0


def why_no_sound_server() -> str:
    """Return why this computer cannot run the server; empty when it can."""
    if shutil.which("pulseaudio") is None:
        return "pulseaudio is not installed"
    try:
        import sounddevice  # noqa: F401
    except (ImportError, OSError) as error:
        return f"PortAudio is not there: {error}"
    plugin = "alsa-lib/libasound_module_pcm_pulse.so"
    if not any(Path("/usr/lib").glob(f"*/{plugin}")) and not Path(f"/usr/lib/{plugin}").exists():
        return "ALSA's plugin for PulseAudio (libasound2-plugins) is not installed"
    return ""


def _daemon_script(people: tuple[str, ...], socket: Path) -> str:
    lines = [f"load-module module-native-protocol-unix socket={socket} auth-anonymous=1"]
    for person in people:
        for place in ("says", "hears"):
            lines.append(f"load-module module-null-sink sink_name={person}_{place} rate=48000 channels=1")
    return "\n".join(lines) + "\n"


def _alsa_configuration(people: tuple[str, ...], server: str) -> str:
    devices = {}
    for person in people:
        devices[f"{person}_mouth"] = f"{person}_says"
        devices[f"{person}_microphone"] = f"{person}_says.monitor"
        devices[f"{person}_speaker"] = f"{person}_hears"
        devices[f"{person}_ear"] = f"{person}_hears.monitor"
    kinds = [
        f'pcm.{name} {{ type pulse server "{server}" device "{device}" hint {{ show on description "{name}" }} }}'
        for name, device in devices.items()
    ]
    return "\n".join([*kinds, f'pcm.!default {{ type pulse server "{server}" }}']) + "\n"


@dataclass
class SoundServer:
    """The running server, and the environment a program needs to use it."""

    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]

    def end(self) -> None:
        """Stop it: as if every sound device was unplugged."""
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def sound_server(*people: str) -> Iterator[SoundServer]:
    """Run the server; this process has its environment meanwhile.

    Skips the test when this computer cannot run one.
    """
    reason = why_no_sound_server()
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="deskside-sound-") as folder, pytest.MonkeyPatch.context() as patch:
        place = Path(folder)
        socket, script, alsa = place / "native", place / "daemon.pa", place / "asound.conf"
        script.write_text(_daemon_script(people, socket), encoding="utf-8")
        alsa.write_text(_alsa_configuration(people, f"unix:{socket}"), encoding="utf-8")
        environment = {
            "ALSA_CONFIG_PATH": str(alsa),
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_LATENCY_MSEC": "20",
            "XDG_RUNTIME_DIR": folder,
        }
        own = {**os.environ, **environment, "HOME": folder, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
        command += [
            "--realtime=no",
            "--high-priority=no",
            "--disable-shm=yes",
            "--log-target=stderr",
            f"--file={script}",
        ]
        with (place / "log").open("wb") as log:
            server = SoundServer(subprocess.Popen(command, env=own, stdout=log, stderr=log), environment)
        try:
            _wait_for(socket, server, place / "log")
            for name, value in environment.items():
                patch.setenv(name, value)
            yield server
        finally:
            server.end()


def _wait_for(socket: Path, server: SoundServer, log: Path) -> None:
    end = time.monotonic() + STARTED_WITHIN_S
    while not socket.exists():
        if server.process.poll() is not None or time.monotonic() > end:
            pytest.skip("PulseAudio does not start here: " + log.read_text(encoding="utf-8", errors="replace")[-300:])
        time.sleep(0.02)
