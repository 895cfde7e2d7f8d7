"""What the desktop portal asks of a desktop, without the dialog: the test is the person who answers.

The portal itself (xdg-desktop-portal) is the real one. Behind this stands mutter, GNOME's compositor, with real
streams and real input; or nothing (`compositor=False`): then requests are only written down.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jeepney.bus_messages import MatchRule, message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import HeaderFields, Message, MessageType
from jeepney.wrappers import DBusAddress, new_error, new_method_call, new_method_return, new_signal

NAME = "org.freedesktop.impl.portal.desktop.deskside"
_PATH = "/org/freedesktop/portal/desktop"
_IMPL = "org.freedesktop.impl.portal"
_MUTTER_INPUT = DBusAddress("/org/gnome/Mutter/RemoteDesktop", "org.gnome.Mutter.RemoteDesktop", None)
_MUTTER_SCREEN = DBusAddress("/org/gnome/Mutter/ScreenCast", "org.gnome.Mutter.ScreenCast", None)
_GIVEN = 0
CANCELLED = 1
_PATIENCE_S = 10.0

PORTAL_FILE = f"[portal]\nDBusName={NAME}\nInterfaces={_IMPL}.ScreenCast;{_IMPL}.RemoteDesktop;\nUseIn=deskside\n"


class PortalBackend:
    """Serves on the bus at `address`. `answer` is what the person presses next: 0 is yes, 1 closes the dialog.

    `devices` is what may be used: 1 keyboard, 2 pointer, 3 both; 0: the desktop has no RemoteDesktop at all.
    """

    def __init__(self, address: str, *, compositor: bool = True, devices: int = 3) -> None:
        self.answer = _GIVEN
        self.waits = False
        """The dialog stays open until `close_dialog` or the program takes it back."""
        self.asked = threading.Event()
        """A dialog is on the screen."""
        self.withdrawn = threading.Event()
        """The program took its question back."""
        self.ended = threading.Event()
        """The program closed its session."""
        self.notified: list[tuple[Any, ...]] = []
        self.options: dict[str, dict[str, Any]] = {}
        self._devices = devices
        self._compositor = compositor
        self._waiting: Message | None = None
        self._sessions: dict[str, tuple[str, str] | None] = {}
        """Of each session at the portal: the session at mutter and its stream, once it has begun."""
        self._lock = threading.RLock()
        self._bus: DBusConnection = open_dbus_connection(address, enable_fds=True)
        self._mutter: DBusConnection = open_dbus_connection(address)
        self._call(self._bus, message_bus, "RequestName", "su", NAME, 4)
        self._thread = threading.Thread(target=self._serve, name="portal-backend", daemon=True)
        self._thread.start()

    def wait_for_name(self, name: str, within_s: float) -> None:
        """Wait until a program has this name on the bus."""
        deadline = time.monotonic() + within_s
        while not self._call(self._mutter, message_bus, "NameHasOwner", "s", name)[0]:
            assert time.monotonic() < deadline, f"{name} did not come"
            time.sleep(0.02)

    def close_dialog(self) -> None:
        """The person closes the dialog that is on the screen."""
        message, self._waiting = self._waiting, None
        assert message is not None
        self._bus.send(new_method_return(message, "ua{sv}", (CANCELLED, {})))

    def close_session(self) -> None:
        """The person ends the sharing, with the button in the panel of their desktop."""
        for session in list(self._sessions):
            self._stop_mutter(session)
            self._bus.send(new_signal(DBusAddress(session, NAME, f"{_IMPL}.Session"), "Closed"))

    def stop(self) -> None:
        """Leave the bus."""
        for bus in (self._bus, self._mutter):
            with suppress(OSError):
                bus.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._bus.close()
        self._mutter.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                message = self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    self._obey(message)

    def _obey(self, message: Message) -> None:
        fields = message.header.fields
        interface, member = str(fields.get(HeaderFields.interface)), str(fields.get(HeaderFields.member))
        kind = interface.removeprefix(f"{_IMPL}.")
        if member in ("Get", "GetAll"):
            self._tell_properties(message, member)
        elif member.startswith("Notify"):
            self._notify(message, member)
        elif member == "Start":
            self.asked.set()
            if self.waits:
                self._waiting = message
            else:
                self._bus.send(new_method_return(message, "ua{sv}", (self.answer, self._start(kind, message.body[1]))))
        elif member == "Close":
            (self.withdrawn if kind == "Request" else self.ended).set()
            self._stop_mutter(str(fields.get(HeaderFields.path)))
            self._bus.send(new_method_return(message))
        else:
            self.options[member] = dict(message.body[-1])
            if member == "CreateSession":
                self._sessions[message.body[1]] = None
            self._bus.send(new_method_return(message, "ua{sv}", (_GIVEN, {})))

    def _tell_properties(self, message: Message, member: str) -> None:
        screen: dict[str, Any] = {
            "version": ("u", 4),
            "AvailableSourceTypes": ("u", 1),
            "AvailableCursorModes": ("u", 3),
        }
        hands: dict[str, Any] = {"version": ("u", 1), "AvailableDeviceTypes": ("u", self._devices)}
        known = {f"{_IMPL}.ScreenCast": screen, f"{_IMPL}.RemoteDesktop": hands}.get(message.body[0], {})
        if member == "GetAll":
            self._bus.send(new_method_return(message, "a{sv}", (known,)))
        elif message.body[1] in known:
            self._bus.send(new_method_return(message, "v", (known[message.body[1]],)))
        else:
            self._bus.send(new_error(message, "org.freedesktop.DBus.Error.InvalidArgs"))

    def _start(self, kind: str, session: str) -> dict[str, Any]:
        if self.answer:
            return {}
        node = self._start_mutter(session) if self._compositor else 42
        streams = [(node, {"position": ("(ii)", (0, 0)), "size": ("(ii)", (800, 600))})]
        given: dict[str, Any] = {"streams": ("a(ua{sv})", streams)}
        return given | ({"devices": ("u", self._devices)} if kind == "RemoteDesktop" else {})

    def _notify(self, message: Message, member: str) -> None:
        session, _options, *arguments = message.body
        self.notified.append((member, *arguments))
        self._bus.send(new_method_return(message))
        with self._lock:
            running = self._sessions.get(session)
            if running is not None:
                self._notify_mutter(*running, member, *arguments)

    # --- mutter

    def _start_mutter(self, portal_session: str) -> int:
        mutter_session = self._ask(_MUTTER_INPUT, "CreateSession")[0]
        properties = DBusAddress(mutter_session, _MUTTER_INPUT.bus_name, "org.freedesktop.DBus.Properties")
        number = self._ask(properties, "Get", "ss", f"{_MUTTER_INPUT.bus_name}.Session", "SessionId")[0]
        options = {"remote-desktop-session-id": number}
        cast = self._ask(_MUTTER_SCREEN, "CreateSession", "a{sv}", options)[0]
        on_cast = DBusAddress(cast, _MUTTER_SCREEN.bus_name, f"{_MUTTER_SCREEN.bus_name}.Session")
        stream = self._ask(on_cast, "RecordMonitor", "sa{sv}", "", {"cursor-mode": ("u", 1)})[0]
        rule = MatchRule(type="signal", member="PipeWireStreamAdded", path=stream)
        self._call(self._mutter, message_bus, "AddMatch", "s", rule.serialise())
        with self._lock, self._mutter.filter(rule) as added:
            self._ask(_at_mutter(mutter_session), "Start")
            self._sessions[portal_session] = (mutter_session, stream)
            return int(self._mutter.recv_until_filtered(added, timeout=_PATIENCE_S).body[0])

    def _stop_mutter(self, portal_session: str) -> None:
        with self._lock:
            running, self._sessions[portal_session] = self._sessions.get(portal_session), None
            if running is not None:
                with suppress(AssertionError):  # mutter has ended it by itself
                    self._ask(_at_mutter(running[0]), "Stop")

    def _notify_mutter(self, mutter_session: str, stream: str, member: str, *arguments: Any) -> None:
        made: dict[str, Callable[..., tuple[Any, ...]]] = {
            "NotifyPointerMotionAbsolute": lambda _node, x, y: ("sdd", stream, x, y),
            "NotifyPointerButton": lambda button, state: ("ib", button, bool(state)),
            "NotifyPointerAxisDiscrete": lambda axis, steps: ("ui", axis, steps),
            "NotifyKeyboardKeycode": lambda code, state: ("ub", code, bool(state)),
            "NotifyKeyboardKeysym": lambda keysym, state: ("ub", keysym, bool(state)),
        }
        with suppress(AssertionError):  # mutter has ended it meanwhile
            self._ask(_at_mutter(mutter_session), member, *made[member](*arguments))

    def _ask(self, address: DBusAddress, member: str, signature: str = "", *arguments: Any) -> tuple[Any, ...]:
        target = address if address.interface else DBusAddress(address.object_path, address.bus_name, address.bus_name)
        with self._lock:
            return self._call(self._mutter, target, member, signature, *arguments)

    def _call(
        self, bus: DBusConnection, address: DBusAddress, member: str, signature: str, *arguments: Any
    ) -> tuple[Any, ...]:
        answer = bus.send_and_get_reply(
            new_method_call(address, member, signature or None, arguments), timeout=_PATIENCE_S
        )
        if answer.header.message_type is MessageType.error:
            raise AssertionError(f"{member}: {answer.body}")
        return tuple(answer.body)


def _at_mutter(session: str) -> DBusAddress:
    return DBusAddress(session, _MUTTER_INPUT.bus_name, f"{_MUTTER_INPUT.bus_name}.Session")
