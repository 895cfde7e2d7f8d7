"""A capture source without a screen: pictures that a test changes when it wants to."""

import threading

from customer_client.capture.source import Display, Picture
from protocol.errors import EnvironmentFault


class PatternSource:
    """Shows a gradient; `draw` changes a row, `fault` makes the next grabs fail, `size` may be assigned."""

    def __init__(self, width: int = 64, height: int = 48) -> None:
        self.size = (width, height)
        self.fault: EnvironmentFault | None = None
        self.closed = False
        self.grabs = 0
        self._rows: dict[int, int] = {}
        self._lock = threading.Lock()

    def displays(self) -> tuple[Display, ...]:
        return (Display("Pattern", 0, 0, *self.size, primary=True),)

    def shared_display(self) -> Display:
        return self.displays()[0]

    def draw(self, row: int, value: int) -> None:
        with self._lock:
            self._rows[row] = value

    def grab(self) -> Picture:
        if self.closed:
            raise EnvironmentFault("the source is closed", code="display_gone")
        if self.fault is not None:
            raise self.fault
        self.grabs += 1
        width, height = self.size
        pixels = bytearray(b"".join(bytes((row * 3 % 256, 80, 160, 0)) * width for row in range(height)))
        with self._lock:
            for row, value in self._rows.items():
                pixels[row * width * 4 : (row + 1) * width * 4] = bytes((value, value, value, 0)) * width
        return Picture(width, height, width * 4, pixels)

    def close(self) -> None:
        self.closed = True
