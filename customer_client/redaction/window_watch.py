"""What tells where hidden windows are, one for each kind of desktop. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from customer_client.redaction.hidden import HiddenKind, ListedWindow, Look

OWN_CLASS = "DesksidePrivate"
"""Windows of ours with this class are for the customer alone: they show what is hidden."""

OWN_TITLE = "Deskside \N{BLACK CIRCLE}"
"""Their titles begin so, which is what tells them where windows have no class of their own choosing."""


class WindowWatch(Protocol):
    """Used under the curtain's lock, by one thread at a time. Methods may raise EnvironmentFault `display_gone`."""

    def hide(self, chosen: frozenset[int], *, notifications: bool) -> None:
        """Hide the windows with these numbers and their dialogs, and notifications or not, from the next look on."""

    def look(self) -> Look:
        """Return what is hidden now, and every place a hidden window has been at since the look before."""

    def listed(self) -> tuple[ListedWindow, ...]:
        """Return the windows a person sees as such, to choose from."""

    def has_keyboard(self) -> HiddenKind | None:
        """Return why the window that gets the keys is hidden; None when it is not."""

    def close(self) -> None:
        """Let go of the desktop. Harmless to call again."""


class NoWindows:
    """Where windows cannot be found: nothing but areas is hidden."""

    def hide(self, chosen: frozenset[int], *, notifications: bool) -> None:
        """There is nothing to hide."""

    def look(self) -> Look:
        """Return nothing."""
        from customer_client.redaction.hidden import Look

        return Look()

    def listed(self) -> tuple[ListedWindow, ...]:
        """Return nothing."""
        return ()

    def has_keyboard(self) -> HiddenKind | None:
        """Return None."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""
