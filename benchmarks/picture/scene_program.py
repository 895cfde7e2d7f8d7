"""The program that plays scenes on an X display: told what to do, line by line, on standard input.

`{"ask": "begin", "scene": NAME}` shows a first picture, `{"ask": "play", "scene": NAME, "seconds": N}` plays and then
answers with every frame: [number, when it was drawn (monotonic ns, after XSync)].
"""

import json
import sys
import time
from typing import Any

from benchmarks.picture.scenes import Theatre
from benchmarks.picture.surface import WindowSurface


def main() -> None:
    """Play what standard input asks for until it ends."""
    surface = WindowSurface(sys.argv[1])
    theatre = Theatre(surface)
    surface.sync()
    _say({"ready": True})
    try:
        for line in sys.stdin:
            question = json.loads(line)
            _say({"answer": question["ask"], **_answer(theatre, question)})
    finally:
        surface.close()


def _answer(theatre: Theatre, question: dict[str, Any]) -> dict[str, Any]:
    if question["ask"] == "begin":
        return {"number": theatre.begin(question["scene"]), "at": time.monotonic_ns()}
    began = time.monotonic_ns()
    frames = play(theatre, question["scene"], float(question["seconds"]))
    return {"began": began, "ended": time.monotonic_ns(), "frames": frames}


def play(theatre: Theatre, name: str, seconds: float) -> list[tuple[int, int]]:
    """Play a scene at its rate; a frame that is late is drawn at once, and the beat is kept."""
    rate = theatre.scenes[name].rate
    start = time.monotonic()
    frames = []
    for step in range(round(seconds * rate)):
        wait = start + step / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        number = theatre.draw(name, step)
        frames.append((number, time.monotonic_ns()))
    rest = start + seconds - time.monotonic()
    if rest > 0:
        time.sleep(rest)
    return frames


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
