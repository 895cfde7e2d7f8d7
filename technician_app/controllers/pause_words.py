"""The technician's words for what the customer's own protection has done."""

from protocol.messages.protection import PauseReason, RemoteToolKind

PAUSED = {
    PauseReason.CUSTOMER: "Your customer has paused sharing. The picture is not live, and nothing you do reaches them.",
    PauseReason.MONEY: "The customer's protection stopped the picture: a page about money is in front.",
    PauseReason.NO_ANSWER: "Your customer did not answer whether to go on, so sharing rests until they do.",
}
"""Below the picture, for as long as sharing is paused."""

VEIL = {
    PauseReason.CUSTOMER: "Paused by the customer",
    PauseReason.MONEY: "Stopped: a page about money",
    PauseReason.NO_ANSWER: "Waiting for the customer",
}
"""Over the picture meanwhile."""

_TOOLS = {
    RemoteToolKind.SUPPORT: "A program for remote support",
    RemoteToolKind.DESKTOP: "A remote desktop",
    RemoteToolKind.VNC: "A VNC server",
}


def tool_sentence(kind: RemoteToolKind) -> str:
    """Return what the technician reads about another way into the customer's computer."""
    return f"{_TOOLS[kind]} also runs on the customer's computer. Ask them whether they know of it."


_SIGHT_LOST = {
    "secure_desktop": "Windows shows your customer a page that no program may see, such as a question for permission "
    "or the lock screen. Only your customer can answer it.",
}


def sight_words(code: str) -> str:
    """Return what the technician reads while the customer's screen cannot be seen although it is shared."""
    return _SIGHT_LOST.get(code, "Your customer's screen cannot be seen right now. The picture stands still.")


def hidden_words(count: int) -> str:
    """Return what the technician reads while the customer hides windows or areas."""
    return "1 area hidden by the customer." if count == 1 else f"{count} areas hidden by the customer."
