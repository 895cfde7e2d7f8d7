"""The relay and its organisation: set up once, when first wanted, and used by every session of a benchmark."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from demo.hands import Hands
from demo.session import Stage, start_relay


class House:
    """A folder with the relay's data and the organisation's key, and the relay while it runs."""

    def __init__(self, folder: Path, display: str) -> None:
        self.folder = folder
        self._display = display
        self._relay: tuple[str, str, int] | None = None
        self._programs = contextlib.ExitStack()

    def relay(self) -> tuple[str, str, int]:
        """Return the relay's address, the organisation's root id and the relay's port; start it the first time.

        Raises:
            DemoFailed: it did not start.
        """
        if self._relay is None:
            self._relay = self._start()
        return self._relay

    def close(self) -> None:
        """End the relay."""
        self._programs.close()

    def _start(self) -> tuple[str, str, int]:
        hands = Hands(self._display)
        self._programs.callback(hands.close)
        stage = Stage(self.folder, hands, hands)
        try:
            _, url, organisation = start_relay(stage)
        finally:
            for program in stage.programs:
                self._programs.callback(program.end)
        return url, organisation, urlsplit(url).port or 80


@contextlib.contextmanager
def house(folder: Path, display: str) -> Iterator[House]:
    """Yield a house in `folder`, and end its relay afterwards. `display` is any display: the relay shows nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = House(folder, display)
    try:
        yield opened
    finally:
        opened.close()
