"""Keys, characters and mouse on Wayland, by the desktop portal's RemoteDesktop. Linux only.

Source: xdg-desktop-portal, RemoteDesktop: keys are evdev codes, characters X keysyms, places pixels of the shared
stream as the compositor counts them. The compositor lets go of everything when the session ends, however it ends.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from customer_client.capture.source import Display
from customer_client.input.injector import WheelRest
from customer_client.input.key_codes import EVDEV_CODES, X11_OFFSET
from customer_client.input.ledger import Detail, EventKind, InjectionLedger
from customer_client.input.x11_keysyms import keysym_of
from customer_client.portal.injected import INJECTED, InjectedPresses
from customer_client.portal.screen import Devices, PortalScreen
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button

_BUTTONS = {
    Button.PRIMARY: (0x110, 1),
    Button.SECONDARY: (0x111, 3),
    Button.AUXILIARY: (0x112, 2),
    Button.BACK: (0x113, 8),
    Button.FORWARD: (0x114, 9),
}
"""Linux's number of each button (`input-event-codes.h`), and Xwayland's."""
_VERTICAL, _HORIZONTAL = 0, 1

_log = logging.getLogger(__name__)


class PortalHands:
    """`SystemHands` of Wayland: uses only what the person allowed in the system's dialog.

    Args:
        screen: has been asked, with a yes.
        ledger: learns of each event as Xwayland reports it, before it is made.
        injected: learns of each press, so that none of them answers a question of ours.
        let_go: called by `close`, for what is used beside these hands.
        clock: monotonic seconds.
    """

    no_secure_attention = ""

    def __init__(
        self,
        screen: PortalScreen,
        ledger: InjectionLedger,
        *,
        injected: InjectedPresses = INJECTED,
        let_go: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen = screen
        self._ledger = ledger
        self._injected = injected
        self._let_go = let_go
        self._clock = clock
        self._wheel = WheelRest()

    def knows(self, code: str) -> int | None:
        """Return the evdev code of the physical key; None as well when no keyboard was allowed."""
        return EVDEV_CODES.get(code) if Devices.KEYBOARD in self._screen.devices else None

    def key(self, number: int, down: bool) -> None:
        """Press or release a key."""
        self._expect(EventKind.KEY_DOWN if down else EventKind.KEY_UP, number + X11_OFFSET)
        self._press(("key", number), down)
        self._make("NotifyKeyboardKeycode", number, down)

    def character(self, character: str) -> None:
        """Type a character: the compositor finds the key for it."""
        if Devices.KEYBOARD not in self._screen.devices:
            return
        keysym = keysym_of(character)
        for down in (True, False):
            self._press(("keysym", keysym), down)
            self._make("NotifyKeyboardKeysym", keysym, down)

    def move(self, x: int, y: int) -> None:
        """Move the pointer to a place of the desktop, which the stream begins somewhere in."""
        if Devices.POINTER in self._screen.devices:
            stream = self._screen.stream
            left, top = stream.place
            self._expect(EventKind.MOVE, (x, y))
            self._tell("NotifyPointerMotionAbsolute", "udd", stream.node, float(x - left), float(y - top))

    def button(self, button: Button, down: bool) -> None:
        """Press or release a button where the pointer is."""
        if Devices.POINTER in self._screen.devices or not down:
            number, on_x11 = _BUTTONS[button]
            self._expect(EventKind.BUTTON_DOWN if down else EventKind.BUTTON_UP, on_x11)
            self._press(("button", number), down)
            self._make("NotifyPointerButton", number, down)

    def wheel(self, dx: int, dy: int) -> None:
        """Turn the wheel by whole notches; parts wait for more. Down and right are positive for the portal."""
        right, up = self._wheel.notches(dx, dy)
        if Devices.POINTER in self._screen.devices:
            for axis, steps in ((_HORIZONTAL, right), (_VERTICAL, -up)):
                if steps:
                    self._tell("NotifyPointerAxisDiscrete", "ui", axis, steps)

    def close(self) -> None:
        """Nothing of its own is held open: the session belongs to whoever asked for it."""
        self._injected.nothing_held()
        self._let_go()

    def _make(self, member: str, number: int, down: bool) -> None:
        self._tell(member, "iu", number, int(down))

    def _tell(self, member: str, signature: str, *arguments: object) -> None:
        """Have it made. Once the sharing is over the system has let go of everything, and this is told elsewhere."""
        if self._screen.alive:
            try:
                self._screen.notify(member, signature, *arguments)
            except EnvironmentFault as fault:
                _log.warning("input: %s", fault)

    def _expect(self, kind: EventKind, detail: Detail) -> None:
        self._ledger.injecting(kind, detail, self._clock())

    def _press(self, what: tuple[str, int], down: bool) -> None:
        if down:
            self._injected.down(what, self._clock())
        else:
            self._injected.up(what, self._clock())


def as_compositor_counts(screen: PortalScreen, shared: Callable[[], Display]) -> Callable[[], Display]:
    """Return what `shared` returns, in the size by which the compositor takes places: a scaled display has fewer."""

    def display() -> Display:
        width, height = screen.stream.size
        found = shared()
        return replace(found, width=width, height=height) if width and height else found

    return display
