"""Electronic signatures at the relay: the password again, the signer's own certified device, exactly this record."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.audit.events import CUSTOMER
from protocol.audit.record_file import FiledEvent, Manifest, RecordFile
from protocol.audit.signatures import ElectronicSignature, Meaning, record_fingerprint, verify_signature
from protocol.errors import PeerError
from protocol.messages.review_api import NewSignature, ReviewedEvent
from protocol.pairing.certificates import root_id
from relay.accounts.people import Person
from relay.accounts.sign_in import SignInDesk
from relay.clock import MINUTE_MS, Clock
from relay.storage.organisation import OrganisationStore
from relay.storage.review_acts import ReviewActStore
from relay.storage.review_sessions import ReviewStore, SignedState
from relay.storage.sessions import SessionOwner

MOST_OFF_MS = 5 * MINUTE_MS
"""How far the signer's clock may be from the relay's."""

_NO_KEY = bytes(32)
_OF_OWN_WORK = frozenset({Meaning.PERFORMED, Meaning.RESPONSIBLE})
_OF_OTHERS_WORK = frozenset({Meaning.REVIEWED, Meaning.APPROVED, Meaning.RESPONSIBLE})


@dataclass(frozen=True)
class SigningDesk:
    """Checks a signature from every side before it is kept."""

    sign_in: SignInDesk
    organisation: OrganisationStore
    review: ReviewStore
    acts: ReviewActStore
    clock: Clock

    async def sign(self, person: Person, owner: SessionOwner, new: NewSignature, address: str) -> None:
        """Keep the signature of `person` on the session of `owner`.

        Raises:
            PeerError: `password_wrong`, `too_many_requests`; `signature_malformed`, `signature_invalid`,
                `signature_of_another_record`; `signature_refused` when it is not the signer's own, not of now, or
                does not mean what this signer can state; `signature_kept`.
        """
        await self.sign_in.confirm(person, new.password, address)
        state, now_ms = await self.review.signed_state(owner.session), self.clock()
        signature = verify_signature(
            new.document,
            root_id=root_id(state.organisation_key),
            session=owner.session,
            record_sha256=held_fingerprint(owner.session, state),
        )
        await self._check_signer(person, signature, now_ms)
        check_meaning(signature.meaning, own_work=person.id == owner.technician_id)
        await self.acts.sign(owner.session, new.document, person, now_ms)

    async def _check_signer(self, person: Person, signature: ElectronicSignature, now_ms: int) -> None:
        device = await self.organisation.current_device(person.id)
        certificate = signature.certificate
        if certificate.technician_id != person.id or device is None or device.signing_key != certificate.signing_key:
            raise _refused("It was not made with the certified computer you work with now.")
        if abs(signature.at_ms - now_ms) > MOST_OFF_MS:
            raise _refused("Its time is not the present time. Please check this computer's clock.")


def check_meaning(meaning: Meaning, *, own_work: bool) -> None:
    """Check that a signature of this meaning can be given: nobody reviews or approves their own work.

    Raises:
        PeerError: it cannot (`signature_refused`).
    """
    if meaning not in (_OF_OWN_WORK if own_work else _OF_OTHERS_WORK):
        whose = "your own session" if own_work else "somebody else's session"
        raise _refused(f"You cannot sign {whose} as {meaning.value}.")


def held_fingerprint(session: str, state: SignedState) -> str:
    """Return the fingerprint of the record of `session` as the relay holds it now."""
    manifest = Manifest(session, state.organisation_key, state.technician_certificate, _customer_key(state.events))
    events = tuple(FiledEvent(event.lane, event.event, event.signature) for event in state.events)
    return record_fingerprint(RecordFile(manifest, events))


def _customer_key(events: Sequence[ReviewedEvent]) -> bytes:
    return next((event.signer for event in events if event.lane == CUSTOMER), _NO_KEY)


def _refused(sentence: str) -> PeerError:
    return PeerError(sentence, code="signature_refused", user_text=f"The signature was not accepted. {sentence}")
