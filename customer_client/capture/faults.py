"""The two ways capture fails, each with the sentence the customer reads."""

from protocol.errors import EnvironmentFault


def display_gone(detail: str) -> EnvironmentFault:
    """Return the fault for a display that disappeared or cannot be reached."""
    return EnvironmentFault(
        detail,
        code="display_gone",
        user_text="Deskside lost sight of your screen. Check that the screen is on and unlocked; "
        "the picture comes back by itself.",
    )


def capture_denied(detail: str, reason: str) -> EnvironmentFault:
    """Return the fault for a system that does not allow capture; `reason` is a sentence for the customer."""
    return EnvironmentFault(detail, code="capture_denied", user_text=reason)
