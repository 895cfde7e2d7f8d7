"""A window with a title and one colour on an X display, as a program opens it."""

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage


class TitledWindow:
    """Not shown until `show`. `colour` is 0xRRGGBB; `program` its class."""

    def __init__(self, name: str, title: str, colour: int, *, program: str = "Firefox", size: int = 300) -> None:
        self._display = Display(name)
        screen = self._display.screen()
        self._root = screen.root
        self._window = self._root.create_window(
            40, 60, size, size, 0, screen.root_depth, background_pixel=colour, event_mask=X.ExposureMask
        )
        self._window.set_wm_class(program.lower(), program)
        self.rename(title)

    def rename(self, title: str) -> None:
        """Give it another title, as a browser does with every page."""
        self._window.set_wm_name(title.encode("ascii", "replace").decode())
        name, utf8 = self._display.intern_atom("_NET_WM_NAME"), self._display.intern_atom("UTF8_STRING")
        self._window.change_property(name, utf8, 8, title.encode())
        self._display.sync()

    def show(self) -> None:
        """Put it on the screen, on top."""
        self._window.map()
        self._window.configure(stack_mode=X.Above)
        self._display.sync()

    @property
    def is_framed(self) -> bool:
        """Whether a window manager has put it into a frame: one that is just starting may miss new windows."""
        return bool(self._window.query_tree().parent.id != self._root.id)

    def activate(self) -> None:
        """Ask the window manager to bring it to the front, as a task bar does."""
        message = ClientMessage(
            window=self._window, client_type=self._display.intern_atom("_NET_ACTIVE_WINDOW"), data=(32, [2, 0, 0, 0, 0])
        )
        self._root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self._display.sync()

    def repaint(self, colour: int) -> None:
        """Have another colour from the next drawing on."""
        self._window.change_attributes(background_pixel=colour)
        self._window.clear_area(0, 0, 0, 0)
        self._display.sync()

    def make_dock(self) -> None:
        """Be a panel, which lies above every other window."""
        kind, dock = (self._display.intern_atom(f"_NET_WM_WINDOW_TYPE{end}") for end in ("", "_DOCK"))
        self._window.change_property(kind, Xatom.ATOM, 32, [dock])
        self._display.sync()

    def hide(self) -> None:
        """Take it off the screen."""
        self._window.unmap()
        self._display.sync()

    def close(self) -> None:
        """End the program."""
        self._display.close()
