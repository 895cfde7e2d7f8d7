"""The technician's mouse and keyboard on the customer's computer: gated, injected, counted, released.

Messages arrive on the network thread; everything else may be called from any thread and acts before it returns.
"""

import threading
import time
from collections import Counter

from customer_client.input.gate import InputGate, ReleaseAll
from customer_client.input.injector import Injector
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
    """Applies input while the gate allows it; anything else is dropped and counted, never queued."""

    def __init__(self, injector: Injector) -> None:
        self._injector = injector
        self._gate = InputGate()
        self._lock = threading.Lock()
        self._newest_pointer = -1
        self._applied: Counter[str] = Counter()

    def grant(self) -> None:
        """The customer allowed control."""
        with self._lock:
            self._obey(self._gate.grant(time.monotonic()))

    def revoke(self) -> None:
        """Control ended."""
        with self._lock:
            self._obey(self._gate.revoke(time.monotonic()))

    def pause(self) -> None:
        """The customer pressed Pause or Stop."""
        with self._lock:
            self._obey(self._gate.pause(time.monotonic()))

    def resume(self) -> None:
        """The customer pressed Continue."""
        with self._lock:
            self._obey(self._gate.resume(time.monotonic()))

    def asking_changed(self, asking: bool) -> None:
        """A question to the customer is on the screen (true), or gone: the technician must not answer it."""
        with self._lock:
            self._obey(self._gate.asking_changed(asking, time.monotonic()))

    def link_changed(self, alive: bool) -> None:
        """The technician went silent, or is heard again."""
        with self._lock:
            self._obey(self._gate.link_changed(alive, time.monotonic()))

    def local_activity(self) -> None:
        """The customer used their own mouse or keyboard."""
        with self._lock:
            self._obey(self._gate.local_activity(time.monotonic()))

    def arrived(self, channel: Channel, data: bytes) -> None:
        """Decode one message and apply it if it may be.

        Raises:
            PeerError: not a message of that channel.
        """
        message = decode_input(data) if channel == INPUT else decode_pointer(data)
        with self._lock:
            self._obey(self._gate.tick(time.monotonic()))
            if isinstance(message, AllReleased):
                self._injector.release_all()
            elif not self._gate.allows(time.monotonic()):
                self._applied["refused"] += 1
            elif isinstance(message, PointerMoved):
                self._move(message)
            else:
                self._inject(message)

    def summary(self) -> dict[str, object] | None:
        """Return what was applied and refused since the last summary, counts only; None when nothing was."""
        with self._lock:
            counts: dict[str, object] = {what: count for what, count in self._applied.items() if count}
            self._applied.clear()
        return counts or None

    def close(self) -> None:
        """Release everything and let go of the display."""
        with self._lock:
            self._obey(self._gate.revoke(time.monotonic()))
            self._injector.close()

    def _obey(self, commands: list[ReleaseAll]) -> None:
        if commands:
            self._injector.release_all()

    def _move(self, message: PointerMoved) -> None:
        if message.seq > self._newest_pointer:
            self._newest_pointer = message.seq
            self._injector.move(message.x, message.y)
            self._applied["moves"] += 1

    def _inject(self, message: InputMessage) -> None:
        match message:
            case KeyChanged(code=code, down=down):
                self._injector.key(code, down)
                self._applied["keys"] += down
            case TextTyped(text=text):
                self._injector.text(text)
                self._applied["characters"] += len(text)
            case ButtonChanged(button=button, down=down, x=x, y=y):
                self._injector.button(button, down, x, y)
                self._applied["clicks"] += down
            case WheelTurned(dx=dx, dy=dy, x=x, y=y):
                self._injector.wheel(dx, dy, x, y)
                self._applied["wheel"] += 1
