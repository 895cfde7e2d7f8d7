"""One session with the desktop portal: the system's own question, the stream it leads to, and the input it allows.

Source: xdg-desktop-portal, interfaces ScreenCast, RemoteDesktop, Session and Request. Nothing is asked to be remembered
(`persist_mode` stays 0, no restore token is kept): each session asks anew. Methods may be called from any thread.
"""

import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from customer_client.portal.bus import PORTAL_PATH, PortalBus
from customer_client.portal.faults import dialog_cancelled, no_portal, portal_refused, sharing_ended
from protocol.errors import EnvironmentFault

SCREEN_CAST = "org.freedesktop.portal.ScreenCast"
REMOTE_DESKTOP = "org.freedesktop.portal.RemoteDesktop"
_SESSION = "org.freedesktop.portal.Session"
_REQUEST = "org.freedesktop.portal.Request"
_INPUT_WITHIN_S = 1.0
"""A portal that takes longer over one event is stuck."""
_MONITOR = 1
_POINTER_IN_PICTURE = 2
_CANCELLED = 1

_Options = dict[str, tuple[str, Any]]

_tokens = itertools.count(1)
_log = logging.getLogger(__name__)


class Devices(IntFlag):
    """What may be used for the technician, as the portal numbers it."""

    NONE = 0
    KEYBOARD = 1
    POINTER = 2


@dataclass(frozen=True)
class SharedStream:
    """The display the person chose: PipeWire's number, its place and size as the compositor counts (may be scaled).

    `size` is (0, 0) where the portal does not tell it.
    """

    node: int
    place: tuple[int, int]
    size: tuple[int, int]


class PortalScreen:
    """Asks with `ask`; from then on there is a `stream` until `close`, or until the person or the system ends it.

    `on_ended` is called once, on a thread of its own, when somebody else than `close` has ended it.

    Raises:
        EnvironmentFault: `wayland_without_portal`.
    """

    def __init__(self, on_ended: Callable[[], None] = lambda: None) -> None:
        self._on_ended = on_ended
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._asked: Future[tuple[Any, ...]] | None = None
        self._request = ""
        self._session = ""
        self._stream: SharedStream | None = None
        self._devices = Devices.NONE
        self._bus = PortalBus(self._ended)
        if not self._bus.version(SCREEN_CAST):
            self._bus.close()
            raise no_portal("the portal does not share screens")

    @property
    def alive(self) -> bool:
        """Whether the screen is shared now."""
        return self._stream is not None and not self._over.is_set()

    @property
    def stream(self) -> SharedStream:
        """What is shared.

        Raises:
            EnvironmentFault: `display_gone`, nothing (any more).
        """
        if self._stream is None or self._over.is_set():
            raise sharing_ended("the portal's session is over")
        return self._stream

    @property
    def devices(self) -> Devices:
        """What the person allowed to be used; nothing where the portal only shows screens."""
        return self._devices if self.alive else Devices.NONE

    def ask(self) -> None:
        """Let the system ask the person, and wait for the answer, however long it takes or until `cancel`.

        Raises:
            EnvironmentFault: `dialog_cancelled`, `portal_refused` or `display_gone`. It can be asked again.
        """
        wanted = Devices(int(self._bus.portal_property(REMOTE_DESKTOP, "AvailableDeviceTypes") or 0) & 3)
        interface = REMOTE_DESKTOP if wanted else SCREEN_CAST
        self._begin(interface)
        if wanted:
            self._do(REMOTE_DESKTOP, "SelectDevices", "oa{sv}", (self._session,), {"types": ("u", int(wanted))})
        self._do(SCREEN_CAST, "SelectSources", "oa{sv}", (self._session,), self._source_options())
        results = self._do(interface, "Start", "osa{sv}", (self._session, ""), {})
        streams = results.get("streams", ("", []))[1]
        if not streams:
            raise portal_refused("no stream")
        self._devices = Devices(int(results.get("devices", ("u", 0))[1]) & int(wanted))
        self._stream = _stream(*streams[0])
        _log.info("portal: stream %s, devices %s", self._stream, self._devices)

    def cancel(self) -> None:
        """Take the question off the screen: `ask` raises `dialog_cancelled`."""
        with self._lock:
            asked, request = self._asked, self._request
        if asked is not None:
            asked.cancel()
            with suppress(EnvironmentFault):
                self._bus.tell(_REQUEST, "Close", path=request)

    def open_pipewire(self) -> int:
        """Return a file descriptor of PipeWire that shows this stream alone; the caller closes it.

        Raises:
            EnvironmentFault: `portal_refused` or `display_gone`.
        """
        session = self._session if self.stream else ""
        answer = self._bus.call(SCREEN_CAST, "OpenPipeWireRemote", "oa{sv}", (session, {}))
        return int(answer[0].to_raw_fd())

    def notify(self, member: str, signature: str, *arguments: object) -> None:
        """Have an input event made: `member` of RemoteDesktop, and what comes after session and options.

        Waits for the answer, well below a millisecond: the portal works on several calls at once, so that of two under
        way the second may come first, and a key that went up before it went down stays down.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        if not self.alive:
            raise sharing_ended("the portal's session is over")
        body = (self._session, {}, *arguments)
        try:
            self._bus.call(REMOTE_DESKTOP, member, f"oa{{sv}}{signature}", body, within_s=_INPUT_WITHIN_S)
        except EnvironmentFault as fault:
            raise sharing_ended(f"the portal did not take the input: {fault}") from fault

    def close(self) -> None:
        """End the sharing and let go of the bus. Harmless to call again."""
        self._over.set()
        self.cancel()
        if self._session:
            with suppress(EnvironmentFault):
                self._bus.tell(_SESSION, "Close", path=self._session)
        self._bus.close()

    def _begin(self, interface: str) -> None:
        """Create a session in place of one whose dialog was cancelled."""
        if self._session:
            with suppress(EnvironmentFault):
                self._bus.tell(_SESSION, "Close", path=self._session)
        token = f"deskside{next(_tokens)}"
        session = f"{PORTAL_PATH}/session/{self._own_name}/{token}"
        self._bus.listen(session, "Closed", lambda _body: self._session_closed(session))
        results = self._do(interface, "CreateSession", "a{sv}", (), {"session_handle_token": ("s", token)})
        self._session = str(results["session_handle"][1])
        if self._session != session:
            self._bus.listen(self._session, "Closed", lambda _body: self._session_closed(self._session))

    def _source_options(self) -> _Options:
        options: _Options = {"types": ("u", _MONITOR), "multiple": ("b", False)}
        if int(self._bus.portal_property(SCREEN_CAST, "AvailableCursorModes") or 0) & _POINTER_IN_PICTURE:
            options["cursor_mode"] = ("u", _POINTER_IN_PICTURE)
        return options

    @property
    def _own_name(self) -> str:
        return self._bus.name.lstrip(":").replace(".", "_")

    def _do(
        self, interface: str, member: str, signature: str, arguments: tuple[Any, ...], options: _Options
    ) -> dict[str, tuple[str, Any]]:
        """Make a request and wait for the signal that answers it."""
        token = f"deskside{next(_tokens)}"
        response: Future[tuple[Any, ...]] = Future()
        request = f"{PORTAL_PATH}/request/{self._own_name}/{token}"
        self._bus.listen(request, "Response", lambda body: _settle(response, body))
        with self._lock:
            self._asked, self._request = response, request
        if self._over.is_set():
            raise sharing_ended("the portal's session is over")
        self._bus.call(interface, member, signature, (*arguments, {"handle_token": ("s", token), **options}))
        try:
            code, results = response.result()
        except CancelledError:
            raise dialog_cancelled() from None
        finally:
            with self._lock:
                self._asked = None
        if code == _CANCELLED:
            raise dialog_cancelled()
        if code:
            raise portal_refused(f"{member} ended with {code}")
        return dict(results)

    def _session_closed(self, session: str) -> None:
        if session == self._session and self._stream is not None:
            self._ended()

    def _ended(self) -> None:
        """Runs on the bus's thread: the person, the system or the bus has ended it."""
        told = self._over.is_set()
        self._over.set()
        with self._lock:
            asked = self._asked
        if asked is not None:
            asked.cancel()
        if not told:
            # Whoever stops sharing may wait for a key that is being pressed, and its answer comes on this thread.
            threading.Thread(target=self._on_ended, name="portal-ended", daemon=True).start()


def _settle(response: "Future[tuple[Any, ...]]", body: tuple[Any, ...]) -> None:
    if response.set_running_or_notify_cancel():
        response.set_result(body)


def _stream(node: int, properties: _Options) -> SharedStream:
    x, y = properties.get("position", ("", (0, 0)))[1]
    width, height = properties.get("size", ("", (0, 0)))[1]
    return SharedStream(int(node), (int(x), int(y)), (int(width), int(height)))
