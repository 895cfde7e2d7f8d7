"""Looks at the viewer's display as an eye would, and notes when each frame's number is first to be seen there.

A process of its own beside the system under test. One look is one row of the mark through MIT-SHM (0.1 ms); between two
looks it sleeps half a millisecond. A second one of these compares pixels, so that comparing delays no look. Told what
to do, line by line, on standard input:

`locate` finds the picture on the display; `watch` begins to note; `report` ends noting and answers with `seen`:
[number, monotonic ns] and, where `exact` was asked for, `exact`: the same of the first time every pixel was right;
`number` answers with the number to be seen now, `compare` with the share of exact pixels.
"""

import json
import queue
import sys
import threading
import time
from typing import Any

import mss
from PIL import Image, ImageChops

from benchmarks.picture import mark
from benchmarks.picture.surface import mark_place

LOOK_EVERY_S = 0.0005
COMPARE_AGAIN_S = 0.025
"""When pixels that were not all exact are compared again: after this, then twice this, and so on (10 ms each time)."""


class Eye:
    """One X display through MIT-SHM."""

    def __init__(self, display: str) -> None:
        self._screen = mss.MSS(display=display, with_cursor=False)
        whole = self._screen.monitors[0]
        self.size = (int(whole["width"]), int(whole["height"]))

    def look(self, left: int, top: int, width: int, height: int) -> bytearray:
        """Return BGRX pixels of that part of the display."""
        raw: bytearray = self._screen.grab({"left": left, "top": top, "width": width, "height": height}).raw
        return raw

    def close(self) -> None:
        """Let go of the display."""
        self._screen.close()


class Observer:
    """Compares what the viewer shows with what the source shows."""

    def __init__(self, viewer: str, source: str) -> None:
        self._viewer = Eye(viewer)
        self._source = Eye(source)
        self._corner = (0, 0)
        self._row = b""
        self._number: int | None = None
        self._watching = False
        self._exactly = False
        self._seen: list[tuple[int, int]] = []
        self._exact: list[tuple[int, int]] = []
        self._compare_at = 0.0
        self._pause_s = COMPARE_AGAIN_S

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Do what one line asks for."""
        match question["ask"]:
            case "locate":
                return self._locate()
            case "watch":
                self._watching, self._exactly = True, bool(question.get("exact"))
                self._seen, self._exact, self._row = [], [], b""
                return {}
            case "report":
                self._watching = False
                return {"seen": self._seen, "exact": self._exact}
            case "number":
                return {"number": self._read()}
            case "compare":
                return {"share": self._share(), "at": time.monotonic_ns()}
            case other:
                return {"unknown": other}

    @property
    def watching(self) -> bool:
        """Whether looks are wanted."""
        return self._watching

    def look(self) -> None:
        """Look once; note a number that was not there before, and whether every pixel is right."""
        left, top = self._mark_corner()
        row = bytes(self._viewer.look(left, top + mark.CELL // 2, mark.WIDTH, 1))
        now = time.monotonic_ns()
        if row != self._row:
            self._row = row
            number = mark.read_row(row)
            if number is not None and number != self._number:
                self._number = number
                self._seen.append((number, now))
                self._compare_at, self._pause_s = 0.0, COMPARE_AGAIN_S
        if self._exactly and self._number is not None and time.monotonic() >= self._compare_at:
            self._compare_once(self._number)

    def close(self) -> None:
        """Let go of both displays."""
        self._viewer.close()
        self._source.close()

    def _compare_once(self, number: int) -> None:
        """Compare while the source still shows `number`, until everything is exact."""
        self._compare_at = time.monotonic() + self._pause_s
        self._pause_s *= 2
        if self._number_at_source() != number:
            return
        shown, at = self._viewer.look(*self._corner, *self._source.size), time.monotonic_ns()
        if _difference(shown, self._source_pixels(), self._source.size).getbbox() is None:
            self._exact.append((number, at))
            self._compare_at = float("inf")

    def _share(self) -> float:
        """Return the share of pixels that are exact (0..1)."""
        size = self._source.size
        shown = self._viewer.look(*self._corner, *size)
        red, green, blue = _difference(shown, self._source_pixels(), size).split()
        worst = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        return worst.histogram()[0] / (size[0] * size[1])

    def _locate(self) -> dict[str, Any]:
        """Find the mark on the viewer's display; the picture's corner follows from it."""
        width, height = self._viewer.size
        pixels = memoryview(self._viewer.look(0, 0, width, height))
        rows = [pixels[top * width * 4 : (top + 1) * width * 4] for top in range(height)]
        places = [(left, top) for top, row in enumerate(rows) if (left := mark.place_in_row(row)) is not None]
        if not places:
            return {"found": False}
        left, middle = places[len(places) // 2]
        mark_left, mark_top = mark_place(self._source.size)
        self._corner = (left - mark_left, middle - mark.CELL // 2 - mark_top)
        right, bottom = (self._corner[axis] + self._source.size[axis] for axis in (0, 1))
        whole = min(self._corner) >= 0 and right <= width and bottom <= height
        return {"found": whole, "corner": self._corner, "rows": len(places)}

    def _mark_corner(self) -> tuple[int, int]:
        left, top = mark_place(self._source.size)
        return (self._corner[0] + left, self._corner[1] + top)

    def _read(self) -> int | None:
        left, top = self._mark_corner()
        return mark.read_row(self._viewer.look(left, top + mark.CELL // 2, mark.WIDTH, 1))

    def _number_at_source(self) -> int | None:
        left, top = mark_place(self._source.size)
        return mark.read_row(self._source.look(left, top + mark.CELL // 2, mark.WIDTH, 1))

    def _source_pixels(self) -> bytearray:
        return self._source.look(0, 0, *self._source.size)


def _difference(one: bytearray, other: bytearray, size: tuple[int, int]) -> Image.Image:
    """Return how far the colours of two BGRX pictures are apart; the fourth byte means nothing and is left out."""
    pictures = (Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1) for pixels in (one, other))
    return ImageChops.difference(*pictures).convert("RGB")


def serve(observer: Observer, questions: "queue.Queue[dict[str, Any] | None]") -> None:
    """Answer questions and, while watching, look; return when there are no more questions (None)."""
    while True:
        try:
            question = questions.get(block=not observer.watching)
        except queue.Empty:
            observer.look()
            time.sleep(LOOK_EVERY_S)
            continue
        if question is None:
            return
        sys.stdout.write(json.dumps({"answer": question["ask"], **observer.answer(question)}) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Observe the display of the first argument against that of the second until standard input ends."""
    questions: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            questions.put(json.loads(line))
        questions.put(None)

    threading.Thread(target=read, daemon=True).start()
    observer = Observer(sys.argv[1], sys.argv[2])
    try:
        serve(observer, questions)
    finally:
        observer.close()


if __name__ == "__main__":
    main()
