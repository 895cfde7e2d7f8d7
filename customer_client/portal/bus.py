"""The session bus, as far as the desktop portal needs it. Calls from any thread; signals come on a thread of ours."""

import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from jeepney.bus_messages import MatchRule, message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import HeaderFields, Message, MessageFlag, MessageType
from jeepney.wrappers import DBusAddress, new_method_call

from customer_client.portal.faults import no_portal, portal_refused, sharing_ended
from protocol.errors import EnvironmentFault

PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
ANSWERS_WITHIN_S = 10.0
"""A portal that has to be started first takes a second or two."""

_SHAKEN_HANDS_WITHIN_S = 5.0
_BROKEN = (OSError, EOFError, RuntimeError, ValueError)
"""What reading and writing raise when the other end is gone or talks nonsense."""

Signal = Callable[[tuple[Any, ...]], None]

_log = logging.getLogger(__name__)


class PortalBus:
    """A connection of its own: when it ends, for whatever reason, the portal ends what was begun on it.

    `on_lost` is called once, on the bus's thread, when connection or portal are gone without `close`.

    Raises:
        EnvironmentFault: `wayland_without_portal`, there is no session bus or no portal on it.
    """

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._closed = False
        self._replies: dict[int, Future[Message]] = {}
        self._signals: dict[tuple[str, str], Signal] = {}
        self._portal = ""
        try:
            self._connection: DBusConnection = open_dbus_connection(
                enable_fds=True, auth_timeout=_SHAKEN_HANDS_WITHIN_S
            )
        except (KeyError, *_BROKEN) as cause:
            raise no_portal(f"no session bus: {cause}") from cause
        self._thread = threading.Thread(target=self._receive_forever, name="portal-bus", daemon=True)
        self._thread.start()
        try:
            self._find_portal()
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The connection's own name on the bus, such as ":1.42"."""
        return str(self._connection.unique_name)

    def call(
        self,
        interface: str,
        member: str,
        signature: str = "",
        body: tuple[Any, ...] = (),
        *,
        path: str = PORTAL_PATH,
        within_s: float = ANSWERS_WITHIN_S,
    ) -> tuple[Any, ...]:
        """Call the portal and return its answer. Blocks, at most `within_s`.

        Raises:
            EnvironmentFault: `portal_refused`, or `display_gone` when the portal is gone.
        """
        return self._ask(DBusAddress(path, PORTAL, interface), member, signature, body, within_s)

    def tell(
        self, interface: str, member: str, signature: str = "", body: tuple[Any, ...] = (), *, path: str = PORTAL_PATH
    ) -> None:
        """Call the portal without waiting for an answer.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        message = new_method_call(DBusAddress(path, PORTAL, interface), member, signature or None, body)
        message.header.flags |= MessageFlag.no_reply_expected
        self._write(message, None)

    def version(self, interface: str) -> int:
        """Return the version of a portal interface; 0: there is none."""
        return int(self.portal_property(interface, "version") or 0)

    def portal_property(self, interface: str, name: str) -> Any:
        """Return a property of a portal interface, None where there is none."""
        try:
            answer = self.call("org.freedesktop.DBus.Properties", "Get", "ss", (interface, name))
        except EnvironmentFault as fault:
            _log.debug("no %s.%s: %s", interface, name, fault)
            return None
        return answer[0][1]

    def listen(self, path: str, member: str, act: Signal) -> None:
        """Call `act` with what the portal's signal `member` at `path` says; it must return at once."""
        with self._lock:
            self._signals[path, member] = act

    def close(self) -> None:
        """End the connection and its thread. Harmless to call again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _find_portal(self) -> None:
        """Start the portal if it does not run, and have its signals told: of no other program on the bus."""
        try:
            if not self._ask(message_bus, "NameHasOwner", "s", (PORTAL,))[0]:
                self._ask(message_bus, "StartServiceByName", "su", (PORTAL, 0))
            self._portal = str(self._ask(message_bus, "GetNameOwner", "s", (PORTAL,))[0])
        except EnvironmentFault as cause:
            raise no_portal(f"no portal on the session bus: {cause}") from cause
        gone = MatchRule(type="signal", sender=message_bus.bus_name, member="NameOwnerChanged")
        gone.add_arg_condition(0, PORTAL)
        for rule in (MatchRule(type="signal", sender=PORTAL), gone):
            self._ask(message_bus, "AddMatch", "s", (rule.serialise(),))

    def _ask(
        self,
        address: DBusAddress,
        member: str,
        signature: str,
        body: tuple[Any, ...],
        within_s: float = ANSWERS_WITHIN_S,
    ) -> tuple[Any, ...]:
        reply: Future[Message] = Future()
        self._write(new_method_call(address, member, signature or None, body), reply)
        try:
            answer = reply.result(within_s)
        except TimeoutError as cause:
            raise portal_refused(f"{member} was not answered") from cause
        if answer.header.message_type is MessageType.error:
            name = answer.header.fields.get(HeaderFields.error_name, "")
            raise portal_refused(f"{member}: {name} {answer.body}")
        return tuple(answer.body)

    def _write(self, message: Message, reply: Future[Message] | None) -> None:
        with self._lock:
            if self._closed:
                raise sharing_ended("the bus is closed")
            serial = next(self._connection.outgoing_serial)
            if reply is not None:
                self._replies[serial] = reply
            try:
                self._connection.send(message, serial=serial)
            except OSError as cause:
                self._replies.pop(serial, None)
                raise sharing_ended(f"the bus is gone: {cause}") from cause

    def _receive_forever(self) -> None:
        try:
            while self._take(self._connection.receive()):
                pass
        except _BROKEN as cause:
            _log.debug("the session bus has ended: %s", cause)
        with self._lock:
            unexpected, self._closed = not self._closed, True
            waiting, self._replies = self._replies, {}
            self._connection.close()
        for reply in waiting.values():
            reply.set_exception(sharing_ended("the bus is gone"))
        if unexpected:
            self._on_lost()

    def _take(self, message: Message) -> bool:
        """Take one message; return False when the portal has left."""
        fields = message.header.fields
        serial = fields.get(HeaderFields.reply_serial)
        if serial is not None:
            with self._lock:
                reply = self._replies.pop(serial, None)
            if reply is not None:
                reply.set_result(message)
            return True
        if message.header.message_type is not MessageType.signal:
            return True
        path, member = str(fields.get(HeaderFields.path)), str(fields.get(HeaderFields.member))
        if member == "NameOwnerChanged" and fields.get(HeaderFields.sender) == message_bus.bus_name:
            return bool(message.body[:2] != (PORTAL, self._portal))
        with self._lock:
            act = self._signals.get((path, member))
        if act is not None and fields.get(HeaderFields.sender) == self._portal:
            act(tuple(message.body))
        return True
