"""Smooth shapes for Tk, whose own drawing on X11 has jagged edges: each is computed once and kept as an image.

GUI thread only.
"""

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from customer_client.ui.palette import blend

Point = tuple[float, float]

_COMPUTED = 8
"""Pixels of a face's middle that are computed one by one."""

_MIDDLE = 64
"""Pixels of the middle that is stretched: Tk lays copies of it beside each other, and each copy is a request."""


@dataclass(frozen=True)
class Face:
    """A rounded rectangle to be stretched by its middle. Lengths in pixels, colours `#rrggbb`; `around` lies outside.

    `ring` is the colour of the focus ring that is `margin` pixels wide with a gap inside; empty for none.
    """

    radius: int
    margin: int
    fill: str
    edge: str
    edge_width: float
    around: str
    ring: str = ""

    @property
    def border(self) -> int:
        """How many pixels at each side must not be stretched."""
        return self.margin + self.radius

    @property
    def side(self) -> int:
        """Width and height of the part that is computed."""
        return 2 * self.border + _COMPUTED


def face_image(master: tk.Misc, face: Face) -> tk.PhotoImage:
    """Return the image of `face`, with a middle of 64 x 64 pixels."""
    corner, edge, middle = _face_parts(face)
    band = [_three_parts(pixels, beside, _MIDDLE) for pixels, beside in zip(corner, edge, strict=True)]
    return _image(master, band + [_three_parts(edge, middle, _MIDDLE)] * _MIDDLE + band[::-1])


def _face_parts(face: Face) -> tuple[list[list[bytes]], list[bytes], bytes]:
    """Return the pixels of the upper left corner, of the way from any edge to the middle, and of the middle.

    Both are the same along each axis, so half of the corner is enough; the middle is of one colour.
    """
    border, centre = face.border, face.side / 2

    def pixel(x: float, y: float) -> bytes:
        return bytes.fromhex(_face_colour(face, x, y)[1:])

    half = [[pixel(x + 0.5, y + 0.5) for x in range(y + 1)] for y in range(border)]
    corner = [[half[max(x, y)][min(x, y)] for x in range(border)] for y in range(border)]
    return corner, [pixel(centre, y + 0.5) for y in range(border)], pixel(centre, centre)


def _three_parts(side: list[bytes], middle: bytes, length: int) -> bytes:
    """Return a row of pixels: `side`, `length` times `middle`, and `side` the other way round."""
    return b"".join(side) + middle * length + b"".join(side[::-1])


def tick_image(
    master: tk.Misc, side: int, box: Face, mark: str, strokes: Sequence[tuple[Point, Point]], dot: float = 0.0
) -> tk.PhotoImage:
    """Return a tick box of `side` pixels with `strokes` (in fractions of the side, 0..1) drawn in colour `mark`.

    `dot` is the radius of a dot in its middle, as such a fraction; 0: none.
    """
    thickness = side * 0.055

    def colour(x: float, y: float) -> str:
        inside = _rounded_distance(x, y, side, 0.5, box.radius)
        base = blend(box.around, box.edge, 0.5 - inside)
        base = blend(base, box.fill, 0.5 - (inside + box.edge_width))
        nearest = min((_segment_distance(x / side, y / side, a, b) * side for a, b in strokes), default=math.inf)
        if dot:
            nearest = min(nearest, math.hypot(x - side / 2, y - side / 2) - dot * side + thickness)
        return blend(base, mark, 0.5 - (nearest - thickness))

    return _square(master, side, colour)


def _square(master: tk.Misc, side: int, colour: Callable[[float, float], str]) -> tk.PhotoImage:
    rows = ["".join(colour(x + 0.5, y + 0.5)[1:] for x in range(side)) for y in range(side)]
    return _image(master, [bytes.fromhex(row) for row in rows])


def _image(master: tk.Misc, rows: list[bytes]) -> tk.PhotoImage:
    """Return the image of these rows of pixels, three bytes each."""
    header = f"P6 {len(rows[0]) // 3} {len(rows)} 255\n".encode()
    return tk.PhotoImage(master=master, data=header + b"".join(rows), format="ppm")


def _face_colour(face: Face, x: float, y: float) -> str:
    colour = face.around
    if face.ring:
        outer = _rounded_distance(x, y, face.side, 0.0, face.radius + face.margin)
        colour = blend(colour, face.ring, 0.5 - outer)
        colour = blend(colour, face.around, 0.5 - (outer + face.margin * 0.6))
    distance = _rounded_distance(x, y, face.side, face.margin, face.radius)
    colour = blend(colour, face.edge, 0.5 - distance)
    return blend(colour, face.fill, 0.5 - (distance + face.edge_width))


def _rounded_distance(x: float, y: float, side: float, inset: float, radius: float) -> float:
    """Signed distance in pixels from a point to a rounded square of `side` shrunk by `inset`; negative is inside."""
    reach = side / 2 - inset - radius
    qx, qy = abs(x - side / 2) - reach, abs(y - side / 2) - reach
    return math.hypot(max(qx, 0.0), max(qy, 0.0)) + min(max(qx, qy), 0.0) - radius


def _segment_distance(x: float, y: float, start: Point, end: Point) -> float:
    """Distance from a point to the line from `start` to `end`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy)
    along = min(1.0, max(0.0, along))
    return math.hypot(x - start[0] - along * dx, y - start[1] - along * dy)
