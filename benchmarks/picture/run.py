"""Plays the scenes through one system on one line, and measures."""

import contextlib
import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Xlib.display import Display

from benchmarks.picture import figures, measure
from benchmarks.picture.house import House, house
from benchmarks.picture.lines import Line
from benchmarks.picture.namespaces import Computer, two_computers
from benchmarks.picture.scenes import SCREEN
from benchmarks.picture.setting import Running, Setting, SystemFailed
from benchmarks.picture.systems import SYSTEMS
from demo.programs import PATIENCE_S, Program
from demo.virtual_display import virtual_desktop

VIEWER_DISPLAY = (2048, 1280)
"""Larger than the source, so that the whole picture fits pixel by pixel even beside bars and margins."""

EXACT_SCENES = ("idle", "typing", "switch")
"""Scenes that stand still between frames: every frame is compared pixel by pixel."""

SHORTEST_S = {"switch": 6.0}
"""Scenes that say little before they have shown everything, here all six pages, and how long that takes."""

_LOCATE_PATIENCE_S = 30.0
_ASK_EVERY_S = 0.02

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Length:
    """How long things take or may take, in seconds.

    One scene; a first picture to arrive; a picture to become exact at rest; and looking at a still screen.
    """

    scene_s: float
    settle_s: float
    rest_s: float
    still_s: float


FULL = Length(scene_s=6.0, settle_s=15.0, rest_s=3.0, still_s=5.0)
QUICK = Length(scene_s=2.5, settle_s=8.0, rest_s=0.8, still_s=2.0)


@dataclass(frozen=True)
class Place:
    """The displays, and the programs that play and watch; they serve every system in turn."""

    folder: Path
    source_display: str
    viewer_display: str
    player: Program
    observer: Program
    comparer: Program
    house: House


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Set up both displays, the player and the observer, and take everything away again."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = stack.enter_context(virtual_desktop(*SCREEN))
        viewer = stack.enter_context(virtual_desktop(*VIEWER_DISPLAY))
        player = _program(stack, "player", ["benchmarks.picture.scene_program", source], folder)
        player.next_line()
        observer, comparer = (
            _program(stack, name, ["benchmarks.picture.observer", viewer, source], folder)
            for name in ("observer", "comparer")
        )
        home = stack.enter_context(house(folder / "house", source))
        yield Place(folder, source, viewer, player, observer, comparer, home)


def measure_system(place: Place, name: str, line: Line, scenes: tuple[str, ...], length: Length) -> dict[str, Any]:
    """Return {"scenes": {SCENE: figures}, "rest": figures} of one system on one line; {} when it could not start."""
    try:
        with started(place, name, line) as (setting, running):
            rest = first_picture(place, running, length)
            if not line.shaped:
                rest |= still(running, setting.sender, length.still_s)
            played = {scene: Play(place, setting, running, length).play(scene) for scene in scenes}
    except SystemFailed as failure:
        _log.error("%s on %s: %s", name, line.name, failure)
        return {}
    rest |= {key: value for scene in played.values() for key, value in scene.pop("rest").items()}
    return {"scenes": played, "rest": rest}


@contextlib.contextmanager
def started(place: Place, name: str, line: Line) -> Iterator[tuple[Setting, Running]]:
    """Run one system on `line` over a screen on which nothing moves yet.

    Raises:
        SystemFailed: it did not start.
        NotAllowed: this machine lets us make no network namespaces.
    """
    place.player.ask("begin", scene="idle")
    with tempfile.TemporaryDirectory(dir=place.folder) as folder, two_computers(line) as (sender, viewer):
        setting = Setting(Path(folder), place.source_display, place.viewer_display, sender, viewer, place.house)
        with SYSTEMS[name](setting) as running:
            _park_pointers(place)
            yield setting, running


@dataclass(frozen=True)
class Play:
    """Plays scenes through a system that runs, and measures."""

    place: Place
    setting: Setting
    running: Running
    length: Length

    def play(self, scene: str) -> dict[str, Any]:
        """Play one scene and return its figures; what belongs to the picture at rest is under "rest"."""
        player, observer, comparer = self.place.player, self.place.observer, self.place.comparer
        first = player.ask("begin", scene=scene)
        wait_for_number(observer, first["number"], self.length.settle_s)
        _wait_until_exact(comparer, self.length.rest_s)
        observer.ask("watch")
        if scene in EXACT_SCENES:
            comparer.ask("watch", exact="yes")
        before = measure.read(self.running, self.setting.sender)
        seconds = max(self.length.scene_s, SHORTEST_S.get(scene, 0.0))
        player.tell("play", scene=scene, seconds=str(seconds))
        played = played_by(player, seconds)
        cost = measure.between(before, measure.read(self.running, self.setting.sender))
        last = played["frames"][-1]
        wait_for_number(observer, last[0], self.length.settle_s)
        noted = {"seen": observer.ask("report")["seen"], "exact": comparer.ask("report")["exact"]}
        found: dict[str, Any] = _scene_figures(played, noted["seen"], cost)
        found["rest"] = self._at_rest(scene, played, noted, cost)
        return found

    def _at_rest(
        self, scene: str, played: dict[str, Any], noted: dict[str, Any], cost: measure.Cost
    ) -> dict[str, float | None]:
        rest: dict[str, float | None] = {f"{scene}_return_bytes_per_s": cost.return_bytes_per_s}
        if scene in EXACT_SCENES:
            exact = figures.latencies_ms(played["frames"], noted["exact"])
            rest[f"{scene}_exact_p50_ms"] = figures.percentile(exact, 0.5)
            rest[f"{scene}_exact_p95_ms"] = figures.percentile(exact, 0.95)
            rest[f"{scene}_exact_share"] = len(exact) / len(played["frames"])
        else:
            share, at = _wait_until_exact(self.place.comparer, self.length.rest_s)
            rest[f"{scene}_exact_pixels_share"] = share
            rest[f"{scene}_exact_after_ms"] = (at - played["frames"][-1][1]) / 1e6 if share == 1.0 else None
        return rest


def _scene_figures(played: dict[str, Any], seen: figures.Frames, cost: measure.Cost) -> dict[str, Any]:
    frames, began, ended = played["frames"], played["began"], played["ended"]
    taken = figures.latencies_ms(frames, seen)
    return {
        "latency_p50_ms": figures.percentile(taken, 0.5),
        "latency_p95_ms": figures.percentile(taken, 0.95),
        "fps": figures.frames_per_second(frames, seen, began, ended),
        "bytes_per_s": cost.bytes_per_s,
        "cpu_sender_pct": cost.cpu_sender_pct,
        "cpu_viewer_pct": cost.cpu_viewer_pct,
        "longest_freeze_ms": figures.longest_freeze_ms(frames, seen, ended),
    }


def played_by(player: Program, seconds: float) -> dict[str, Any]:
    """Return the player's report on a scene of `seconds` it was told to play."""
    while (line := player.next_line(seconds + PATIENCE_S)).get("answer") != "play":
        _log.debug("the player said %s", line)
    return line


def first_picture(place: Place, running: Running, length: Length) -> dict[str, float | None]:
    """Find the picture on the viewer's display; return how long it took since the customer allowed it."""
    deadline = time.monotonic() + _LOCATE_PATIENCE_S
    while not (found := place.observer.ask("locate"))["found"]:
        if time.monotonic() > deadline:
            raise SystemFailed(f"the picture was not found on the viewer's display: {found}")
        time.sleep(_ASK_EVERY_S)
    found_at = time.monotonic_ns()
    place.comparer.ask("locate")
    share, at = _wait_until_exact(place.comparer, length.rest_s)
    if running.allowed_at is None:
        return {}
    exact_ms = (at - running.allowed_at) / 1e6 if share == 1.0 else None
    return {"consent_to_picture_ms": (found_at - running.allowed_at) / 1e6, "consent_to_exact_ms": exact_ms}


def still(running: Running, sender: Computer, seconds: float) -> dict[str, float | None]:
    """Return what a screen costs on which nothing moves; the time passed is what is measured."""
    before = measure.read(running, sender)
    time.sleep(seconds)
    cost = measure.between(before, measure.read(running, sender))
    return {
        "still_cpu_sender_pct": cost.cpu_sender_pct,
        "still_cpu_viewer_pct": cost.cpu_viewer_pct,
        "still_bytes_per_s": cost.bytes_per_s,
    }


def _park_pointers(place: Place) -> None:
    """Move both pointers to the bottom right, where they hide nothing."""
    for display in (place.source_display, place.viewer_display):
        opened = Display(display)
        screen = opened.screen()
        screen.root.warp_pointer(screen.width_in_pixels - 1, screen.height_in_pixels - 1)
        opened.sync()
        opened.close()


def wait_for_number(observer: Program, number: int, patience_s: float) -> bool:
    """Wait until the observer sees frame `number`; return whether it did within `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if observer.ask("number")["number"] == number:
            return True
        time.sleep(_ASK_EVERY_S)
    return False


def _wait_until_exact(comparer: Program, patience_s: float) -> tuple[float, int]:
    """Compare until every pixel is exact; return the last share and when it was taken (monotonic ns)."""
    deadline = time.monotonic() + patience_s
    while True:
        seen = comparer.ask("compare")
        if seen["share"] == 1.0 or time.monotonic() > deadline:
            return seen["share"], seen["at"]
        time.sleep(_ASK_EVERY_S)


def _program(stack: contextlib.ExitStack, name: str, arguments: list[str], folder: Path) -> Program:
    program = Program(name, arguments, log_folder=folder)
    stack.callback(program.end)
    return program
