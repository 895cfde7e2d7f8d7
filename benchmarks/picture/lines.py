"""The lines the picture is measured on. Pure."""

from dataclasses import dataclass

from benchmarks.picture.shaper import Shape

_QUEUE_MS = 200
"""How long a full queue takes to drain, as in a common home router."""


@dataclass(frozen=True)
class Line:
    """A line between two computers, the same in both directions.

    `rate_kbps` is in kbit/s (0: no limit), `delay_ms` there and back together, `loss` the share of packets lost (0..1).
    """

    name: str
    rate_kbps: float = 0.0
    delay_ms: float = 0.0
    loss: float = 0.0

    @property
    def shaped(self) -> bool:
        """Whether anything at all is slower than the machine itself."""
        return bool(self.rate_kbps or self.delay_ms or self.loss)

    @property
    def forth(self) -> Shape:
        """Sender to viewer."""
        return self._shape(1)

    @property
    def back(self) -> Shape:
        """Viewer to sender."""
        return self._shape(2)

    def _shape(self, seed: int) -> Shape:
        queue = max(32 * 1024, int(self.rate_kbps * 125 * _QUEUE_MS / 1000))
        return Shape(self.delay_ms / 2, self.rate_kbps, queue, self.loss, seed)


LOCAL = Line("local")

LINES = {
    line.name: line
    for line in (
        Line("10mbit_40ms", rate_kbps=10_000, delay_ms=40),
        Line("2mbit_80ms_1loss", rate_kbps=2_000, delay_ms=80, loss=0.01),
        Line("10mbit_40ms_5loss", rate_kbps=10_000, delay_ms=40, loss=0.05),
        Line("300ms", rate_kbps=20_000, delay_ms=300),
    )
}
