"""A recorder with everything a session gives it, but for the session: a record in memory, a picture made here."""

import asyncio
from collections.abc import Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.audit.events import EventType
from protocol.messages.consent import Capability
from protocol.pairing.certificates import issue_certificate, read_certificate
from protocol.recording.reader import RecordingReader
from protocol.review_key import issue_review_certificate, read_review_certificate
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from technician_app.recording.opening import unlock_with_device
from technician_app.recording.picture_tap import PictureTap, StillPicture
from technician_app.recording.recorder import RecordedSession, SessionRecorder
from technician_app.recording.recording_file import FileSource, recording_path
from tests.support.recordings import SESSION, Scene

ROOT = Ed25519PrivateKey.generate()
DEVICE = X25519PrivateKey.generate()
REVIEW = X25519PrivateKey.generate()
TIMES = {"not_before": 0, "not_after": 4_000_000_000}


def device_certificate():
    return read_certificate(
        issue_certificate(
            ROOT,
            serial="1",
            technician_id="tess",
            name="Tess",
            organisation="Acme",
            signing_key=bytes(range(32)),
            sealing_key=DEVICE.public_key().public_bytes_raw(),
            roles=["technician"],
            **TIMES,
        )
    )


def review_certificate():
    key = REVIEW.public_key().public_bytes_raw()
    return read_review_certificate(
        issue_review_certificate(ROOT, serial="r1", organisation="Acme", sealing_key=key, **TIMES)
    )


class MemoryKeeper:
    """Writes lane T; `happened` adds to lane C."""

    def __init__(self) -> None:
        self.lanes: dict[str, list[SimpleNamespace]] = {"C": [], "T": []}

    @property
    def record(self) -> "MemoryKeeper":
        return self

    def event(self, lane: str, seq: int):
        return self.lanes[lane][seq]

    def count(self, lane: str) -> int:
        return len(self.lanes[lane])

    def happened(self, kind: EventType, body: Mapping[str, object]) -> None:
        self.lanes["C"].append(SimpleNamespace(event=SimpleNamespace(type=kind, lane="C"), body=dict(body)))

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        self.lanes["T"].append(SimpleNamespace(event=SimpleNamespace(type=type, lane="T"), body=dict(body)))
        return len(self.lanes["T"]) - 1

    def told(self, kind: EventType) -> list[dict[str, object]]:
        return [held.body for held in self.lanes["T"] if held.event.type is kind]


class Allowed:
    """What a recorder asks of the permissions."""

    def __init__(self) -> None:
        self.chat = True
        self.given_back: list[Capability] = []

    def register(self, owner: object, *capabilities: Capability) -> None:
        self.owner = owner

    def allows(self, capability: Capability) -> bool:
        return self.chat

    async def give_back(self, capability: Capability) -> None:
        self.given_back.append(capability)


class RecorderStage:
    """`update` lets the screen change and the session see it; `shown` is what it showed, by the time it did."""

    def __init__(self, folder: Path, *, for_review: bool = True) -> None:
        self.folder = folder / "sessions" / SESSION
        self.folder.mkdir(parents=True, exist_ok=True)
        self.profile = folder
        self.keeper, self.permissions = MemoryKeeper(), Allowed()
        self.scene, self.decoder = Scene(5), ScreenStreamDecoder(1 << 20)
        self.tap: PictureTap | None = None
        self.epochs_wanted = 0
        self.lines: tuple = ()
        self.said: list[str] = []
        self.begun = asyncio.Event()

        async def certificate():
            return review_certificate() if for_review else None

        self.recorder = SessionRecorder(
            RecordedSession(SESSION, "DS-2026-000001", self.folder, device_certificate(), certificate),
            keeper=self.keeper,
            permissions=self.permissions,
            picture=self,
            lines=lambda: self.lines,
            said=self.said.append,
        )
        self.update()

    def listen(self, tap: PictureTap | None) -> None:
        self.tap = tap
        if tap is not None:
            self.begun.set()

    def want_epoch(self) -> None:
        self.epochs_wanted += 1

    def update(self, *, fresh: bool = False, epoch: bool = False) -> bytes:
        """Change the screen, tell the recorder, return the picture the session shows then."""
        if fresh:
            self.scene.begin_streams()
        self.scene.change()
        update = self.scene.update(0, new_epoch=epoch)
        assert update is not None
        if self.tap is not None:
            size = self.decoder.size
            still = StillPicture(bytes(self.decoder.pixels), size, size[0] * 4)
            self.tap.update_came(update, still if self.tap.wants_state(update) else None)
        self.decoder.apply(update)
        return bytes(self.decoder.pixels)

    async def start(self) -> None:
        self.begun.clear()
        await self.recorder.permission_granted(Capability.RECORDING, 0)
        async with asyncio.timeout(20):
            await self.begun.wait()

    async def stop(self, reason: str = "taken_back") -> None:
        await self.recorder.permission_ended(Capability.RECORDING, reason)

    @asynccontextmanager
    async def recording(self):
        await self.start()
        yield self
        await self.stop()

    def path(self, number: int = 0) -> Path:
        return recording_path(self.folder, number)

    def source(self, number: int = 0) -> FileSource:
        return FileSource(self.path(number))


def opened(source: FileSource) -> RecordingReader:
    reader = RecordingReader(source)
    reader.unlock(unlock_with_device(DEVICE)(reader.header))
    return reader
