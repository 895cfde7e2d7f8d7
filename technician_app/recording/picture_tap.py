"""Where a recorder listens to the picture of a session. Network thread."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StillPicture:
    """A copy of the picture: `pixels` are BGRX rows of `stride` bytes."""

    pixels: bytes
    size: tuple[int, int]
    stride: int


class PictureTap(Protocol):
    """Gets what the picture is made from, in order, before it is shown. Nothing here may wait or raise."""

    def wants_state(self, update: bytes) -> bool:
        """Return whether the picture as it is before `update` has to be known."""

    def update_came(self, update: bytes, before: StillPicture | None) -> None:
        """Take the next update of the screen stream."""

    def picture_lost(self) -> None:
        """The picture begins anew: what was shown is of no use."""

    def cursor_came(self, data: bytes, *, is_shape: bool) -> None:
        """Take a message of the cursor channel."""
