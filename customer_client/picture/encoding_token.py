"""What travels through aiortc's sender: work for the encoder, and packets that are ready."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from av.frame import Frame

from customer_client.capture.source import Picture
from protocol.picture.geometry import Rect


class StreamEncoder(Protocol):
    """Turns pictures into the updates of one screen stream; one thread at a time."""

    video_bitrate_bps: int
    """What films may take, in bit/s; set between two pictures."""

    photo_quality: int
    """How good photos are, in percent; set between two pictures."""

    @property
    def missing_share(self) -> float:
        """Which share of the screen the viewer lacks after the last update (0..1)."""

    def begin_streams(self) -> None:
        """Let the next update begin its streams anew, for a recording; the viewer keeps its pixels."""

    def encode(
        self,
        picture: Picture,
        damage: tuple[Rect, ...] | None,
        *,
        captured_ms: int,
        budget_bytes: int,
        new_epoch: bool,
    ) -> bytes | None:
        """Return the next update towards this picture, None when nothing changed.

        `damage` is where it may differ from the last picture encoded (None: anywhere). An update much longer than
        `budget_bytes` should be left for later in part. `new_epoch`: begin anew, for a viewer that knows nothing.
        """

    def wants_more(self, now: float) -> bool:
        """Say whether encoding the same picture again would bring the viewer nearer to it now (monotonic s)."""


@dataclass(frozen=True, slots=True)
class ReadyPackets:
    """RTP payloads to send as they are, at `pts90` (1/90000 s)."""

    payloads: list[bytes]
    pts90: int


class ProbeToken(Frame):  # type: ignore[misc, unused-ignore]  # av gives no types to its frames
    """A repeated packet. A frame, because aiortc tells an encoder about a PLI only with frames."""

    def __init__(self, ready: ReadyPackets, epoch_asked: Callable[[], None]) -> None:
        self.ready = ready
        self.epoch_asked = epoch_asked


class EncodingToken(Frame):  # type: ignore[misc, unused-ignore]
    """One picture to encode. The encoder thread fills in `update`, `started_epoch`, `failed` and `took_ms`.

    `may_leave` is asked before encoding. `epoch_asked` notes that the viewer wants a new epoch.
    """

    def __init__(
        self,
        picture: Picture,
        damage: tuple[Rect, ...] | None,
        *,
        encoder: StreamEncoder,
        captured_ms: int,
        budget_bytes: int,
        new_epoch: bool,
        may_leave: Callable[[], bool],
        epoch_asked: Callable[[], None],
    ) -> None:
        self.picture = picture
        self.damage = damage
        self.encoder = encoder
        self.captured_ms = captured_ms
        self.budget_bytes = budget_bytes
        self.new_epoch = new_epoch
        self.may_leave = may_leave
        self.epoch_asked = epoch_asked
        self.update: bytes | None = None
        self.ran = False
        self.failed = False
        self.took_ms = 0.0
