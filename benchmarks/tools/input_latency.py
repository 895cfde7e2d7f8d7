"""How long an idle customer's computer takes from an input message to the program that gets the key or the text."""

import itertools
import statistics
import time

from Xlib import X
from Xlib.display import Display as XDisplay

from customer_client.capture.source import Display
from customer_client.input.injector import Injector
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from customer_client.session.remote_input import RemoteInput
from demo.virtual_display import virtual_display
from protocol.channels import INPUT
from protocol.messages.base import encode
from protocol.messages.input import KeyChanged, TextTyped

EVENTS = 200
PAUSE_S = 0.02
WIDTH, HEIGHT = 800, 600
SOMEBODY_ELSE = 1
"""Stands for another program's process: nothing is typed into windows of our own, and here the window is ours."""


def input_latency_ms(events: int = EVENTS) -> dict[str, dict[str, float]]:
    """Return {"key": {"p50", "p95"}, "text": ...} in ms, from the message's bytes to the KeyPress in a window."""
    with virtual_display(WIDTH, HEIGHT) as name:
        window = XDisplay(name)
        _show_window(window)
        shared = Display("bench", 0, 0, WIDTH, HEIGHT, primary=True)
        injector: Injector = X11Injector(
            lambda: shared, InjectionLedger(), display_name=name, own_process_id=SOMEBODY_ELSE
        )
        remote_input = RemoteInput(injector, watched=lambda: True)
        remote_input.grant()
        keys = [encode(KeyChanged(code="KeyA", down=down)) for down in (True, False)]
        texts = [encode(TextTyped(text=character)) for character in "añЖ"]
        figures = {
            "key": _measure(window, remote_input, keys, events),
            "text": _measure(window, remote_input, texts, events),
        }
        remote_input.close()
        window.close()
    return figures


def _measure(window: XDisplay, remote_input: RemoteInput, messages: list[bytes], events: int) -> dict[str, float]:
    taken = []
    for data in itertools.islice(itertools.cycle(messages), events):
        time.sleep(PAUSE_S)
        _drain(window)
        begun = time.perf_counter()
        remote_input.arrived(INPUT, data)
        while window.next_event().type not in (X.KeyPress, X.KeyRelease):
            pass
        taken.append((time.perf_counter() - begun) * 1000)
    ordered = sorted(taken)
    return {"p50": round(statistics.median(ordered), 2), "p95": round(ordered[int(len(ordered) * 0.95)], 2)}


def _drain(window: XDisplay) -> None:
    while window.pending_events():
        window.next_event()


def _show_window(display: XDisplay) -> None:
    screen = display.screen()
    window = screen.root.create_window(0, 0, WIDTH, HEIGHT, 0, screen.root_depth, override_redirect=True)
    window.change_attributes(event_mask=X.KeyPressMask | X.KeyReleaseMask | X.ExposureMask)
    window.map()
    while display.next_event().type != X.Expose:
        pass
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    display.sync()
