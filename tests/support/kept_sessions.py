"""Whole sessions with true signatures and sealed bodies, as the relay is given them, and a relay that holds some."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.audit.events import EventType, log_name
from protocol.audit.log.certificate import issue_log_certificate
from protocol.audit.log.policy import NO_WITNESSES, print_policy
from protocol.audit.log.proof import parse_proof
from protocol.audit.sealed_body import open_stored_event, stored_event
from protocol.audit.session_record import SessionRecord
from protocol.messages.relay_api import DeliveredEvents
from protocol.messages.review_api import DepositedKeys, ReviewedEvent, ReviewedSession, SealedKey
from protocol.messages.signaling import StoredEvent
from protocol.pairing.certificates import read_certificate, root_id
from protocol.review_key import issue_review_certificate, record_key_info, seal_to_device, seal_to_review_key
from protocol.review_key import read_review_certificate as read_review
from relay.accounts.people import Person, Role
from relay.accounts.tokens import TOKEN_BYTES, token_hash, token_text
from relay.log.keys import log_keys
from relay.storage.accounts import AccountStore
from relay.storage.log import LogStore
from relay.storage.log_acts import acts_wait
from relay.storage.organisation import OrganisationStore
from relay.storage.review_keys import ReviewKeyStore
from relay.storage.sessions import MailboxStore
from tests.support.relay_in_process import PASSWORD, ServedRelay

__all__ = ["PASSWORD", "KeptSession", "ReviewStage", "review_stage"]


@dataclass
class KeptSession:
    """A session at the relay and what its two parties know of it."""

    session: str
    ticket: str
    record_key: bytes
    events: list[StoredEvent] = field(default_factory=list)


@dataclass
class ReviewStage:
    """A relay with a technician, a lead, an auditor and an administrator, all signed in, and a review key."""

    relay: ServedRelay
    people: dict[str, Person]
    headers: dict[str, dict[str, str]]
    device: Ed25519PrivateKey
    auditor_device: Ed25519PrivateKey
    review_key: X25519PrivateKey
    review_certificate: bytes

    async def sign_everybody_in(self) -> None:
        """Give everybody a new token, without the second that passwords take on purpose."""
        accounts = AccountStore(self.relay.database)
        for name, person in self.people.items():
            token = token_text(secrets.token_bytes(TOKEN_BYTES))
            await accounts.add_token(person.id, token_hash(token), self.relay.clock())
            self.headers[name] = {"Authorization": f"Bearer {token}"}

    async def ask(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """Make a request as `who`."""
        content = None if body is None else msgspec.json.encode(body)
        return await self.relay.http.request(method, path, content=content, headers=self.headers[who])

    async def certificate_of(self, who: str) -> bytes:
        device = await OrganisationStore(self.relay.database).current_device(self.people[who].id)
        assert device is not None
        assert device.certificate is not None
        return device.certificate

    async def reviewed(self, session: str, who: str = "auditor") -> ReviewedSession:
        answer = await self.ask(who, "GET", f"/api/v1/review/sessions/{session}")
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=ReviewedSession)

    async def ticket(self, customer: str = "Carla Customer", subject: str = "Printer") -> str:
        answer = await self.ask("technician", "POST", "/api/v1/tickets", {"subject": subject, "customer": customer})
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["number"]
        return number

    async def open(self, ticket: str | None = None, reason: str = "Have a look") -> KeptSession:
        """Open a session; nothing is recorded yet."""
        number = ticket or await self.ticket()
        answer = await self.ask("technician", "POST", f"/api/v1/tickets/{number}/sessions", {"reason": reason})
        assert answer.status_code == 201, answer.text
        return KeptSession(answer.json()["session"], number, secrets.token_bytes(32))

    async def keep(self, ticket: str | None = None, *, sealed: bool = True, deposit: bool = True) -> KeptSession:
        """Hold a whole session that ended: recorded, delivered, its key deposited, its mailbox closed."""
        kept = await self.open(ticket)
        await self.deliver(kept, sealed=sealed, deposit=deposit)
        await self.leave(kept)
        return kept

    async def deliver(self, kept: KeptSession, *, sealed: bool = True, deposit: bool = True) -> None:
        """Deliver a recorded session's events, and its key."""
        kept.events = self._recorded(kept, await self.certificate_of("technician"), sealed=sealed)
        for lane in "TC":
            delivered = DeliveredEvents(tuple(event for event in kept.events if event.lane == lane))
            answer = await self.ask("technician", "POST", f"/api/v1/sessions/{kept.session}/events", delivered)
            assert answer.status_code == 200, answer.text
        if deposit:
            answer = await self.ask("technician", "PUT", f"/api/v1/sessions/{kept.session}/key", await self.keys(kept))
            assert answer.status_code == 200, answer.text

    async def certify_log(self) -> None:
        """Let the organisation vouch for the relay's log, without witnesses."""
        now_s = self.relay.clock() // 1000
        certificate = issue_log_certificate(
            self.relay.root,
            log_keys(self.relay.data_dir).public,
            serial="log-1",
            organisation="Acme IT",
            policy=print_policy(NO_WITNESSES),
            require_receipt=False,
            not_before=now_s - 60,
            not_after=now_s + 86_400,
        )
        dates_ms = ((now_s - 60) * 1000, (now_s + 86_400) * 1000)
        await LogStore(self.relay.database).keep_certificate("log-1", certificate, dates_ms, now_s * 1000)

    async def erasure_proven(self, session: str) -> None:
        """Wait until a signed checkpoint of the log holds that the session was erased."""
        async with asyncio.timeout(30):
            while not any(b'"kind":"erasure"' in parse_proof(each).leaf for each in await self._receipts(session)):
                await asyncio.sleep(0.05)

    async def _receipts(self, session: str) -> tuple[bytes, ...]:
        return (await self.reviewed(session)).receipts

    async def logged(self) -> None:
        """Wait until every noted act is in the log."""
        async with asyncio.timeout(30):
            while await self._acts_wait():
                await asyncio.sleep(0.05)

    async def _acts_wait(self) -> bool:
        async with self.relay.database.reading() as session:
            return await acts_wait(session)

    async def leave(self, kept: KeptSession) -> None:
        """Close the session's mailbox."""
        mailboxes = MailboxStore(self.relay.database)
        mailbox = await mailboxes.of_session(kept.session)
        assert mailbox is not None
        await mailboxes.close(mailbox.mailbox, self.relay.clock())

    async def keys(self, kept: KeptSession) -> DepositedKeys:
        """Return the session's record key as its technician deposits it."""
        info, review = record_key_info(kept.session), read_review(self.review_certificate)
        device = read_certificate(await self.certificate_of("technician"))
        return DepositedKeys(
            review=SealedKey(review.serial, seal_to_review_key(review, info, kept.record_key)),
            device=SealedKey(device.serial, seal_to_device(device, info, kept.record_key)),
        )

    def _recorded(self, kept: KeptSession, certificate: bytes, *, sealed: bool) -> list[StoredEvent]:
        customer = Ed25519PrivateKey.generate()
        keys = {"C": customer, "T": self.device}
        signers = {lane: key.public_key().public_bytes_raw() for lane, key in keys.items()}
        log = log_name(root_id(self.relay.root.public_key().public_bytes_raw()), 2027)
        parties = {
            lane: SessionRecord(
                session=kept.session,
                lane=lane,
                own_key=keys[lane],
                peer_key=signers["T" if lane == "C" else "C"],
                log=log,
                entropy=secrets.token_bytes,
            )
            for lane in "CT"
        }
        written: list[StoredEvent] = []

        def write(lane: str, type: EventType, body: dict[str, object], answers: int = -1) -> None:
            at_ms = self.relay.clock() + len(written)
            recorded = parties[lane].append(type, body, t_ms=at_ms, mono_ms=len(written), answers=answers)
            parties["T" if lane == "C" else "C"].accept(recorded)
            written.append(stored_event(kept.record_key, recorded, signers[lane]))

        same: dict[str, object] = {
            "ticket": kept.ticket,
            "certificate_sha256": hashlib.sha256(certificate).hexdigest(),
            "customer_key": signers["C"].hex(),
            "th": "5e" * 32,
        }
        asked = {"subject": "Printer", "purpose": "Have a look", "capabilities": ["see"]}
        write("T", EventType.SESSION_OPEN, same | asked)
        name = self.people["technician"].display_name
        write("C", EventType.SESSION_OPEN, same | {"organisation": "Acme IT", "technician": name})
        write("C", EventType.CONSENT_GRANT, {"capability": "see", "expires_in_s": 0}, answers=0)
        write("C", EventType.NOTE, {"text": f"planted words of {kept.session}"})
        if sealed:
            for lane in "CT":
                write(lane, EventType.SESSION_END, {"reason": "done"})
            for lane in "TC":
                write(lane, EventType.SESSION_SEAL, parties[lane].seal_body("done"))
        return written


def opened_bodies(events: tuple[ReviewedEvent, ...], record_key: bytes) -> list[bytes]:
    """Return the bodies of a reviewed session."""
    stored = [StoredEvent(one.lane, one.event, one.signature, one.signer, one.sealed_body) for one in events]
    return [open_stored_event(record_key, one).body for one in stored]


async def review_stage(relay: ServedRelay) -> ReviewStage:
    """Prepare `relay` with people of every role, certified devices and a review key."""
    await relay.make_organisation()
    people = {role.value: await relay.add_person(role.value, role) for role in Role}
    device, auditor_device = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    sealing = X25519PrivateKey.generate().public_key().public_bytes_raw()
    await relay.certify(people["technician"], device.public_key().public_bytes_raw(), sealing_key=sealing)
    await relay.certify(people["auditor"], auditor_device.public_key().public_bytes_raw(), sealing_key=sealing)
    review_key, now_s = X25519PrivateKey.generate(), relay.clock() // 1000
    certificate = issue_review_certificate(
        relay.root,
        serial="review-1",
        organisation="Acme IT",
        sealing_key=review_key.public_key().public_bytes_raw(),
        not_before=now_s,
        not_after=now_s + 365 * 86_400,
    )
    await ReviewKeyStore(relay.database).add(certificate, relay.clock())
    stage = ReviewStage(relay, people, {}, device, auditor_device, review_key, certificate)
    await stage.sign_everybody_in()
    return stage
