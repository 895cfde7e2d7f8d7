"""This computer's screen, pointer and input for one session, opened only after the customer's consent."""

import asyncio
import logging
from collections.abc import Callable

from customer_client.capture.choose import choose_capture, choose_cursor_watcher
from customer_client.capture.cursor import CursorMoved, CursorShape, CursorWatcher
from customer_client.capture.grabber import ScreenGrabber
from customer_client.capture.source import Display
from customer_client.input.choose import choose_injector, choose_local_activity
from customer_client.input.ledger import InjectionLedger
from customer_client.input.local_activity import LocalActivity
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from customer_client.session.remote_input import RemoteInput
from customer_client.video.screen_track import ScreenTrack
from protocol.channels import Channel
from protocol.errors import EnvironmentFault

SCREEN_STREAM_FPS = 60
STANDARD_VIDEO_FPS = 30

_log = logging.getLogger(__name__)


class Desktop:
    """Capture and injection, created paused: nothing is sent and nothing applied until `start`.

    `screen_stream` says which of the two the other side negotiated: the screen stream, beside which the pointer
    travels on its own (`cursor_changed`), or standard video with the pointer drawn into the picture. Create it on the
    network thread. `block`, `revoke_control` and `close` may be called from any thread and act at once. `input` is None
    when this computer does not allow injection, or the customer's own input cannot be told from it: then control is
    never offered. `local_input_noticed` and `cursor_changed` are called on the network thread.

    Raises:
        EnvironmentFault: the screen cannot be captured.
    """

    def __init__(
        self,
        *,
        screen_stream: bool,
        local_input_noticed: Callable[[], None],
        cursor_changed: Callable[[CursorShape | CursorMoved], None],
    ) -> None:
        self._source = choose_capture(with_pointer=not screen_stream)
        self._loop = asyncio.get_running_loop()
        self._local_input_noticed = local_input_noticed
        self._cursor_changed = cursor_changed
        self._cursor: CursorWatcher | None = None
        fps = SCREEN_STREAM_FPS if screen_stream else STANDARD_VIDEO_FPS
        self._grabber = ScreenGrabber(self._source, max_fps=fps)
        self.track: ScreenStreamTrack | ScreenTrack
        if screen_stream:
            self.track = ScreenStreamTrack(self._grabber, ScreenStreamEncoder)
            self._cursor = choose_cursor_watcher(self._source.shared_display, self._cursor_noticed)
        else:
            self.track = ScreenTrack(self._grabber)
        self.track.pause()
        self._started = False
        self._watcher: LocalActivity | None = None
        self.input: RemoteInput | None = None
        try:
            self._open_input()
        except EnvironmentFault as fault:
            _log.warning("no remote input on this computer: %s (%s)", fault, fault.code)

    @property
    def display(self) -> Display:
        """The display that is shared."""
        return self._source.shared_display()

    def start(self) -> None:
        """Begin, or go on, to capture and to apply input that is allowed."""
        if not self._started:
            self._started = True
            self._grabber.start()
        self.track.resume()
        if self._cursor is not None:
            self._cursor.resume()
        if self.input is not None:
            self.input.resume()

    def input_arrived(self, channel: Channel, data: bytes) -> None:
        """Apply input if it may be, and look at the screen for what it does.

        Raises:
            PeerError: not a message of that channel.
        """
        if self.input is not None:
            self.input.arrived(channel, data)
            self._grabber.expect_change()

    def pause(self) -> None:
        """Capture nothing and apply nothing for now (network thread)."""
        self.block()
        self.track.pause()

    def block(self) -> None:
        """Capture nothing and apply nothing from now on; let go of everything held."""
        self._grabber.pause()
        if self._cursor is not None:
            self._cursor.pause()
        if self.input is not None:
            self.input.pause()

    def revoke_control(self) -> None:
        """Apply nothing from now on; let go of everything held."""
        if self.input is not None:
            self.input.revoke()

    def close(self) -> None:
        """Stop everything for good."""
        self.block()
        self.track.stop()
        self._grabber.stop()
        if self._cursor is not None:
            self._cursor.stop()
        if self._watcher is not None:
            self._watcher.stop()
        if self.input is not None:
            self.input.close()
        self._source.close()

    def _open_input(self) -> None:
        ledger = InjectionLedger()
        injector = choose_injector(self._source.shared_display, ledger)
        remote_input = RemoteInput(injector)
        try:
            self._watcher = choose_local_activity(
                ledger,
                lambda: self._noticed(remote_input),
                on_lost=remote_input.revoke,
            )
        except EnvironmentFault:
            remote_input.close()
            raise
        self.input = remote_input

    def _noticed(self, remote_input: RemoteInput) -> None:
        """Runs on the watcher's thread: local input wins before anybody is told."""
        remote_input.local_activity()
        self._hop(self._local_input_noticed)

    def _cursor_noticed(self, change: CursorShape | CursorMoved) -> None:
        """Runs on the cursor watcher's thread."""
        self._hop(self._cursor_changed, change)

    def _hop(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            _log.debug("the network thread has ended")
