"""The session's status line: the path, its figures, who has control, what ends when, what is stored of the record."""

import math
import time
from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QStatusBar

from protocol.consent import Standing
from protocol.messages.consent import Capability
from technician_app.controllers.session_state import Control, LinkStatus, Permission, SessionViewState
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel
from technician_app.views.remote_input import RELEASE_CHORD
from technician_app.views.theme import restyle

_PATHS = {
    "direct": "Direct connection",
    "stun": "Direct connection through a router",
    "turn": "Connection through a TURN relay",
    "tunnel": "Connection through the support server",
}
_CONTROL = {
    Control.NONE: "View only",
    Control.ASKED: "Asked for control",
    Control.GRANTED: f"You have control ({RELEASE_CHORD} gives it back)",
}
_CONTROL_PX, _RECORDING_PX, _LEFT_PX = 130, 100, 110
"""The least room for who has control, whether it is recorded and what ends when: the first words stay whole."""

_SHORT = {
    Capability.SEE: "screen",
    Capability.POINT: "pointing",
    Capability.CONTROL: "control",
    Capability.CLIPBOARD_TO_CUSTOMER: "text to them",
    Capability.CLIPBOARD_TO_TECHNICIAN: "text from them",
    Capability.FILES_TO_CUSTOMER: "files to them",
    Capability.FILES_TO_TECHNICIAN: "files from them",
    Capability.DIAGNOSTICS: "facts",
    Capability.VOICE: "voice",
    Capability.CHAT: "chat",
    Capability.RECORDING: "recording",
}


class SessionStatusBar(QStatusBar):
    """Renders the status line of a SessionViewState; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("sessionStatusBar")
        self._clock = clock
        self.setSizeGripEnabled(False)
        self.setContentsMargins(10, 2, 10, 2)
        self._status = PlainLabel(name="statusText", wrap=False).shrinkable()
        self._control = PlainLabel(name="statusControl", wrap=False)
        self._recording = PlainLabel(name="statusRecording", kind="good", wrap=False)
        self._left = PlainLabel(name="statusTimeLeft", kind="muted", wrap=False)
        self._reduced = PlainLabel(name="statusReduced", kind="muted", wrap=False)
        self._record = PlainLabel(name="statusRecord", kind="muted", wrap=False)
        self._path = PlainLabel(name="statusPath", kind="muted", wrap=False)
        self._figures = PlainLabel(name="statusFigures", kind="muted", wrap=False)
        for label in (self._reduced, self._record, self._path):
            label.elided()
        self._control.elided(_CONTROL_PX)
        self._recording.elided(_RECORDING_PX)
        self._left.elided(_LEFT_PX)
        self.addWidget(self._control)
        self.addWidget(self._left)
        self.addWidget(self._recording)
        self.addWidget(self._status, 1)
        for label in (self._reduced, self._record, self._path, self._figures):
            label.setContentsMargins(14, 0, 0, 0)
            self.addPermanentWidget(label)

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        self._control.show_text(_CONTROL[state.control])
        restyle(self._control, "kind", "good" if state.control is Control.GRANTED else "muted")
        recording = state.permissions.get(Capability.RECORDING, Permission()).standing is Standing.GRANTED
        self._recording.show_or_hide("● Recording, as the customer allowed" if recording else "")
        self._left.show_or_hide(time_left_words(state.permissions, self._clock()))
        self._status.show_or_hide(shown_line(state.status, 120))
        reduced = shown_line(state.picture.reduced, 60)
        self._reduced.show_or_hide(f"Picture reduced: {reduced}" if reduced else "")
        self._record.show_or_hide(shown_line(f"Record: {state.record_status}", 80) if state.record_status else "")
        self._path.show_or_hide(_PATHS.get(state.link_status.path, ""))
        self._figures.show_or_hide(figures_text(state.link_status))


def time_left_words(permissions: Mapping[Capability, Permission], now: float) -> str:
    """Return what ends by itself and when, like `0:45 left: control, voice; 14 min: screen`; `now` is monotonic s."""
    ends: dict[str, list[str]] = {}
    for capability, permission in sorted(permissions.items(), key=lambda each: each[1].until or 0.0):
        if permission.standing is Standing.GRANTED and permission.until is not None:
            seconds = max(0, math.ceil(permission.until - now))
            left = f"{math.ceil(seconds / 60)} min" if seconds > 60 else f"{seconds // 60}:{seconds % 60:02d}"
            ends.setdefault(left, []).append(_SHORT[capability])
    return "; ".join(
        f"{left}{'' if place else ' left'}: {', '.join(names)}" for place, (left, names) in enumerate(ends.items())
    )


def figures_text(link: LinkStatus) -> str:
    """Return the known figures, like `23 ms, 12 fps, 840 kbit/s`."""
    parts = []
    if link.rtt_ms is not None:
        parts.append(f"{link.rtt_ms:.0f} ms")
    if link.fps is not None:
        parts.append(f"{link.fps:.0f} fps")
    if link.kbit_per_s is not None:
        megabits = link.kbit_per_s >= 1000
        parts.append(f"{link.kbit_per_s / 1000:.1f} Mbit/s" if megabits else f"{link.kbit_per_s:.0f} kbit/s")
    return ", ".join(parts)
