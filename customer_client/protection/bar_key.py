"""Ctrl+Alt+Shift+Home: hands ask for the keyboard, whichever window has it. No display is opened here.

Like the panic keys it is heard, not taken: the window that has the keyboard is told of it as well. What programs inject
does not count, and neither do keys it holds or lets go: the whole chord has to be made by hand.
"""

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Protocol

from customer_client.input.system_events import Listen, SystemEvent
from customer_client.portal.wayland import is_wayland
from customer_client.watchdog.panic_keys import MACOS_CHORD, WINDOWS_CHORD, PanicChord, PanicKeys
from protocol.errors import EnvironmentFault

WINDOWS_HOME = PanicChord(end=frozenset({0x24}), modifiers=WINDOWS_CHORD.modifiers)
"""VK_HOME."""

MACOS_HOME = PanicChord(end=frozenset({0x73}), modifiers=MACOS_CHORD.modifiers)
"""Keyboards without Home have it as Fn and the left arrow."""

_log = logging.getLogger(__name__)


class BarKey(Protocol):
    """Hears the keys until `close`, and moves the keyboard between windows. GUI thread only."""

    def fileno(self) -> int | None:
        """Return what to wait on before each `hear`; None where the keys are heard on a thread of their own."""

    def hear(self) -> bool:
        """Read what came; return whether more may come. Raises nothing."""

    def take_keyboard(self, window: int) -> None:
        """Remember who has the keyboard and give it to the window, by its number, as far as Tk could not."""

    def give_back(self) -> None:
        """Give it to the window that had it, if the bar has it still."""

    def close(self) -> None:
        """Hear no more. Harmless to call again."""


class ListeningBarKey:
    """A `BarKey` where a thread listens to the keyboard (Windows, macOS); `called` runs there and must return at once.

    Args:
        listen: begins to tell of keys.
        chord: the keys of this system.
        called: the keys were pressed.
        in_front: the window that has the keyboard now; 0 for none.
        bring_front: gives it to a window.

    Raises:
        EnvironmentFault: `listen`'s.
    """

    def __init__(
        self,
        listen: Listen,
        chord: PanicChord,
        called: Callable[[], None],
        *,
        in_front: Callable[[], int] = lambda: 0,
        bring_front: Callable[[int], object] = lambda window: None,
    ) -> None:
        self._keys = PanicKeys(chord)
        self._called = called
        self._in_front, self._bring_front = in_front, bring_front
        self._before = 0
        self._listening = listen(self._heard, None)

    def fileno(self) -> None:
        """A thread listens."""
        return

    def hear(self) -> bool:
        """Nothing comes this way."""
        return False

    def take_keyboard(self, window: int) -> None:
        """Remember the window in front; Tk itself brings a window to the front on these systems."""
        self._before = self._in_front()

    def give_back(self) -> None:
        """Bring the window to the front that was."""
        before, self._before = self._before, 0
        if before:
            self._bring_front(before)

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _heard(self, event: SystemEvent) -> None:
        """Runs on the listening thread."""
        if not event.injected and self._keys.pressed(event):
            self._called()


def choose_bar_key(called: Callable[[], None], platform: str = sys.platform) -> BarKey | None:
    """Return what calls `called`, on any thread, when the keys are pressed; None where nobody would tell of them.

    Wayland tells a program of its own windows' keys only.
    """
    # What is imported is there on its own system only.
    try:
        if is_wayland(system=platform):
            return None
        if platform.startswith("linux"):
            from customer_client.protection.x11_bar_key import X11BarKey

            return X11BarKey(called)
        if platform == "win32":
            return _on_windows(called)
        from customer_client.macos import event_tap

        return ListeningBarKey(partial(event_tap.listen, mouse=False), MACOS_HOME, called)
    except (EnvironmentFault, ImportError, OSError) as fault:
        _log.warning("the bar cannot be called to the keyboard: %s", fault)
        return None


def _on_windows(called: Callable[[], None]) -> BarKey:
    from customer_client.windows import input_hooks
    from customer_client.windows.api import user32
    from customer_client.windows.top_windows import window_in_front

    return ListeningBarKey(
        partial(input_hooks.listen, mouse=False),
        WINDOWS_HOME,
        called,
        in_front=window_in_front,
        bring_front=user32().SetForegroundWindow,
    )
