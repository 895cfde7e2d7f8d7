"""Files in a session of headless programs: the customer saves what is offered, and gives what is asked for."""

import asyncio
from pathlib import Path
from typing import Any

from customer_client.session.customer_session import CustomerSession
from customer_client.session.state import FilesShown
from protocol.files.transfer import Stage
from protocol.transport.files.status import FileStatus


def told_files(files: tuple[FileStatus, ...]) -> list[dict[str, Any]]:
    """Return what a test wants to know of files."""
    return [
        {
            "name": file.name,
            "outgoing": file.outgoing,
            "stage": file.stage.value,
            "moved": file.moved_bytes,
            "problem": file.problem,
            "saved_as": file.saved_as,
        }
        for file in files
    ]


class SavesEverything:
    """What a customer does who says yes to every file. `folder` is where files go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answered: set[bytes] = set()
        self._given = False

    def look(self, session: CustomerSession, files: FilesShown | None) -> None:
        """Answer what is asked on the window of files."""
        if files is None or session.live is None:
            return
        desk, soon = session.live.files, asyncio.get_running_loop().call_soon
        if files.folder != str(self._folder / "received"):
            soon(desk.choose_folder, self._folder / "received")
        for file in files.files:
            if file.stage is Stage.OFFERED and not file.outgoing and file.transfer not in self._answered:
                self._answered.add(file.transfer)
                soon(desk.accept, file.transfer)
        if files.wish is not None and not self._given:
            self._given = True
            soon(desk.send, (self._folder / "wanted.log",))
