"""Opens recordings in windows of their own, and brings to the relay what it does not hold yet. GUI thread."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from PySide6.QtCore import QObject

from technician_app.bridge.network_thread import NetworkThread
from technician_app.bridge.playback_bridge import PlaybackBridge
from technician_app.controllers.account import AccountController
from technician_app.controllers.profile import Profile
from technician_app.views.recording_player import RecordingPlayer
from technician_app.views.video_card import draw_card

if TYPE_CHECKING:
    from technician_app.recording.opening import Unlock


class RecordingWindows(QObject):
    """`windows` are those that are open. `failed` gets what nobody expected."""

    def __init__(
        self,
        network: NetworkThread,
        account: AccountController,
        profile: Profile,
        failed: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._network = network
        self._account = account
        self._profile = profile
        self._failed = failed
        self.windows: list[RecordingPlayer] = []

    def made_here(self, session: str) -> int:
        """Return how many recordings of a session this computer has."""
        from technician_app.recording.opening import recordings_here

        return len(recordings_here(self._profile.folder, session))

    def open(self, session: str, number: int, *, review_key: X25519PrivateKey | None = None) -> RecordingPlayer:
        """Open a window that plays recording `number` of the session, with this device's key or the auditors'."""
        # imported with the first recording: the media libraries take a while to load
        from protocol.transport.voice.port_audio import PortAudioDevices
        from technician_app.recording.opening import RecordingPlace, unlock_with_device, unlock_with_review_key
        from technician_app.recording.player import PlayerFacts
        from technician_app.recording.store_api import RecordingStoreApi

        def unlock() -> "Unlock":
            if review_key is not None:
                return unlock_with_review_key(review_key)
            return unlock_with_device(self._profile.device_keys().sealing)

        def facts() -> PlayerFacts:
            return PlayerFacts(
                RecordingPlace(session, number),
                self._profile.folder,
                RecordingStoreApi(self._account.api),
                unlock(),
                draw_card,
                PortAudioDevices(),
            )

        return self.show(PlaybackBridge(self._network, facts, self))

    def show(self, bridge: PlaybackBridge) -> RecordingPlayer:
        """Show what `bridge` plays in a window of its own."""
        window = RecordingPlayer(bridge, bridge.frames.take, bridge.cursors.take)
        bridge.state_changed.connect(window.render_state)
        bridge.failed.connect(self._failed)
        bridge.frames.arrived.connect(window.picture.show_newest)
        bridge.cursors.arrived.connect(window.picture.show_cursor)
        window.closed.connect(lambda: self._forget(window, bridge))
        self.windows.append(window)
        bridge.start()
        window.show()
        return window

    async def upload_late(self, running: frozenset[str]) -> None:
        """Upload what sessions that are over have left here. Network thread."""
        from technician_app.recording.store_api import RecordingStoreApi
        from technician_app.recording.uploading import upload_late

        await upload_late(self._profile.folder / "sessions", RecordingStoreApi(self._account.api), running)

    def _forget(self, window: RecordingPlayer, bridge: PlaybackBridge) -> None:
        bridge.close()
        if window in self.windows:
            self.windows.remove(window)
        bridge.deleteLater()
