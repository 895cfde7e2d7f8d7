"""Brings a session from the relay and verifies it here, off the event loop. Network thread."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from protocol.errors import DesksideError, PeerError
from protocol.messages.relay_api import Attachment
from protocol.messages.review_api import ReviewedSession, SessionCare
from technician_app.controllers.account import AccountController, Identity
from technician_app.controllers.profile import Profile
from technician_app.controllers.review_api import ReviewApi
from technician_app.controllers.review_evidence import Evidence, evidence_of
from technician_app.controllers.review_keys import ReviewKeyRing
from technician_app.controllers.review_page import SessionPage, care_page, history_of, page_of
from technician_app.controllers.review_root import pinned_root
from technician_app.controllers.session_report import TRANSCRIPT_KIND
from technician_app.recording.store_api import RecordingStoreApi

_log = logging.getLogger(__name__)
READS_NO_RECORDS = "administrator"
CARES = "administrator"
"""Who sets legal holds and erases: the same role, which never reads what it erases."""


@dataclass(frozen=True)
class ReadSession:
    """What the relay answered and what it proves."""

    reviewed: ReviewedSession
    evidence: Evidence


class ReviewReader:
    """Uses whoever is signed in. Every method raises DesksideError: the relay, the disk, or nobody is signed in."""

    def __init__(self, account: AccountController, profile: Profile, keys: ReviewKeyRing) -> None:
        self._account = account
        self._profile = profile
        self._keys = keys

    @property
    def identity(self) -> Identity:
        """Who reads."""
        return self._account.identity

    @property
    def api(self) -> ReviewApi:
        """The relay's review routes, as whoever is signed in."""
        return ReviewApi(self._account.api)

    async def read(self, session: str, step: Callable[[str], None] = lambda _text: None) -> ReadSession:
        """Return a session with its evidence; `step` is told what is being done."""
        identity = self.identity
        root = await asyncio.to_thread(pinned_root, self._profile, identity)
        step("Fetching the session")
        reviewed = await self.api.session(session)
        if reviewed.found.session != session:
            raise PeerError("another session than asked for", code="relay_answer_malformed")
        step(f"Verifying {len(reviewed.events)} events")
        device = self._profile.device_keys().sealing
        key = self._keys.record_key(session, reviewed.keys, device)
        evidence = await asyncio.to_thread(evidence_of, reviewed, root_id=root, record_key=key)
        return ReadSession(reviewed, evidence)

    async def page(self, session: str, step: Callable[[str], None]) -> SessionPage:
        """Return the page of a session, as far as the reader's role goes."""
        if self.identity.account.role == READS_NO_RECORDS:
            return care_page(await self.api.care(session))
        read = await self.read(session, step)
        found = read.reviewed.found
        page = await asyncio.to_thread(page_of, read.evidence, found)
        own = found.technician_id == self.identity.account.id
        care = SessionCare(found, read.reviewed.holds, read.reviewed.erasures, read.reviewed.acts)
        return replace(
            page,
            history=history_of(care),
            recorded=not own,
            own=own,
            joined=tuple(dict.fromkeys((*page.joined, *read.reviewed.joined))),
            recordings=await self._recordings(session),
            chat=await self._chat(found.ticket, read.reviewed.attachments),
        )

    async def _recordings(self, session: str) -> tuple[int, ...]:
        try:
            stored = await RecordingStoreApi(self._account.api).stored(session)
        except PeerError as error:
            _log.info("no recordings of %s: %s", session, error)
            return ()
        return tuple(sorted(each.recording for each in stored))

    async def _chat(self, ticket: str, attachments: tuple[Attachment, ...]) -> tuple[str, ...]:
        """Return what was written, as it was attached; or why it cannot be read here."""
        found = []
        for each in attachments:
            if each.kind != TRANSCRIPT_KIND:
                continue
            try:
                sealed = await self._account.api.attachment(ticket, each.id)
                content = self._account.open_attachment(ticket, sealed)
                found.append(content.decode("utf-8", errors="replace"))
            except DesksideError as error:
                found.append(f"{each.name} cannot be read here: {error.user_text}")
        return tuple(found)
