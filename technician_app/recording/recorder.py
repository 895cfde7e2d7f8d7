"""Records a session while the customer allows it: what was received, sealed, on disk and hashed into the record.

Runs on the network thread. Never in the way of the session: what cannot be written ends the recording, nothing else.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from protocol.audit.events import EventType
from protocol.chat import ChatLine
from protocol.errors import DesksideError
from protocol.messages.consent import Capability
from protocol.pairing.certificates import TechnicianCertificate
from protocol.recording.container import KEY_BYTES, RecordingHeader
from protocol.recording.keys import recipients
from protocol.recording.writer import RecordingWriter
from protocol.review_key import ReviewCertificate
from protocol.transport.record_keeper import SessionOver
from protocol.transport.tasks import create_task
from protocol.transport.voice.codec import ReceivedVoice
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.recording.happenings import Happenings, Record
from technician_app.recording.picture_tap import PictureTap
from technician_app.recording.recording_file import RecordingFile
from technician_app.recording.taking import Taking
from technician_app.recording.tape import Tape

LOOK_S = 0.5
"""How often the record and the conversation are looked through for what is new."""

STATE_WITHIN_S = 3.0
"""So long after the beginning, or after an update that cannot be shown, the picture is asked for anew."""

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """What keeps the session's record: see `protocol.transport.record_keeper.RecordKeeper`."""

    @property
    def record(self) -> Record:
        """The events held."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


class Picture(Protocol):
    """Where the picture comes in: see `technician_app.controllers.picture.PictureController`."""

    def listen(self, tap: PictureTap | None) -> None:
        """Let `tap` have what comes from now on."""

    def want_epoch(self) -> None:
        """Have the picture begun anew."""


@dataclass(frozen=True)
class RecordedSession:
    """Whose recording it is, where it goes and who can open it.

    `review_certificate` returns the organisation's, verified, or None when it has none; it must not take long.
    """

    session: str
    ticket: str
    folder: Path
    device: TechnicianCertificate
    review_certificate: Callable[[], Coroutine[Any, Any, ReviewCertificate | None]]


class SessionRecorder(PermissionOwner):
    """Owns `recording`. `lines` returns the conversation so far, `said` gets a sentence when recording has failed.

    `begun` gets the path and number of each new file, as soon as there is one.
    """

    def __init__(
        self,
        about: RecordedSession,
        *,
        keeper: Keeper,
        permissions: AskedPermissions,
        picture: Picture,
        lines: Callable[[], tuple[ChatLine, ...]],
        said: Callable[[str], None],
        begun: Callable[[Path, int], None] = lambda path, number: None,
    ) -> None:
        self._about = about
        self._keeper = keeper
        self._permissions = permissions
        self._picture = picture
        self._lines = lines
        self._said = said
        self._begun = begun
        self._paused = False
        self._why_paused = ""
        self._hidden = 0
        self._display: tuple[int, int] | None = None
        self._work: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._why = ""
        self._taking: Taking | None = None
        permissions.register(self, Capability.RECORDING)

    # --- what comes from the session

    def paused(self, paused: bool, why: str = "") -> None:
        """Sharing was paused (`why`: a sentence), or goes on."""
        self._paused, self._why_paused = paused, why
        if self._taking is not None:
            self._taking.pause(paused, why)

    def areas_hidden(self, count: int) -> None:
        """So many windows and areas are painted over at the customer's side."""
        self._hidden = count
        if self._taking is not None:
            self._taking.hide(count)

    def display_described(self, width: int, height: int) -> None:
        """The customer's display has this size."""
        self._display = (width, height)
        if self._taking is not None:
            self._taking.display_described(width, height)

    def voice_came(self, received: ReceivedVoice) -> None:
        """The customer said something."""
        if self._taking is not None:
            self._taking.voice_came(received)

    def voice_went(self, timestamp: int, data: bytes) -> None:
        """The technician said something: 20 ms of Opus at this RTP time."""
        if self._taking is not None:
            self._taking.voice_went(timestamp, data)

    @property
    def on(self) -> bool:
        """Whether a recording is being made."""
        return self._work is not None and not self._work.done()

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        """Begin: the record says so before anything else that arrives is looked at."""
        await self._end("")
        try:
            review = await self._about.review_certificate()
            file = await asyncio.to_thread(RecordingFile.create, self._about.folder)
            try:
                tape = await self._begin_tape(file, review)
            except BaseException:
                file.close()
                raise
        except SessionOver:
            return
        except DesksideError as error:
            self._failed(error)
            return
        self._stop = asyncio.Event()
        self._work = create_task(self._record(file, tape, self._stop), name="record the session")

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        """Stop at once; returns when the file is finished."""
        await self._end(reason)

    # --- inside

    async def _end(self, reason: str) -> None:
        work, self._work = self._work, None
        if work is not None:
            self._why = reason
            self._let_go()
            self._stop.set()
            await asyncio.wait({work})

    def _let_go(self) -> None:
        self._picture.listen(None)
        self._taking = None

    async def _record(self, file: RecordingFile, tape: Tape, stop: asyncio.Event) -> None:
        try:
            ended_ms = await self._take_in(tape, stop)
            await tape.finish(self._why, ended_ms)
        except SessionOver:
            _log.info("the session ended before the recording was noted as finished")
        except DesksideError as error:
            self._failed(error)
        finally:
            self._let_go()
            await asyncio.to_thread(file.close)

    def _failed(self, error: DesksideError) -> None:
        _log.warning("recording ended: %s (%s)", error, error.code)
        self._said(error.user_text)
        create_task(self._permissions.give_back(Capability.RECORDING), name="recording failed")

    async def _begin_tape(self, file: RecordingFile, review: ReviewCertificate | None) -> Tape:
        about, key = self._about, secrets.token_bytes(KEY_BYTES)
        header = RecordingHeader(
            v=1,
            session=about.session,
            recording=file.number,
            ticket=about.ticket,
            started_at_ms=time.time_ns() // 1_000_000,
            recipients=recipients(key, about.session, file.number, about.device, review),
        )
        tape = Tape(RecordingWriter(header, key), file, self._keeper)
        await tape.begin(reviewable=review is not None)
        self._begun(file.path, file.number)
        return tape

    async def _take_in(self, tape: Tape, stop: asyncio.Event) -> int:
        self._taking = taking = Taking()
        happenings = Happenings(self._keeper.record, self._lines, lambda: self._permissions.allows(Capability.CHAT))
        if self._display is not None:
            taking.display_described(*self._display)
        if self._hidden:
            taking.hide(self._hidden)
        taking.pause(self._paused, self._why_paused)
        self._picture.listen(taking)
        asked_at = time.monotonic()
        while not stop.is_set():
            self._look(happenings, taking)
            await tape.take_from(taking)
            asked_at = self._ask_for_state(taking, asked_at)
            await taking.wait(LOOK_S)
            if not stop.is_set():
                await asyncio.sleep(0.05)  # what comes at once is written together
        # what happened since the last look did so before recording had to stop
        self._look(happenings, taking)
        await tape.take_from(taking)
        return taking.now_ms

    @staticmethod
    def _look(happenings: Happenings, taking: Taking) -> None:
        for entry in happenings.new(taking.now_ms):
            taking.note(entry.kind, entry.body)

    def _ask_for_state(self, taking: Taking, asked_at: float) -> float:
        """Ask for a picture that can be shown if none came by itself; return when that was done last."""
        now = time.monotonic()
        since = taking.skipped_at if taking.has_state or taking.skipped_at is not None else asked_at
        if self._paused or since is None or now - max(since, asked_at) < STATE_WITHIN_S:
            return asked_at
        self._picture.want_epoch()
        return now
