"""The customer's displays on `control`: which there are and which are shared, small pictures, the window at a place."""

from typing import Annotated

import msgspec

from protocol.messages.base import Count, Message, ShortText
from protocol.messages.input import Coordinate

MAX_DISPLAYS = 16
MAX_THUMBNAIL_BYTES = 16 * 1024
MAX_THUMBNAIL_SIDE = 128
MAX_SHARED_PIXELS = 33_177_600
"""The largest picture of the screen stream (docs/protocol.md, section 4)."""

DisplayId = Annotated[int, msgspec.Meta(ge=1, le=65535)]
"""The same display has the same id for the whole session, also when it was away meanwhile."""

Offset = Annotated[int, msgspec.Meta(ge=-65536, le=65535)]
MAX_SIDE = 16384
Side = Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
Ids = Annotated[tuple[DisplayId, ...], msgspec.Meta(min_length=1, max_length=MAX_DISPLAYS)]


class ListedDisplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One display, in physical pixels of the whole desktop, whose origin may be any display's corner."""

    id: DisplayId
    name: ShortText
    x: Offset
    y: Offset
    width: Side
    height: Side
    scale_percent: Annotated[int, msgspec.Meta(ge=25, le=1000)]
    primary: bool


class DisplaysListed(Message, frozen=True, tag="displays"):
    """From C, with the grant of `see` and at each change: the displays there are, and the ids of those that are shared.

    Several shared ones are one picture: the smallest rectangle that holds them; what lies between them is black.
    """

    displays: Annotated[tuple[ListedDisplay, ...], msgspec.Meta(min_length=1, max_length=MAX_DISPLAYS)]
    shared: Ids


class DisplaysWanted(Message, frozen=True, tag="displays_wanted"):
    """From T: share this display, or these together. Answered with `displays`, or `displays_refused`."""

    ids: Ids


class DisplaysRefused(Message, frozen=True, tag="displays_refused"):
    """From C: they cannot be shared together, because the picture would have `width` x `height` pixels."""

    width: Annotated[int, msgspec.Meta(ge=1, le=2**20)]
    height: Annotated[int, msgspec.Meta(ge=1, le=2**20)]


class ThumbnailsWanted(Message, frozen=True, tag="thumbnails_wanted"):
    """From T: a small picture of each display, please. Dropped without a live grant of `see`, and while paused."""


class DisplayThumbnail(Message, frozen=True, tag="thumbnail"):
    """From C: a small picture of one display: rows of red, green, blue without gaps, top first.

    Not compressed: so small it need not be, and nothing that a stranger's bytes could mislead has to decode it.
    """

    id: DisplayId
    width: Annotated[int, msgspec.Meta(ge=1, le=MAX_THUMBNAIL_SIDE)]
    height: Annotated[int, msgspec.Meta(ge=1, le=MAX_THUMBNAIL_SIDE)]
    pixels: Annotated[bytes, msgspec.Meta(min_length=3, max_length=MAX_THUMBNAIL_BYTES)]


class WindowAsked(Message, frozen=True, tag="window_asked"):
    """From T: which window is at this place of the shared display? Answered once, with the same `number`."""

    number: Count
    x: Coordinate
    y: Coordinate


class WindowDescribed(Message, frozen=True, tag="window_described"):
    """From C: title and program of the window, redacted as diagnostics are; empty where unknown.

    `at_ms` is when it was looked at, in Unix milliseconds of C's clock.
    """

    number: Count
    title: ShortText
    program: ShortText
    at_ms: Count


class ScreenshotKept(Message, frozen=True, tag="screenshot_kept"):
    """From T: a screenshot went to the ticket. `event_seq`: T's signed `capability.use` with its SHA-256."""

    event_seq: Count


class SightChanged(Message, frozen=True, tag="sight"):
    """From C, when it changes: why its screen cannot be seen just now, a code like `secure_desktop` or `display_gone`.

    Empty: it can be seen again. Meanwhile the picture stands still; nothing was paused and no permission ended.
    """

    lost: Annotated[str, msgspec.Meta(pattern="^[a-z_]{0,32}$")] = ""


class AreasHidden(Message, frozen=True, tag="areas_hidden"):
    """From C, when it changes: how many windows and areas of its desktop are painted over in the picture.

    Which they are is not told. They look as the customer's program paints them: one colour, and that they are hidden.
    """

    count: Annotated[int, msgspec.Meta(ge=0, le=1000)]
