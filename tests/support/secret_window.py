"""A program on an X display whose window nobody shall see: one colour that nothing else has, moved without pause."""

import threading

from Xlib import X, Xatom, Xutil
from Xlib.display import Display

SECRET = 0xFE01DC
SECRET_PIXEL = SECRET.to_bytes(4, "little")[:3]
CLASS = "KeePassXC"


class SecretProgram:
    """One window at a time on the display `name`. `class_name` is what it calls itself; "" says nothing."""

    def __init__(self, name: str, class_name: str = CLASS) -> None:
        self.display = Display(name)
        self._class_name = class_name
        self._screen = self.display.screen()
        self.window = None
        self._mapped = False

    def act(self, kind: str, x: int = 30, y: int = 30, size: int = 60) -> None:
        """Do one thing: open, move, resize, hide, show, close, raise or lower."""
        if self.window is None and kind != "open":
            kind = "open"
        match kind:
            case "open":
                self.close_window()
                self._open(x, y, size)
            case "move":
                self.window.configure(x=x, y=y)
            case "resize":
                self.window.configure(width=size, height=size // 2 + 8)
            case "hide":
                self.window.unmap()
            case "show":
                self.window.map()
            case "close":
                self.close_window()
            case "raise":
                self.window.configure(stack_mode=X.Above)
            case "lower":
                self.window.configure(stack_mode=X.Below)
        self.display.sync()

    def set_type(self, kind: str) -> None:
        """Say what kind of window it is, such as _NET_WM_WINDOW_TYPE_NOTIFICATION."""
        atoms = [self.display.intern_atom(kind)]
        self.window.change_property(self.display.intern_atom("_NET_WM_WINDOW_TYPE"), Xatom.ATOM, 32, atoms)
        self.display.sync()

    def close_window(self) -> None:
        if self.window is not None:
            self.window.destroy()
            self.window = None

    def close(self) -> None:
        self.display.close()

    def _open(self, x: int, y: int, size: int) -> None:
        self.window = self._screen.root.create_window(
            x, y, size, size, 0, self._screen.root_depth, background_pixel=SECRET, event_mask=X.ExposureMask
        )
        if self._class_name:
            self.window.set_wm_class(self._class_name.lower(), self._class_name)
        self.window.set_wm_name("My vault")
        self.window.set_wm_normal_hints(flags=Xutil.USPosition)
        self.window.map()


class Mover:
    """Lets a program act in a thread of its own, over and over, until it is left."""

    def __init__(self, program: SecretProgram, acts: list[tuple[str, int, int, int]]) -> None:
        self._program, self._acts = program, acts
        self._stopping = threading.Event()
        self.rounds = 0
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Mover":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                for act in self._acts:
                    self._program.act(*act)
                self.rounds += 1
        except BaseException as error:
            self._failed = error


def shows_secret(pixels) -> bool:
    """Say whether a pixel (4 bytes, blue first) of the secret colour is among them."""
    data, found = bytes(pixels), -1
    while (found := data.find(SECRET_PIXEL, found + 1)) >= 0:
        if found % 4 == 0:
            return True
    return False
