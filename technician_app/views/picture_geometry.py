"""Where the customer's picture lies in the view, and which place on the display a point in the view means. Pure."""

from dataclasses import dataclass

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
    picture_width: int, picture_height: int, view_width: float, view_height: float, pixel_ratio: float
) -> Area:
    """Return the area in which one picture pixel is one device pixel; it starts on a whole device pixel."""
    width, height = picture_width / pixel_ratio, picture_height / pixel_ratio
    left = max(0.0, round((view_width - width) / 2 * pixel_ratio) / pixel_ratio)
    top = max(0.0, round((view_height - height) / 2 * pixel_ratio) / pixel_ratio)
    return Area(left, top, width, height)


def on_display(x: float, y: float, area: Area) -> tuple[int, int]:
    """Return the place (each 0..65535) a point of the view means; points outside the picture go to its edge."""
    if area.width <= 0 or area.height <= 0:
        return (0, 0)
    return (_fraction((x - area.left) / area.width), _fraction((y - area.top) / area.height))


def _fraction(part: float) -> int:
    return round(min(1.0, max(0.0, part)) * FULL)
