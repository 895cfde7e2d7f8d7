"""How sharing fails on Wayland, each with what the customer reads and can do next. Pure."""

from customer_client.languages import marked
from protocol.errors import EnvironmentFault

_NO_PORTAL = marked("Your desktop (Wayland) does not let Deskside see the screen.")
_NO_GSTREAMER = marked("To show the screen of this desktop (Wayland), Deskside needs GStreamer, which is not there.")
_CANCELLED = marked("You have closed the question of your computer. Nothing is shared.")
_REFUSED = marked(
    "Your desktop did not share the screen, although you did not refuse it. Please try again, or choose the Xorg "
    "session when you sign in."
)
SHARING_ENDED = marked("Your computer has stopped sharing the screen. Nobody sees it now.")
"""What the customer reads when somebody else than Deskside ended it."""


def no_portal(detail: str) -> EnvironmentFault:
    """Return the fault for a desktop without a portal that shares screens."""
    return EnvironmentFault(detail, code="wayland_without_portal", user_text=_NO_PORTAL)


def no_gstreamer(detail: str) -> EnvironmentFault:
    """Return the fault for a computer without what reads the pictures."""
    return EnvironmentFault(detail, code="no_gstreamer", user_text=_NO_GSTREAMER)


def dialog_cancelled() -> EnvironmentFault:
    """Return the fault for the system's dialog having been closed without a yes; it can be asked again."""
    return EnvironmentFault("the dialog was cancelled", code="dialog_cancelled", user_text=_CANCELLED)


def portal_refused(detail: str) -> EnvironmentFault:
    """Return the fault for a portal that does not do what it should; it can be asked again."""
    return EnvironmentFault(detail, code="portal_refused", user_text=_REFUSED)


def sharing_ended(detail: str) -> EnvironmentFault:
    """Return the fault for a system that has ended the sharing."""
    return EnvironmentFault(detail, code="display_gone", user_text=SHARING_ENDED)
