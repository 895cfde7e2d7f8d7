"""What watches for the customer's own mouse and keyboard. Pure: no display is opened here."""

from typing import Protocol


class LocalActivity(Protocol):
    """Tells when the customer used mouse or keyboard; what was injected does not count."""

    @property
    def watching(self) -> bool:
        """Whether it can still tell; once False, remote input must not be allowed any more."""

    def stop(self) -> None:
        """Stop watching. Harmless to call again."""
