"""A recording's two halves joined: its player on the network thread, its window on the GUI thread."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from protocol.transport.tasks import create_task
from technician_app.bridge.frame_slot import CursorSlot, FrameSlot
from technician_app.bridge.network_thread import NetworkThread
from technician_app.controllers.session_state import RemoteCursor
from technician_app.recording.playback import Shown
from technician_app.recording.playback_state import PlaybackState
from technician_app.recording.player import PlayerFacts, RecordingPlayer


class PlaybackBridge(QObject):
    """Implements `PlaybackIntents`; each is handed to the player in order, without waiting.

    Signals (all on the GUI thread):
        state_changed: the newest PlaybackState.
        failed: playing ended with this exception, which nobody expected.
    """

    state_changed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, network: NetworkThread, make_facts: Callable[[], PlayerFacts], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._network = network
        self._make_facts = make_facts
        self._player: RecordingPlayer | None = None
        self._running: asyncio.Task[None] | None = None
        self._closed = False
        self.frames = FrameSlot(self)
        self.cursors = CursorSlot(self)

    def start(self) -> None:
        """Open the recording and play it."""
        self._network.submit(self._run(), on_error=self._fail)

    def close(self) -> None:
        """Stop; nothing more is shown, also of what is on its way to the GUI thread."""
        self._closed = True
        self.frames.close()
        self.cursors.close()
        self._network.call_soon(self._stop)

    def play(self, playing: bool) -> None:
        """Play, or stand still."""
        self._on_player(lambda player: player.play(playing))

    def seek(self, t_ms: int) -> None:
        """Show the recording as it was then."""
        self._on_player(lambda player: player.seek(t_ms))

    def choose_speed(self, speed: float) -> None:
        """Play at another speed."""
        self._on_player(lambda player: player.choose_speed(speed))

    def skip_idle(self, skips: bool) -> None:
        """Leave out stretches in which nothing happens."""
        self._on_player(lambda player: player.skip_idle(skips))

    def painted(self, number: int) -> None:
        """Say that the picture's change `number` was painted."""
        self._on_player(lambda player: player.painted(number))

    def save_video(self, begins_ms: int, ends_ms: int, path: str) -> None:
        """Save a stretch as ordinary video."""
        self._on_player(lambda player: player.save_video(begins_ms, ends_ms, path))

    async def _run(self) -> None:
        self._player = RecordingPlayer(self._make_facts(), self._publish, self._show)
        self._running = create_task(self._player.run(), name="play a recording", awaited=True)
        await asyncio.wait({self._running})
        if not self._running.cancelled():
            self._running.result()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _publish(self, state: PlaybackState) -> None:
        self._network.post_to_gui(lambda: self._tell(state))

    def _tell(self, state: PlaybackState) -> None:
        if not self._closed:
            self.state_changed.emit(state)

    def _fail(self, error: Exception) -> None:
        if not self._closed:
            self.failed.emit(error)

    def _show(self, shown: Shown) -> None:
        if isinstance(shown, RemoteCursor):
            self.cursors.put(shown)
        else:
            self.frames.put(shown)

    def _on_player(self, act: Callable[[RecordingPlayer], None]) -> None:
        self._network.call_soon(self._act, act)

    def _act(self, act: Callable[[RecordingPlayer], None]) -> None:
        if self._player is not None:
            act(self._player)
