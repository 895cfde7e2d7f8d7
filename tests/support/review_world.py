"""A relay with recorded sessions and people of every role, and profiles whose devices it has certified."""

import asyncio
import hashlib
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType, log_name
from protocol.audit.sealed_body import stored_event
from protocol.audit.session_record import SessionRecord
from protocol.messages.relay_api import DeliveredEvents
from protocol.messages.signaling import StoredEvent
from protocol.pairing.certificates import read_certificate, root_id
from protocol.recording.container import KEY_BYTES, RecordingHeader
from protocol.recording.keys import recipients
from protocol.review_key import read_review_certificate, write_key_file
from relay.storage.recording_files import FOLDER, RecordingFolder
from relay.storage.recording_store import RecordingStore
from technician_app.controllers.account import AccountController, AccountStep, AccountViewState
from technician_app.controllers.profile import Profile
from technician_app.controllers.review import (
    ReviewController,
    ReviewListState,
    ReviewPageState,
    ReviewShown,
    ReviewToolsState,
)
from technician_app.controllers.review_policy import PolicyResult
from tests.support.kept_sessions import PASSWORD, KeptSession, ReviewStage, review_stage
from tests.support.recordings import Scene, Tape
from tests.support.relay_in_process import ServedRelay, served_relay

PASSPHRASE = "twelve words or more"
_SHA = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("setup.log", "driver.zip", "hello")}


@asynccontextmanager
async def present_stage(folder: Path) -> AsyncIterator[ReviewStage]:
    """A relay whose clock stands at the present time."""
    async with served_relay(folder / "relay") as relay:
        relay.clock.now_ms = int(time.time() * 1000)
        yield await review_stage(relay)


@dataclass
class ReviewTown:
    """A relay in a thread of its own, sessions at it, and the profile of a certified auditor."""

    url: str
    profile: Profile
    key_file: Path
    eventful: str
    short: tuple[str, ...]
    administrator: Profile


@contextmanager
def review_town(folder: Path, *, short: int = 2) -> Iterator[ReviewTown]:
    """Serve one eventful and some short sessions until the block ends."""
    made: Future[ReviewTown] = Future()
    over = threading.Event()

    async def live() -> None:
        async with present_stage(folder) as stage:
            made.set_result(await _settle(stage, folder, short))
            while not over.is_set():
                await asyncio.sleep(0.05)

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:
            if made.done():
                raise
            made.set_exception(error)

    thread = threading.Thread(target=run, name="relay of the review tests")
    thread.start()
    try:
        yield made.result(60)
    finally:
        over.set()
        thread.join(60)


async def _settle(stage: ReviewStage, folder: Path, short: int) -> ReviewTown:
    kept = await stage.open(await stage.ticket("Carla Customer", "Printer prints blank pages"), "Look at the printer")
    await eventful_session(stage, kept)
    shorts = [
        (await stage.keep(await stage.ticket(customer, subject), sealed=number % 3 != 2)).session
        for number, (customer, subject) in zip(range(short), _CUSTOMERS * 9, strict=False)
    ]
    profile = await certified_profile(stage.relay, stage, "auditor", folder)
    await _record(stage, kept)
    return ReviewTown(
        stage.relay.url,
        profile,
        review_key_file(stage, folder),
        kept.session,
        tuple(shorts),
        await certified_profile(stage.relay, stage, "administrator", folder),
    )


async def _record(stage: ReviewStage, kept: KeptSession) -> None:
    """Leave a short recording of the session at the relay, sealed to its technician's device and the review key."""
    key = secrets.token_bytes(KEY_BYTES)
    device = read_certificate(await stage.certificate_of("technician"))
    sealed = recipients(key, kept.session, 0, device, read_review_certificate(stage.review_certificate))
    tape = Tape(key, RecordingHeader(1, kept.session, 0, kept.ticket, stage.relay.clock(), sealed))
    scene = Scene(7)
    for t_ms in range(0, 3000, 500):
        scene.change()
        update = scene.update(t_ms, new_epoch=t_ms == 0)
        if update is not None:
            tape.update(t_ms, update)
    tape.finish(3000)
    store = RecordingStore(stage.relay.database, RecordingFolder(stage.relay.data_dir / FOLDER))
    await store.append(kept.session, 0, 0, bytes(tape.data), last=True, now_ms=stage.relay.clock())


_CUSTOMERS = (
    ("Maria Lopez", "Mail does not open"),
    ("Bob Builder", "VPN drops every hour"),
    ("Ann Archer", "New screen stays dark"),
    ("Wei Chen", "Cannot print on the second floor"),
    ("Olu Adeyemi", "Spreadsheet is very slow"),
)


def review_key_file(stage: ReviewStage, folder: Path) -> Path:
    path = folder / "acme-review.key"
    path.write_bytes(write_key_file(stage.review_key, PASSPHRASE.encode(), bytes))
    return path


async def certified_profile(relay: ServedRelay, stage: ReviewStage, who: str, folder: Path) -> Profile:
    """Return a profile whose device the organisation has certified for `who`."""
    profile = Profile.open(folder / who)
    keys = profile.device_keys()
    await relay.certify(stage.people[who], keys.signing_public, sealing_key=keys.sealing_public)
    return profile


class Desk:
    """A reviewer's controllers, signed in, and the newest of everything they have shown."""

    def __init__(self, profile: Profile) -> None:
        self.account_state = AccountViewState(AccountStep.SIGNED_OUT)
        self.list = ReviewListState()
        self.page = ReviewPageState()
        self.tools = ReviewToolsState()
        self.policy = PolicyResult(0)
        self.account = AccountController(profile=profile, publish=lambda state: setattr(self, "account_state", state))
        self.review = ReviewController(
            account=self.account,
            profile=profile,
            shown=ReviewShown(
                list=lambda state: setattr(self, "list", state),
                page=lambda state: setattr(self, "page", state),
                tools=lambda state: setattr(self, "tools", state),
                policy=lambda state: setattr(self, "policy", state),
            ),
        )


@asynccontextmanager
async def signed_in_desk(stage: ReviewStage, who: str, folder: Path) -> AsyncIterator[Desk]:
    """Sign `who` in with a certified device and show the newest sessions."""
    desk = Desk(await certified_profile(stage.relay, stage, who, folder))
    try:
        await desk.account.sign_in(stage.relay.url, who, PASSWORD)
        assert desk.account_state.step is AccountStep.READY, desk.account_state
        await desk.review.begin()
        yield desk
    finally:
        await desk.account.close()


class _Story:
    """Two parties that write one session's events, some seconds apart."""

    def __init__(self, stage: ReviewStage, kept: KeptSession) -> None:
        self._keys = {"C": Ed25519PrivateKey.generate(), "T": stage.device}
        self.signers = {lane: key.public_key().public_bytes_raw() for lane, key in self._keys.items()}
        self._kept = kept
        self._began_ms = stage.relay.clock()
        self._after_ms = 0
        log = log_name(root_id(stage.relay.root.public_key().public_bytes_raw()), 2026)
        self._parties = {
            lane: SessionRecord(
                session=kept.session,
                lane=lane,
                own_key=self._keys[lane],
                peer_key=self.signers["T" if lane == "C" else "C"],
                log=log,
                entropy=secrets.token_bytes,
            )
            for lane in "CT"
        }
        self.events: list[StoredEvent] = []

    def write(
        self, lane: str, type: EventType, body: dict[str, object], *, after_s: float = 4, answers: int = -1
    ) -> int:
        """Record an event `after_s` later and return its seq."""
        self._after_ms += int(after_s * 1000)
        seq = self._parties[lane].count(lane)
        at_ms = self._began_ms + self._after_ms
        recorded = self._parties[lane].append(type, body, t_ms=at_ms, mono_ms=self._after_ms, answers=answers)
        self._parties["T" if lane == "C" else "C"].accept(recorded)
        self.events.append(stored_event(self._kept.record_key, recorded, self.signers[lane]))
        return seq

    def allow(self, capability: str, *, lasts_s: int = 0, answers: int | None = None, after_s: float = 6) -> None:
        if answers is None:
            answers = self.write("T", EventType.CONSENT_ASK, {"capability": capability, "reason": "to help you"})
        grant = {"capability": capability, "expires_in_s": lasts_s}
        self.write("C", EventType.CONSENT_GRANT, grant, answers=answers, after_s=after_s)

    def file(self, sender: str, name: str, size_bytes: int) -> None:
        other = "T" if sender == "C" else "C"
        sha256 = _SHA[name]
        file: dict[str, object] = {"sha256": sha256, "name": name, "size_bytes": size_bytes}
        offered = self.write(sender, EventType.FILE_OFFERED, file)
        accepted = self.write(other, EventType.FILE_ACCEPTED, file, answers=offered)
        self.write(sender, EventType.FILE_SENT, file, answers=accepted)
        self.write(other, EventType.FILE_RECEIVED, file, answers=offered, after_s=11)

    def end(self) -> None:
        for lane in "CT":
            self.write(lane, EventType.SESSION_END, {"reason": "stopped_by_customer"}, after_s=1)
        for lane in "TC":
            seal = self._parties[lane].seal_body("stopped_by_customer")
            self.write(lane, EventType.SESSION_SEAL, seal, after_s=1)


async def eventful_session(stage: ReviewStage, kept: KeptSession) -> None:
    """Record and deliver a session of ten minutes in which nearly everything happened."""
    certificate = await stage.certificate_of("technician")
    story = _Story(stage, kept)
    same: dict[str, object] = {
        "ticket": kept.ticket,
        "certificate_sha256": hashlib.sha256(certificate).hexdigest(),
        "customer_key": story.signers["C"].hex(),
        "th": "5e" * 32,
    }
    asked = ["see", "chat", "control"]
    opening = {
        "subject": "Printer prints blank pages",
        "purpose": "Look at the printer with you",
        "capabilities": asked,
    }
    opened = story.write("T", EventType.SESSION_OPEN, same | opening)
    name = stage.people["technician"].display_name
    story.write("C", EventType.SESSION_OPEN, same | {"organisation": "Acme IT", "technician": name})
    story.allow("see", answers=opened, after_s=21)
    story.allow("chat", answers=opened, after_s=1)
    story.write("T", EventType.LINK_PATH, {"path": "direct"})
    story.write("T", EventType.CHAT_SENT, {"bytes": 41, "sha256": _SHA["hello"]})
    story.write("C", EventType.CHAT_SENT, {"bytes": 12, "sha256": _SHA["hello"]}, after_s=17)
    story.allow("control", lasts_s=300, after_s=9)
    story.write("C", EventType.CONTROL_TAKE, {})
    for _ in range(3):
        story.write("C", EventType.INPUT_SUMMARY, {"keys": 41, "clicks": 7}, after_s=10)
    story.allow("files_to_technician", lasts_s=900)
    story.file("C", "setup.log", 48_213)
    story.allow("files_to_customer", lasts_s=900)
    story.file("T", "driver.zip", 6_412_884)
    story.write("C", EventType.SHARING_PAUSE, {})
    story.write("C", EventType.SHARING_RESUME, {}, after_s=42)
    story.write("T", EventType.NOTE, {"text": "Replaced the printer driver and printed a test page."}, after_s=70)
    story.write("C", EventType.CONTROL_RELEASE, {})
    story.write("C", EventType.CONSENT_REVOKE, {"capability": "control"}, after_s=1)
    story.end()
    kept.events = story.events
    await _deliver(stage, kept)


async def _deliver(stage: ReviewStage, kept: KeptSession) -> None:
    path = f"/api/v1/sessions/{kept.session}"
    for lane in "TC":
        delivered = DeliveredEvents(tuple(event for event in kept.events if event.lane == lane))
        answer = await stage.ask("technician", "POST", f"{path}/events", delivered)
        assert answer.status_code == 200, answer.text
    answer = await stage.ask("technician", "PUT", f"{path}/key", await stage.keys(kept))
    assert answer.status_code == 200, answer.text
    await stage.leave(kept)
