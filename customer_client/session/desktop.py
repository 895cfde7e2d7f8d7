"""This computer's screen, pointer and input for one session, opened only after the customer's consent."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from customer_client.capture.choose import choose_capture, choose_cursor_watcher
from customer_client.capture.cursor import CursorMoved, CursorShape, CursorWatcher
from customer_client.capture.grabber import ScreenGrabber
from customer_client.capture.source import Display
from customer_client.capture.thumbnails import Thumbnail, thumbnails
from customer_client.diagnostics.window_facts import WindowFacts, window_at
from customer_client.input.choose import choose_injector, choose_local_activity
from customer_client.input.ledger import InjectionLedger
from customer_client.input.local_activity import LocalActivity
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from customer_client.protection.choose import choose_tripwire
from customer_client.protection.guarded_source import GuardedSource, guarded
from customer_client.protection.money import MoneyKind
from customer_client.redaction.curtain import Curtain, open_curtain
from customer_client.session.remote_input import RemoteInput
from customer_client.video.screen_track import ScreenTrack
from customer_client.watchdog.guard import WatchdogGuard
from protocol.channels import Channel
from protocol.errors import EnvironmentFault

if TYPE_CHECKING:
    from customer_client.portal.screen import PortalScreen

SCREEN_STREAM_FPS = 60
STANDARD_VIDEO_FPS = 30

_log = logging.getLogger(__name__)


class Desktop:
    """Capture and injection, created paused: nothing is sent and nothing applied until `start`.

    `screen_stream` says which of the two the other side negotiated: the screen stream, beside which the pointer
    travels on its own (`cursor_changed`), or standard video with the pointer drawn into the picture. Without
    `with_input` there is no input until `open_hands`. Create it on the network thread. `block`, `revoke_control` and
    `close` may be called from any thread and act at once. `input` is None when this computer does not allow injection,
    or the customer's own input cannot be told from it: then control is never offered. `local_input_noticed`,
    `cursor_changed` and `displays_changed` are called on the network thread, and `sight_changed` with why the screen
    cannot be seen any more, or None when it can again.

    A watchdog process stands by. When the customer presses the panic keys, `block` and `panic_cut` are called at once,
    on a thread of the watchdog's, and `panic_stop` on the network thread. Without a watchdog there is no control.
    A window about money that comes to the front blocks everything before a picture of it gets any further;
    `money_in_front` is called then on the network thread. `portal` is, on Wayland, what the customer chose in the
    system's own dialog; whoever asked closes it.

    Raises:
        EnvironmentFault: the screen cannot be captured.
    """

    def __init__(
        self,
        *,
        screen_stream: bool,
        with_input: bool = True,
        local_input_noticed: Callable[[], None],
        cursor_changed: Callable[[CursorShape | CursorMoved], None],
        displays_changed: Callable[[], None] = lambda: None,
        sight_changed: Callable[[EnvironmentFault | None], None] = lambda fault: None,
        panic_cut: Callable[[], None] = lambda: None,
        panic_stop: Callable[[], object] = lambda: None,
        money_in_front: Callable[[MoneyKind], None] = lambda kind: None,
        curtain: Curtain | None = None,
        portal: "PortalScreen | None" = None,
    ) -> None:
        self._portal = portal
        self._money_in_front = money_in_front
        self._tripwire = choose_tripwire()
        self.curtain = curtain or open_curtain()
        self._owns_curtain = curtain is None
        self._source = self._open_source(with_pointer=not screen_stream)
        self._loop = asyncio.get_running_loop()
        self._source.listen(lambda: self._hop(displays_changed))
        self._local_input_noticed = local_input_noticed
        self._cursor_changed = cursor_changed
        self._panic_cut = panic_cut
        self._panic_stop = panic_stop
        self._cursor: CursorWatcher | None = None
        fps = SCREEN_STREAM_FPS if screen_stream else STANDARD_VIDEO_FPS
        self._grabber = ScreenGrabber(self._source, max_fps=fps, on_fault=lambda fault: self._hop(sight_changed, fault))
        self.curtain.listen(self._hidden_changed)
        self._screen_stream = screen_stream
        self._recorded = False
        self.track = self._new_track()
        if screen_stream:
            self._cursor = choose_cursor_watcher(self._source.shared_display, self._cursor_noticed)
        self._started = False
        self._watcher: LocalActivity | None = None
        self._guard: WatchdogGuard | None = None
        self.input: RemoteInput | None = None
        self.input_fault: EnvironmentFault | None = None
        if with_input:
            self.open_hands()

    def open_hands(self) -> None:
        """Make input possible where this computer allows it; nothing when it is already. Network thread."""
        if self.input is not None:
            return
        try:
            self._open_input()
        except EnvironmentFault as fault:
            _log.warning("no remote input on this computer: %s (%s)", fault, fault.code)
            self.input_fault = fault

    @property
    def sees(self) -> bool:
        """Whether the screen can be seen at all; the system may have ended that for good."""
        return self._portal is None or self._portal.alive

    @property
    def display(self) -> Display:
        """The display that is shared, or the rectangle around several."""
        return self._source.shared_display()

    @property
    def displays(self) -> tuple[Display, ...]:
        """Every display of this computer."""
        return self._source.displays()

    def share(self, names: frozenset[str]) -> None:
        """Share the displays called so, the primary one if there is none of them; let go of everything held.

        `displays_changed` is called when the picture is theirs.
        """
        if self.input is not None:
            self.input.release_all()
        self.look_for_displays(names)

    def look_for_displays(self, names: frozenset[str]) -> None:
        """List the displays anew, of which those called so are shared."""
        self._source.share(names)
        self._grabber.expect_change()

    def thumbnails(self) -> dict[str, Thumbnail]:
        """Return a small picture of each display that may be seen, by its name. Blocks for some 10 ms a display.

        Raises:
            EnvironmentFault: `display_gone`, or `money_in_front`: then everything has stopped.
        """
        seen = self._source.grab if self._portal is not None else None
        return self._source.under_guard(lambda: thumbnails(self.displays, cover=self.curtain, seen=seen))

    def window_at(self, x: int, y: int) -> WindowFacts:
        """Return what is known of the window at a place of the desktop; nothing of one that is hidden. Blocks.

        Raises:
            EnvironmentFault: as `thumbnails`.
        """

        def look() -> WindowFacts:
            facts = window_at(x, y)
            return WindowFacts() if self.curtain.hides(x, y) else facts

        return self._source.under_guard(look)

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

    def replace_track(self) -> ScreenStreamTrack | ScreenTrack:
        """Return a new track for a new connection, which goes on as the one before did: sending, or paused."""
        paused = self.track.paused
        self.track.stop()
        self.track = self._new_track()
        if not paused:
            self.track.resume()
            if self._cursor is not None:
                self._cursor.resume()
        return self.track

    @property
    def can_be_recorded(self) -> bool:
        """Whether the picture is a screen stream; standard video is not recorded."""
        return self._screen_stream

    def record(self, recorded: bool) -> None:
        """Send a picture that can be recorded, and read from many places; standard video never can."""
        self._recorded = recorded
        if isinstance(self.track, ScreenStreamTrack):
            self.track.record(recorded)

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

    def pass_money_by(self, *, never_again: bool) -> None:
        """Do not stop for the window about money that is in front."""
        self._tripwire.pass_by(never_again=never_again)

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
        if self._guard is not None:
            self._guard.close()
        self._source.close()
        self.curtain.leave(self._hidden_changed)
        self._close_own_curtain()

    def _new_track(self) -> ScreenStreamTrack | ScreenTrack:
        track = (
            ScreenStreamTrack(self._grabber, ScreenStreamEncoder) if self._screen_stream else ScreenTrack(self._grabber)
        )
        track.pause()
        if isinstance(track, ScreenStreamTrack):
            track.record(self._recorded)
        return track

    def _open_input(self) -> None:
        guard = self._guard = WatchdogGuard(
            block=self._panicked, stop=self._panic_stop, released=self._released_by_guard, lost=self._guard_lost
        )
        ledger = InjectionLedger()
        shared = self._source.shared_display
        injector = choose_injector(shared, ledger, guardian=guard, hidden=self.curtain, portal=self._portal)
        remote_input = RemoteInput(injector, watched=guard.ready.is_set)
        try:
            self._watcher = choose_local_activity(
                ledger,
                lambda: self._noticed(remote_input),
                on_lost=remote_input.forbid,
            )
        except EnvironmentFault:
            remote_input.close()
            raise
        self.input = remote_input

    def _open_source(self, *, with_pointer: bool) -> GuardedSource:
        try:
            source = choose_capture(with_pointer=with_pointer, cover=self.curtain, portal=self._portal)
            return guarded(source, self._tripwire, self._money_noticed)
        except BaseException:
            self._tripwire.close()
            self._close_own_curtain()
            raise

    def _close_own_curtain(self) -> None:
        if self._owns_curtain:
            self.curtain.close()

    def _hidden_changed(self, chosen: bool) -> None:
        """Any thread: what the customer has just chosen to hide, or to show, is to be seen at once."""
        if chosen:
            self._grabber.refresh()

    def _money_noticed(self, kind: MoneyKind) -> None:
        """Runs on the thread that looked at the screen, before anybody gets what it has found: stop, then say so."""
        self.block()
        self._hop(self._money_in_front, kind)

    def _panicked(self) -> None:
        """Runs on the guard's thread: everything stops before anybody is told."""
        self.block()
        self._panic_cut()

    def _released_by_guard(self) -> None:
        """Runs on the guard's thread: what the watchdog let go of is not held any more."""
        if self.input is not None:
            self.input.release_all()

    def _guard_lost(self) -> None:
        """Runs on the guard's thread: nobody would release keys now, so nobody may press any."""
        if self.input is not None:
            self.input.forbid()
        self._hop(self._lose_input)

    def _lose_input(self) -> None:
        """From now on control is refused as not possible here."""
        if self.input is not None:
            self.input.close()
        self.input = None

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
