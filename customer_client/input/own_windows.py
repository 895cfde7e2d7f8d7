"""Which windows are Deskside's own: nobody but the customer may press anything there. Pure."""

from typing import Protocol


class OwnWindows(Protocol):
    """Used under the injector's lock. Places are pixels of the whole desktop."""

    def at(self, x: int, y: int) -> bool:
        """Say whether (x, y) lies in a window of ours that takes clicks."""

    def has_focus(self) -> bool:
        """Say whether the keyboard belongs to a window of ours."""


class NoOwnWindows:
    """For systems where they cannot be told, and tests."""

    def at(self, x: int, y: int) -> bool:
        """Return False."""
        return False

    def has_focus(self) -> bool:
        """Return False."""
        return False
