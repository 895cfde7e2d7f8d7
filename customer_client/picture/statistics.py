"""Counters of the screen stream's way out, for the status line and for tests. Written on the network thread."""

from dataclasses import dataclass


@dataclass
class StreamStatistics:
    """What happened so far."""

    updates: int = 0
    epochs: int = 0
    bytes_encoded: int = 0
    encode_ms: float = 0.0
    """How long the newest update took to encode."""
    packets_sent: int = 0
    """Without probes, and without what was sent again because it was lost."""
    probes: int = 0
    encode_failures: int = 0
    """Updates the encoder could not make; above zero something is wrong with this computer's encoder."""

    def note_update(self, size_bytes: int, took_ms: float, *, epoch: bool) -> None:
        """Count an update."""
        self.updates += 1
        self.epochs += epoch
        self.bytes_encoded += size_bytes
        self.encode_ms = took_ms
