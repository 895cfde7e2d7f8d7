"""Changed rectangles on their way to the window: neighbours joined, never many. Pure."""

from collections.abc import Iterable

from protocol.picture.geometry import Rect, bounds

MAX_RECTS = 64
"""More than this and one rectangle around all of them is cheaper to paint."""


def united(rects: Iterable[Rect], limit: int = MAX_RECTS) -> tuple[Rect, ...]:
    """Return at most `limit` (1 or more) rectangles that cover every pixel of `rects`.

    Rectangles side by side become rows, equal rows above each other become blocks; nothing unchanged is added by that.
    Above `limit` the answer is the one rectangle around everything.
    """
    wanted = {rect for rect in rects if rect.width > 0 and rect.height > 0}
    if len(wanted) > 1:
        wanted = _joined_down(_joined_across(wanted))
    if len(wanted) > limit:
        return (bounds(wanted),)
    return tuple(sorted(wanted, key=lambda rect: (rect.y, rect.x)))


def _joined_across(rects: set[Rect]) -> set[Rect]:
    """Join what overlaps or touches side by side and has the same top and height."""
    joined: list[Rect] = []
    for rect in sorted(rects, key=lambda rect: (rect.y, rect.height, rect.x)):
        last = joined[-1] if joined else None
        if last and (last.y, last.height) == (rect.y, rect.height) and rect.x <= last.x + last.width:
            right = max(last.x + last.width, rect.x + rect.width)
            joined[-1] = Rect(last.x, last.y, right - last.x, last.height)
        else:
            joined.append(rect)
    return set(joined)


def _joined_down(rects: set[Rect]) -> set[Rect]:
    """Join what overlaps or touches one above the other and has the same left edge and width."""
    joined: list[Rect] = []
    for rect in sorted(rects, key=lambda rect: (rect.x, rect.width, rect.y)):
        last = joined[-1] if joined else None
        if last and (last.x, last.width) == (rect.x, rect.width) and rect.y <= last.y + last.height:
            bottom = max(last.y + last.height, rect.y + rect.height)
            joined[-1] = Rect(last.x, last.y, last.width, bottom - last.y)
        else:
            joined.append(rect)
    return set(joined)
