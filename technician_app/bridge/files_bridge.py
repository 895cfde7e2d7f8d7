"""What the technician does with files, handed from the GUI thread to the session on the network thread."""

from collections.abc import Callable

from technician_app.controllers.session_state import FileIntents


class FilesBridge:
    """Implements `FileIntents`; `on_files` calls something with the session's own, on its thread."""

    def __init__(self, on_files: Callable[[Callable[[FileIntents], None]], None]) -> None:
        self._on_files = on_files

    def send(self, paths: tuple[str, ...]) -> None:
        """Offer files to the customer."""
        self._on_files(lambda files: files.send(paths))

    def ask_for(self, what: str) -> None:
        """Ask the customer for a file."""
        self._on_files(lambda files: files.ask_for(what))

    def answer(self, transfer: bytes, accepted: bool) -> None:
        """Save a file the customer offers, or do not."""
        self._on_files(lambda files: files.answer(transfer, accepted))

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a file on its way, or let it go on."""
        self._on_files(lambda files: files.pause(transfer, paused))

    def cancel(self, transfer: bytes) -> None:
        """Give a file up."""
        self._on_files(lambda files: files.cancel(transfer))

    def choose_folder(self, folder: str) -> None:
        """Save files there from now on."""
        self._on_files(lambda files: files.choose_folder(folder))
