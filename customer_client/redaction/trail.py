"""Where hidden windows were lately. Pure: time is passed in.

What a window leaves behind stays on the screen until the program beneath has painted over it, and a desktop with
effects lets a window that is gone linger. So a place stays covered for a while after the window has left it.
"""

from collections import deque

from protocol.picture.geometry import Rect, bounds

LINGER_S = 0.5
"""How long a place stays covered after it was left."""

KEEP_S = 10.0
"""A reading of the screen that began longer ago is covered whole: what happened meanwhile is not remembered."""

_TOGETHER_S = 0.02
EVERYWHERE = Rect(-32768, -32768, 65536, 65536)
WHOLE_DESKTOP = -1
"""Stands for a window where everything is covered."""


class Trail:
    """Places by the number of the window that was there, with the moment (s) that was noticed; moments never fall."""

    def __init__(self) -> None:
        self._places: deque[tuple[float, int, Rect]] = deque()

    def add(self, window: int, place: Rect, now: float) -> None:
        """Note that `window` was at `place` just before `now`."""
        if self._places:
            moment, last, rect = self._places[-1]
            if last == window and now - moment <= _TOGETHER_S:
                # A window that is dragged; the older moment would let the newer place go too early.
                self._places[-1] = (now, window, bounds((rect, place)))
                return
        self._places.append((now, window, place))

    def add_everything(self, now: float) -> None:
        """Note that anything may have been anywhere just before `now`."""
        self.add(WHOLE_DESKTOP, EVERYWHERE, now)

    def places(self, now: float, since: float | None = None) -> dict[int, Rect]:
        """Return, by window, the rectangle around all places left less than 0.5 s ago, or after `since`."""
        while self._places and self._places[0][0] < now - KEEP_S:
            self._places.popleft()
        if since is not None and now - since > KEEP_S:
            return {WHOLE_DESKTOP: EVERYWHERE}
        oldest = now - LINGER_S if since is None else min(since, now - LINGER_S)
        found: dict[int, Rect] = {}
        for moment, window, place in self._places:
            if moment >= oldest:
                found[window] = bounds((found[window], place)) if window in found else place
        return found

    def next_end(self, now: float) -> float | None:
        """Return the moment at which the next place is given up; None when there is none."""
        return next((moment + LINGER_S for moment, _, _ in self._places if moment + LINGER_S > now), None)
