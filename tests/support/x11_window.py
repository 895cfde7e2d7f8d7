"""A window of a test on an X display that notes which keys and buttons reach it, as a real program would."""

import select
import time

from Xlib import X
from Xlib.display import Display

DEADLINE_S = 10.0


class NotingWindow:
    """A full-size window with the keyboard focus; `display` is python-xlib's."""

    def __init__(self, name: str) -> None:
        self.display = Display(name)
        screen = self.display.screen()
        self._window = screen.root.create_window(
            0, 0, screen.width_in_pixels, screen.height_in_pixels, 0, screen.root_depth, override_redirect=True
        )
        self._window.change_attributes(
            event_mask=X.KeyPressMask
            | X.KeyReleaseMask
            | X.ButtonPressMask
            | X.ButtonReleaseMask
            | X.PointerMotionMask
            | X.ExposureMask
        )
        self._window.map()
        self._next(X.Expose)
        self._window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.display.sync()

    def events(self, count: int, *kinds: int) -> list:
        """Return the next `count` events of these kinds, following changes of the keyboard mapping on the way."""
        return [self._next(*kinds) for _ in range(count)]

    def typed(self, count: int) -> str:
        """Return the characters of the next `count` presses of keys that are no modifiers."""
        text = ""
        while len(text) < count:
            event = self._next(X.KeyPress)
            level = (event.state & X.ShiftMask) + 4 * bool(event.state & X.Mod5Mask)
            keysym = self.display.keycode_to_keysym(event.detail, level)
            if keysym and not 0xFE00 <= keysym <= 0xFFFF:
                text += chr(keysym - 0x01000000 if keysym >= 0x01000000 else keysym)
        return text

    def nothing_waits(self) -> bool:
        """Return whether no key or button event is left."""
        self.display.sync()
        kinds = [self.display.next_event().type for _ in range(self.display.pending_events())]
        return not {X.KeyPress, X.KeyRelease, X.ButtonPress, X.ButtonRelease} & set(kinds)

    def close(self) -> None:
        self.display.close()

    def _next(self, *kinds: int):
        deadline = time.monotonic() + DEADLINE_S
        while (left := deadline - time.monotonic()) > 0:
            if not self.display.pending_events():
                select.select([self.display.fileno()], [], [], left)
                continue
            event = self.display.next_event()
            if event.type == X.MappingNotify:
                self.display.refresh_keyboard_mapping(event)
            if event.type in kinds:
                return event
        raise AssertionError(f"no event of {kinds} within {DEADLINE_S} s")
