"""Asks a relay that the person has confirmed whose it is: that organisation is trusted in this run, and no other."""

import msgspec

from customer_client.session.relay_requests import request_relay
from customer_client.trust import Trust
from protocol.errors import PeerError
from protocol.messages.relay_api import RelayIdentity

PATH = "/api/v1/identity"
_ROOT_ID_BYTES = 32


def pinned_trust(relay: str) -> Trust:
    """Return the trust in the organisation that the relay at `relay` (an origin) names. Blocks: in a thread only.

    The relay's certificate is checked as browsers do it, so whoever holds the domain decides; a lie costs them the
    session, because the technician's certificate has to come from the same organisation.

    Raises:
        EnvironmentFault: it cannot be reached, or cannot prove to have that name (the codes of `relay_fault`, or
            `relay_untrusted`).
        PeerError: what answers is no relay with an organisation (`not_deskside`).
    """
    answer = request_relay(relay, PATH)
    try:
        identity = msgspec.json.decode(answer, type=_Identity)
        root_id = bytes.fromhex(identity.root_id)
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
        raise not_deskside(str(error)) from error
    if len(root_id) != _ROOT_ID_BYTES:
        raise not_deskside(f"a root id of {len(root_id)} bytes")
    return Trust(relay, root_id)


class _Identity(RelayIdentity, frozen=True, forbid_unknown_fields=False):
    """What a relay says about itself; a newer one may say more."""


def not_deskside(detail: str) -> PeerError:
    """Return the error when something answers that is no relay with an organisation."""
    return PeerError(detail, code="not_deskside", user_text="There is no support server at this address.")
