"""What takes a minute to show: a rest and the change after it, scrolling over a lossy line, a line that is cut."""

import time
from typing import Any

from benchmarks.picture import figures, run
from benchmarks.picture.lines import LINES, LOCAL
from benchmarks.picture.setting import Running, Setting, SystemFailed

SYSTEM = "ours"
"""Only Deskside: the targets these figures belong to are about itself."""

LOSSY, CUT = LINES["10mbit_40ms_5loss"], LINES["10mbit_40ms"]
REST_S = 60.0
CUT_S = 2.0
_BEFORE_THE_CUT_S = 2.0
_AFTER_THE_CUT_S = 4.0
_SCROLL = run.Length(scene_s=60.0, settle_s=15.0, rest_s=3.0, still_s=0.0)


def measure(place: run.Place) -> dict[str, float | None]:
    """Return the figures, named as in picture.json; what could not be measured is missing.

    Raises:
        SystemFailed: Deskside did not start.
    """
    found = _after_a_rest(place) | _over_a_lossy_line(place) | _when_the_line_is_cut(place)
    return {name: figures.rounded(value) for name, value in found.items()}


def _after_a_rest(place: run.Place) -> dict[str, float | None]:
    with run.started(place, SYSTEM, LOCAL) as (setting, running):
        _show(place, running, "typing")
        rest = run.still(running, setting.sender, REST_S)
        place.observer.ask("watch")
        played = place.player.ask("play", scene="typing", seconds="4")
        taken = _latencies(place, played)
    return {
        "rest_60s_cpu_sender_pct": rest["still_cpu_sender_pct"],
        "rest_60s_cpu_viewer_pct": rest["still_cpu_viewer_pct"],
        "rest_60s_bytes_per_s": rest["still_bytes_per_s"],
        "first_change_after_60s_ms": taken[0] if taken else None,
        "later_changes_p50_ms": figures.percentile(taken[1:], 0.5),
        "later_changes_p95_ms": figures.percentile(taken[1:], 0.95),
    }


def _over_a_lossy_line(place: run.Place) -> dict[str, float | None]:
    with run.started(place, SYSTEM, LOSSY) as (setting, running):
        run.first_picture(place, running, _SCROLL)
        played = run.Play(place, setting, running, _SCROLL).play("scroll")
    return {"lossy_60s_longest_freeze_ms": played["longest_freeze_ms"], "lossy_60s_fps": played["fps"]}


def _when_the_line_is_cut(place: run.Place) -> dict[str, float | None]:
    with run.started(place, SYSTEM, CUT) as (setting, running):
        _show(place, running, "scroll")
        place.observer.ask("watch")
        played, back = _play_with_a_cut(place, setting)
        run.wait_for_number(place.observer, played["frames"][-1][0], _SCROLL.settle_s)
        seen = place.observer.ask("report")["seen"]
    after = [at for _, at in seen if at >= back]
    return {"back_after_2s_cut_ms": (after[0] - back) / 1e6 if after else None}


def _play_with_a_cut(place: run.Place, setting: Setting) -> tuple[dict[str, Any], int]:
    """Play, and cut the line meanwhile; return what was played and when the line was back (monotonic ns)."""
    seconds = _BEFORE_THE_CUT_S + CUT_S + _AFTER_THE_CUT_S
    place.player.tell("play", scene="scroll", seconds=str(seconds))
    time.sleep(_BEFORE_THE_CUT_S)
    back = setting.sender.cut_line(CUT_S)
    return run.played_by(place.player, seconds), back


def _show(place: run.Place, running: Running, scene: str) -> None:
    run.first_picture(place, running, _SCROLL)
    first = place.player.ask("begin", scene=scene)
    if not run.wait_for_number(place.observer, first["number"], _SCROLL.settle_s):
        raise SystemFailed(f"the first picture of {scene} was never seen")


def _latencies(place: run.Place, played: dict[str, Any]) -> list[float]:
    run.wait_for_number(place.observer, played["frames"][-1][0], _SCROLL.settle_s)
    return figures.latencies_ms(played["frames"], place.observer.ask("report")["seen"])
