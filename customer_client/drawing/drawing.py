"""What the drawing overlay shows. Crosses threads: frozen values only."""

from dataclasses import dataclass

from protocol.messages.drawing import StrokeColour, StrokeKind


@dataclass(frozen=True)
class DrawnStroke:
    """One stroke through `points`, in pixels from the shared display's corner."""

    kind: StrokeKind
    colour: StrokeColour
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Drawing:
    """What is drawn on the shared display at `left`, `top` of the desktop (pixels), and where `name` points."""

    left: int
    top: int
    width: int
    height: int
    name: str
    strokes: tuple[DrawnStroke, ...] = ()
    pointer: tuple[int, int] | None = None
    """In pixels from the display's corner; None: nowhere."""
