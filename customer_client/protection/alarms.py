"""The failures after which there is no going on, in words: somebody is not who they say, or sits in between. Pure."""

from dataclasses import dataclass

_DO_NOT = (
    "Do not go on. Hang up, and call the organisation at a number you found yourself: on a bill, a contract "
    "or your card."
)


@dataclass(frozen=True)
class Alarm:
    """What the red page says: a heading, what was found, and what to do."""

    heading: str
    text: str
    next_step: str = _DO_NOT


_NOT_VERIFIED = Alarm(
    "This person is not verified",
    "The person who wants to see your screen could not prove that they belong to the organisation. Nothing was shared.",
)
_INTERFERED = Alarm(
    "Somebody may be listening in",
    "The connection did not lead to the program it should lead to. Somebody may have put themselves in between. "
    "Nothing was shared with them.",
)
_OTHER_RELAY = Alarm(
    "This is not the right support server",
    "The server that answered is not the one this program belongs to. Nothing was shared.",
)

_OTHER_ORGANISATION = Alarm(
    "This support server belongs to somebody else",
    "It serves another organisation than the one this program is made for. Nobody has seen your screen. "
    "Nothing was shared.",
)
_UNPROVEN_RELAY = Alarm(
    "This is not the right support server",
    "The server that answered could not prove that it belongs to the organisation this program is made for. Somebody "
    "may have put another one in its place. Nothing was shared.",
)
_RELAYED_RELAY = Alarm(
    "Somebody may be in between",
    "The server that answered only passes on what the right support server says at another address. Nothing was "
    "shared with it.",
)
_OLD_PROOF = Alarm(
    "This support server could not prove who it is",
    "Its proof is out of date, or the clock of this computer is wrong. Nothing was shared.",
    "Look whether date and time of this computer are right. If they are, call the organisation at a number you found "
    "yourself, and tell them.",
)
_FORGED = Alarm(
    "Somebody may be in between",
    "What arrived was not made by the program of a technician who knows your number, or was changed on its way. "
    "Nothing was shared with them.",
)

_ALARMS = {
    "certificate_untrusted": _NOT_VERIFIED,
    "certificate_malformed": _NOT_VERIFIED,
    "identity_mismatch": _NOT_VERIFIED,
    "signature_invalid": _NOT_VERIFIED,
    "certificate_expired": Alarm(
        "This person is not verified",
        "The proof of who they are is out of date, so nobody can tell who they are. Nothing was shared.",
        "Ask your organisation to send you somebody else, or to try again later with a new code.",
    ),
    "binding_failed": _INTERFERED,
    "session_mismatch": _INTERFERED,
    "media_untrusted": _INTERFERED,
    "weak_protection": _INTERFERED,
    "confirmation_invalid": _FORGED,
    "share_invalid": _FORGED,
    "sealed_record_rejected": _FORGED,
    "relay_untrusted": _OTHER_RELAY,
    "organisation_mismatch": _OTHER_ORGANISATION,
    "relay_unproven": _UNPROVEN_RELAY,
    "relay_elsewhere": _RELAYED_RELAY,
    "relay_proof_expired": _OLD_PROOF,
}


def alarm_of(code: str) -> Alarm | None:
    """Return what to say in red about an error of this `code`; None for everyday trouble."""
    return _ALARMS.get(code)
