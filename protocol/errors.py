"""Errors that say whose fault it is, with a stable code and a sentence a person understands."""


class DesksideError(Exception):
    """Base of every error we raise on purpose.

    `code` is stable: it appears in logs, in API answers and in translations.
    `user_text` is one sentence for the person in front of the screen.
    """

    code = "internal"
    user_text = "Something went wrong in Deskside. Please try again."

    def __init__(self, detail: str = "", *, code: str | None = None, user_text: str | None = None) -> None:
        super().__init__(detail or user_text or self.user_text)
        if code is not None:
            self.code = code
        if user_text is not None:
            self.user_text = user_text


class LocalError(DesksideError):
    """We misused our own API: a bug on this side."""

    code = "local_misuse"


class PeerError(DesksideError):
    """The other side (customer, technician or relay) broke the protocol. Every decoder raises only this."""

    code = "peer_broke_protocol"
    user_text = "The other side sent something Deskside does not accept. The session was protected."


class EnvironmentFault(DesksideError):
    """The surroundings failed: disk, display, network, missing permission."""

    code = "environment"
    user_text = "This computer or its network did not allow what was needed."
