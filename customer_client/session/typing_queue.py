"""Input that has to wait its turn behind text being typed: a character the layout lacks can take a quarter of a second.

The network thread puts messages in, one short-lived thread applies them in order, any thread drops them. Texts that
wait one after the other are typed as one, so that the time it takes is taken once for all of them.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from protocol.errors import DesksideError
from protocol.messages.input import MAX_TEXT, InputMessage, TextTyped

MAX_WAITING = 256
"""Messages; what comes while so many wait is dropped."""

_log = logging.getLogger(__name__)


class TypingQueue:
    """Applies messages in order through `apply`, on a thread of its own while there are any."""

    def __init__(self, apply: Callable[[InputMessage], None]) -> None:
        self._apply = apply
        self._lock = threading.Lock()
        self._waiting: deque[InputMessage] = deque()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether messages wait or one is being applied: others must wait behind them."""
        with self._lock:
            return self._thread is not None

    def put(self, message: InputMessage) -> bool:
        """Add a message; return False when too many wait."""
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                return False
            self._waiting.append(message)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="typing", daemon=True)
                self._thread.start()
            return True

    def drop(self) -> int:
        """Forget what waits; return how many messages that were."""
        with self._lock:
            dropped = len(self._waiting)
            self._waiting.clear()
            return dropped

    def _run(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._apply(message)
            except DesksideError as fault:
                _log.warning("typing stopped: %s (%s)", fault, fault.code)
                self.drop()

    def _next(self) -> InputMessage | None:
        with self._lock:
            if self._waiting:
                return self._with_what_follows(self._waiting.popleft())
            self._thread = None
            return None

    def _with_what_follows(self, message: InputMessage) -> InputMessage:
        """Return `message`; a text with all texts right behind it that fit into one message."""
        while isinstance(message, TextTyped) and self._waiting and isinstance(after := self._waiting[0], TextTyped):
            if len(message.text) + len(after.text) > MAX_TEXT:
                break
            self._waiting.popleft()
            message = TextTyped(text=message.text + after.text)
        return message
