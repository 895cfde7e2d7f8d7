"""Counters of the picture's way, for the status line and for tests. Written by one thread each, read by any."""

from dataclasses import dataclass


@dataclass
class VideoStatistics:
    """What happened so far. Times are of the newest picture, in milliseconds."""

    pictures_taken: int = 0
    """Looks at the screen."""
    pictures_changed: int = 0
    frames_encoded: int = 0
    key_frames: int = 0
    repeats: int = 0
    """Frames that repeat a still screen."""
    bytes_encoded: int = 0
    encode_ms: float = 0.0
    encode_failures: int = 0
    """Frames the encoder could not make; above zero something is wrong with this computer's encoder."""
