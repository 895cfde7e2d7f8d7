"""Where the customer's picture lies in the view, and which place on the display a point in the view means. Pure."""

import math
from dataclasses import dataclass

from protocol.picture.geometry import Rect

FULL = 65535


@dataclass(frozen=True)
class Area:
    """A rectangle in logical pixels."""

    left: float
    top: float
    width: float
    height: float

    def holds(self, x: float, y: float) -> bool:
        """Say whether (x, y) lies inside."""
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height


def fitted(picture_width: int, picture_height: int, view_width: float, view_height: float) -> Area:
    """Return the largest area of the picture's shape in the middle of the view; the rest is letterbox."""
    if min(picture_width, picture_height) <= 0 or min(view_width, view_height) <= 0:
        return Area(0, 0, 0, 0)
    scale = min(view_width / picture_width, view_height / picture_height)
    width, height = picture_width * scale, picture_height * scale
    return Area((view_width - width) / 2, (view_height - height) / 2, width, height)


def actual_size(
    picture_width: float, picture_height: float, view_width: float, view_height: float, pixel_ratio: float
) -> Area:
    """Return the area in which one picture pixel is one device pixel; it starts on a whole device pixel."""
    width, height = picture_width / pixel_ratio, picture_height / pixel_ratio
    left, top = _margin(view_width - width, pixel_ratio), _margin(view_height - height, pixel_ratio)
    return Area(left, top, width, height)


def _margin(free: float, pixel_ratio: float) -> float:
    """Return half of `free`, in whole device pixels.

    A view that fills the screen may be up to one logical pixel larger than the screen is: that is no margin.
    """
    return 0.0 if free < 1.0 else math.floor(free / 2 * pixel_ratio) / pixel_ratio


def full_size(picture: tuple[int, int], display: tuple[int, int] | None) -> tuple[int, int]:
    """Return the size a picture stands for: the display's if it has half its sides, rounded up, else its own."""
    if display is not None and picture == (-(-display[0] // 2), -(-display[1] // 2)):
        return display
    return picture


def is_exact(picture_width: int, area: Area, pixel_ratio: float) -> bool:
    """Say whether one picture pixel is one device pixel in `area`."""
    return abs(area.width * pixel_ratio - picture_width) < 0.001


def touched(rect: Rect, picture_width: int, area: Area, pixel_ratio: float) -> Rect:
    """Return the rectangle of the view, in whole logical pixels, that has to be painted when `rect` has changed.

    Pixel by pixel it holds just the changed ones. Scaled, a device pixel is mixed from its neighbours: then it holds
    every device pixel in whose mix a changed pixel may be.
    """
    if picture_width <= 0 or area.width <= 0:
        return Rect(0, 0, 0, 0)
    scale = area.width / picture_width
    exact = is_exact(picture_width, area, pixel_ratio)
    reach = 0.0 if exact else max(1.0, 1.0 / (scale * pixel_ratio)) + 0.5
    # exact edges are whole device pixels: what is left of them is the rounding of floats
    rounding = -0.001 if exact else 1.0 / pixel_ratio
    left = math.floor(area.left + (rect.x - reach) * scale - rounding)
    top = math.floor(area.top + (rect.y - reach) * scale - rounding)
    right = math.ceil(area.left + (rect.x + rect.width + reach) * scale + rounding)
    bottom = math.ceil(area.top + (rect.y + rect.height + reach) * scale + rounding)
    return Rect(left, top, right - left, bottom - top)


def on_display(x: float, y: float, area: Area, size: tuple[int, int]) -> tuple[int, int]:
    """Return the place (each 0..65535) of the display pixel a point of the view lies on; outside, of the edge's pixel.

    `size` is the display's in its own pixels. 0 is its first pixel and 65535 its last, so that a click lands on the
    very pixel that was pointed at, also at the far edges, whatever the scaling here.
    """
    if area.width <= 0 or area.height <= 0:
        return (0, 0)
    width, height = size
    return (_place((x - area.left) / area.width, width), _place((y - area.top) / area.height, height))


def _place(part: float, pixels: int) -> int:
    # a point on the border of two device pixels may come out a hair too low
    pixel = max(0, min(pixels - 1, math.floor(part * pixels + 1e-6)))
    return round(pixel * FULL / max(1, pixels - 1))
