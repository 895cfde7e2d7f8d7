"""The technician's words for how inviting a colleague went."""

_REFUSALS = {
    "declined": "The customer did not let them join.",
    "withdrawn": "You have taken the invitation back.",
    "no_answer": "The customer did not answer.",
    "here_already": "They are here already, or invited.",
    "too_many": "The customer's computer takes no more people at a time.",
    "certificate_untrusted": "The customer's program could not verify them.",
    "certificate_expired": "Their certificate is not valid at the moment.",
    "certificate_malformed": "The customer's program could not read their certificate.",
}

_LEFT = {
    "left": "They have left.",
    "removed": "The customer has sent them away.",
    "connection_lost": "Their connection was lost.",
    "did_not_come": "They did not come within ten minutes.",
    "withdrawn": "You have taken the invitation back.",
    "not_awaited": "They were not waited for any longer.",
}


def refusal_sentence(reason: str) -> str:
    """Return why a colleague may not join."""
    return _REFUSALS.get(reason, _REFUSALS["declined"])


def left_sentence(reason: str) -> str:
    """Return why a colleague is not here any more."""
    return _LEFT.get(reason, "They are not connected any more.")
