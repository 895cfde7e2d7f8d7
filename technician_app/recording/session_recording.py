"""Recording as a running session has it: the recorder, its uploads, and where the session tells them what happens."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from protocol.errors import DesksideError
from protocol.messages.protection import PauseReason
from protocol.pairing.certificates import read_certificate
from protocol.review_key import ReviewCertificate
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.tasks import create_task
from technician_app.controllers.chat import TechnicianChat
from technician_app.controllers.permissions import AskedPermissions
from technician_app.controllers.picture import PictureController
from technician_app.controllers.relay_api import RelayApi
from technician_app.controllers.session_record import RecordFacts
from technician_app.controllers.voice import TechnicianVoice
from technician_app.recording.recorder import RecordedSession, SessionRecorder
from technician_app.recording.store_api import RecordingStoreApi
from technician_app.recording.uploading import LineWatch, LiveUpload

_log = logging.getLogger(__name__)

REVIEW_KEY_S = 1.0
"""How long the beginning of a recording waits for the relay to name the review key, if it has not before."""

_WHY = {
    PauseReason.CUSTOMER: "The customer paused sharing",
    PauseReason.MONEY: "The picture stopped: a page about money was in front",
    PauseReason.NO_ANSWER: "Sharing waited for the customer's answer",
}


class SessionRecording:
    """Made with its session; nothing is recorded before `attach` and a grant. `said` gets what went wrong."""

    def __init__(self, api: RelayApi, facts: RecordFacts, said: Callable[[str], None]) -> None:
        self._store = RecordingStoreApi(api)
        self._facts = facts
        self._said = said
        self._line = LineWatch()
        self._upload = LiveUpload(self._store, facts.opened.session, self._line)
        self._recorder: SessionRecorder | None = None
        self._review: asyncio.Task[ReviewCertificate | None] | None = None

    def attach(
        self,
        keeper: RecordKeeper,
        permissions: AskedPermissions,
        picture: PictureController,
        voice: TechnicianVoice,
        chat: TechnicianChat,
    ) -> None:
        """Name the parts of the session that are recorded; asking for `recording` is possible from here on."""
        facts = self._facts
        about = RecordedSession(
            session=facts.opened.session,
            ticket=facts.opened.ticket,
            folder=facts.folder,
            device=read_certificate(facts.certificate),
            review_certificate=self._review_certificate,
        )
        self._recorder = SessionRecorder(
            about,
            keeper=keeper,
            permissions=permissions,
            picture=picture,
            lines=lambda: chat.lines,
            said=self._said,
            begun=self._begun,
        )
        self._review = create_task(self._ask_for_review_certificate(), name="review key")
        voice.listen_in(self._recorder.voice_came, self._recorder.voice_went)

    def paused(self, because: PauseReason | None) -> None:
        """Sharing was paused, or (None) goes on."""
        if self._recorder is not None:
            self._recorder.paused(because is not None, "" if because is None else _WHY[because])

    def areas_hidden(self, count: int) -> None:
        """So many windows and areas are painted over at the customer's side."""
        if self._recorder is not None:
            self._recorder.areas_hidden(count)

    def display_described(self, width: int, height: int) -> None:
        """The customer's display has this size."""
        if self._recorder is not None:
            self._recorder.display_described(width, height)

    def round_trip_measured(self, round_trip_ms: float) -> None:
        """Uploading makes room when the line is busy."""
        self._line.round_trip_measured(round_trip_ms)

    async def upload_forever(self) -> None:
        """Upload what is recorded, until cancelled."""
        await self._upload.run()

    def _begun(self, path: Path, number: int) -> None:
        self._upload.recorded(path, number)

    async def _review_certificate(self) -> ReviewCertificate | None:
        """Return what was asked for when the session began; ask again, for a moment, if that failed."""
        if self._review is None or (self._review.done() and self._review.result() is None):
            self._review = create_task(self._ask_for_review_certificate(), name="review key")
        await asyncio.wait({self._review}, timeout=REVIEW_KEY_S)
        return self._review.result() if self._review.done() else None

    async def _ask_for_review_certificate(self) -> ReviewCertificate | None:
        try:
            return await self._store.review_certificate(self._facts.organisation.root_key)
        except DesksideError as error:
            _log.warning("the organisation's review key is not known: %s (%s)", error, error.code)
            return None
