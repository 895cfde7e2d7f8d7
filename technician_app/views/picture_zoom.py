"""How large the customer's picture is shown. Pure."""

from dataclasses import dataclass
from enum import Enum

from technician_app.views.picture_geometry import Area, actual_size, fitted

SMALLEST_PERCENT, LARGEST_PERCENT = 50, 400
STEPS = (50, 67, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300, 400)
"""Percent; 100 is one picture pixel on one device pixel."""


class Zoom(Enum):
    """How large the picture is shown."""

    FIT = "fit"
    ACTUAL = "actual"
    """Pixel by pixel, or a percentage of that."""


@dataclass(frozen=True)
class Magnification:
    """Fitted, or `percent` (50..400) of pixel by pixel."""

    zoom: Zoom = Zoom.FIT
    percent: int = 100

    def area(self, picture: tuple[int, int], view: tuple[float, float], pixel_ratio: float) -> Area:
        """Return where a picture of this size (pixels) lies in a view of that one (logical pixels)."""
        if self.zoom is Zoom.FIT:
            return fitted(*picture, *view)
        width, height = (side * self.percent / 100 for side in picture)
        return actual_size(width, height, *view, pixel_ratio)

    def least_size(self, picture: tuple[int, int], pixel_ratio: float) -> tuple[int, int]:
        """Return the least size of the view, in logical pixels."""
        if self.zoom is Zoom.FIT:
            return (0, 0)
        width, height = (-(-side * self.percent // 100) for side in picture)
        return int(-(-width // pixel_ratio)), int(-(-height // pixel_ratio))

    def stepped(self, up: bool, *, now_percent: float) -> "Magnification":
        """Return the next step up or down from what is shown now, which may be a fitted size between steps."""
        further = [step for step in STEPS if (step > now_percent + 0.5 if up else step < now_percent - 0.5)]
        if not further:
            return self
        return Magnification(Zoom.ACTUAL, further[0] if up else further[-1])
