"""The technician's mouse and keyboard on the customer's computer: gated, injected, counted, released.

Messages arrive on the network thread; everything else may be called from any thread and acts before it returns.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

from customer_client.input.gate import InputGate, ReleaseAll
from customer_client.input.injector import Injector
from customer_client.session.typing_queue import TypingQueue
from protocol.channels import INPUT, Channel
from protocol.messages.input import (
    AllReleased,
    ButtonChanged,
    InputMessage,
    KeyChanged,
    PointerMoved,
    TextTyped,
    WheelTurned,
    decode_input,
    decode_pointer,
)


class RemoteInput:
    """Applies input while the gate allows it; anything else is dropped and counted.

    Only behind text that takes a while to type does input wait, and it is dropped there as soon as the gate closes.
    `watched` says whether somebody stands by who would release held keys and sees the panic keys; until then input is
    dropped whatever is granted.
    """

    def __init__(self, injector: Injector, *, watched: Callable[[], bool]) -> None:
        self._injector = injector
        self._watched = watched
        self._gate = InputGate()
        self._lock = threading.Lock()
        self._newest_pointer = -1
        self._forbidden = False
        self._counting = threading.Lock()  # never held while anything is injected, so that nobody waits to read
        self._applied: Counter[str] = Counter()
        self._typing = TypingQueue(self._apply)

    @property
    def no_secure_attention(self) -> str:
        """Why Ctrl+Alt+Del cannot be pressed here, a short code; empty when it can."""
        return self._injector.no_secure_attention

    def grant(self, expires_at: float | None = None) -> None:
        """The customer allowed control, until `expires_at` (monotonic seconds) or until it is taken back.

        Refused for good once `forbid` was called.
        """
        with self._lock:
            if not self._forbidden:
                self._obey(self._gate.grant(time.monotonic(), expires_at))

    def forbid(self) -> None:
        """Nobody watches over held keys any more: apply nothing from now on, whatever is granted."""
        self._forbidden = True
        self.revoke()

    def revoke(self) -> None:
        """Control ended."""
        with self._cutting_in():
            self._obey(self._gate.revoke(time.monotonic()))

    def pause(self) -> None:
        """The customer pressed Pause or Stop."""
        with self._cutting_in():
            self._obey(self._gate.pause(time.monotonic()))

    def resume(self) -> None:
        """The customer pressed Continue."""
        with self._lock:
            self._obey(self._gate.resume(time.monotonic()))

    def asking_changed(self, asking: bool) -> None:
        """A question to the customer is on the screen (true), or gone: the technician must not answer it."""
        with self._cutting_in():
            self._obey(self._gate.asking_changed(asking, time.monotonic()))

    def link_changed(self, alive: bool) -> None:
        """The technician went silent, or is heard again."""
        with self._cutting_in():
            self._obey(self._gate.link_changed(alive, time.monotonic()))

    def local_activity(self) -> None:
        """The customer used their own mouse or keyboard."""
        with self._cutting_in():
            self._obey(self._gate.local_activity(time.monotonic()))

    def release_all(self) -> None:
        """Let go of everything held, and type no further; the gate stays as it is."""
        with self._cutting_in():
            self._injector.release_all()

    def arrived(self, channel: Channel, data: bytes) -> None:
        """Decode one message and apply it if it may be.

        Raises:
            PeerError: not a message of that channel.
        """
        message = decode_input(data) if channel == INPUT else decode_pointer(data)
        if isinstance(message, PointerMoved):
            self._pointer_moved(message)
        elif isinstance(message, AllReleased):
            self.release_all()
        elif not self._typing.busy and (self._is_refused() or self._is_quick(message)):
            self._apply(message)
        elif not self._typing.put(message):
            self._count("refused")

    def held(self) -> frozenset[str]:
        """Return what is held for the technician: key codes, and `button:` + names of buttons."""
        return self._injector.held()

    def summary(self) -> dict[str, object] | None:
        """Return what was applied and refused since the last summary, counts only; None when nothing was.

        Never waits for text that is being typed: it counts when it is done. Behind `pause`, `revoke` or `close` nothing
        is under way any more, and everything is counted.
        """
        with self._counting:
            counts: dict[str, object] = {what: count for what, count in self._applied.items() if count}
            self._applied.clear()
        return counts or None

    def close(self) -> None:
        """Release everything and let go of the display."""
        with self._cutting_in():
            self._obey(self._gate.revoke(time.monotonic()))
            self._injector.close()

    @contextlib.contextmanager
    def _cutting_in(self) -> Iterator[None]:
        """Take the lock at once: text being typed ends where it is, what waits behind it is dropped."""
        dropped = self._typing.drop()
        self._injector.interrupt()
        with self._lock:
            self._injector.go_on()
            self._count("refused", dropped)
            yield

    def _is_refused(self) -> bool:
        """Say whether input is dropped now, so that nothing has to be asked or waited for to drop it."""
        with self._lock:
            return not self._may_apply()

    def _is_quick(self, message: InputMessage) -> bool:
        return not isinstance(message, TextTyped) or self._injector.types_at_once(message.text)

    def _apply(self, message: InputMessage) -> None:
        with self._lock:
            self._obey(self._gate.tick(time.monotonic()))
            if self._may_apply():
                self._inject(message)
            else:
                self._count("refused")

    def _may_apply(self) -> bool:
        return self._gate.allows(time.monotonic()) and self._watched()

    def _obey(self, commands: list[ReleaseAll]) -> None:
        if commands:
            self._injector.release_all()

    def _pointer_moved(self, message: PointerMoved) -> None:
        """Move at once; while text is typed that takes a while, moves are lost and the next one counts."""
        if self._typing.busy or message.seq <= self._newest_pointer:
            return
        with self._lock:
            self._obey(self._gate.tick(time.monotonic()))
            if self._may_apply():
                self._newest_pointer = message.seq
                self._injector.move(message.x, message.y)
                self._count("moves")
            else:
                self._count("refused")

    def _count(self, what: str, number: int = 1) -> None:
        with self._counting:
            self._applied[what] += number

    def _inject(self, message: InputMessage) -> None:
        match message:
            case KeyChanged(code=code, down=down):
                self._injector.key(code, down)
                self._count("keys", down)
            case TextTyped(text=text):
                self._injector.text(text)
                self._count("characters", len(text))
            case ButtonChanged(button=button, down=down, x=x, y=y):
                self._injector.button(button, down, x, y)
                self._count("clicks", down)
            case WheelTurned(dx=dx, dy=dy, x=x, y=y):
                self._injector.wheel(dx, dy, x, y)
                self._count("wheel")
