"""What the customer does with files, handed from the GUI thread to the session on the network thread."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from customer_client.session.customer_session import CustomerSession
    from customer_client.session.files import CustomerFiles


class FilesOnLoop:
    """Implements `FileIntents`; `on_loop` calls something with the session on its thread, when there is one."""

    def __init__(self, on_loop: Callable[[Callable[["CustomerSession"], object]], None]) -> None:
        self._on_loop = on_loop

    def show(self, shown: bool) -> None:
        """Open the window with the files, or close it."""
        self._on_files(lambda files: files.show(shown))

    def accept(self, transfer: bytes) -> None:
        """Save an offered file."""
        self._on_files(lambda files: files.accept(transfer))

    def decline(self, transfer: bytes) -> None:
        """Do not save it."""
        self._on_files(lambda files: files.decline(transfer))

    def send(self, paths: tuple[Path, ...]) -> None:
        """Give the technician files."""
        self._on_files(lambda files: files.send(paths))

    def refuse_wish(self) -> None:
        """Give nothing for what the technician asked for."""
        self._on_files(lambda files: files.refuse_wish())

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a file on its way, or let it go on."""
        self._on_files(lambda files: files.pause(transfer, paused))

    def cancel(self, transfer: bytes) -> None:
        """Give a file on its way up."""
        self._on_files(lambda files: files.cancel(transfer))

    def choose_folder(self, folder: Path) -> None:
        """Save files there from now on."""
        self._on_files(lambda files: files.choose_folder(folder))

    def _on_files(self, act: Callable[["CustomerFiles"], None]) -> None:
        self._on_loop(lambda session: act(session.live.files) if session.live is not None else None)
