"""The real window on a real X display, driven with its own mouse and keyboard; xdotool stands for other programs."""

import dataclasses
import subprocess
import time
import tkinter as tk
from collections.abc import Callable, Iterable

from Xlib import XK
from Xlib.display import Display

from customer_client.protection.alarms import alarm_of
from customer_client.protection.confirming import Asked, Why
from customer_client.protection.contact import ContactShown, Step
from customer_client.protection.money import MoneyKind
from customer_client.session.farewell_state import FarewellShown
from customer_client.session.relay_state import RelayShown
from customer_client.session.state import Answer, Bar, ChatShown, CustomerViewState, MoneyShown, Page, Question
from customer_client.session.troubles import said_of
from customer_client.ui.palette import LIGHT, Palette
from customer_client.ui.window import CustomerWindow
from demo.device_input import DeviceInput
from protocol.errors import EnvironmentFault
from protocol.messages.consent import Capability
from protocol.messages.diagnostics import Fact, FactStatus
from protocol.transport.voice.status import VoiceStatus

DEADLINE_S = 20.0


class FileRecorder:
    """File intents, or others with a name of their own, that only remember what was called."""

    def __init__(self, calls: list[tuple[object, ...]], family: str = "files") -> None:
        self._calls = calls
        self._family = family

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self._calls.append((f"{self._family}.{name}", *arguments))


class Recorder:
    """Customer intents that only remember what was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.files = FileRecorder(self.calls)
        self.protection = FileRecorder(self.calls, "protection")
        self.hiding = FileRecorder(self.calls, "hiding")
        self.farewell = FileRecorder(self.calls, "farewell")
        self.relay = FileRecorder(self.calls, "relay")

    def begin_again(self) -> None:
        self.calls.append(("begin_again",))

    def enter_route(self, text: str) -> None:
        self.calls.append(("enter_route", text))

    def answer(self, question_id: int, answer: Answer) -> None:
        self.calls.append(("answer", question_id, answer))

    def ask_system_again(self) -> None:
        self.calls.append(("ask_system_again",))

    def pause(self) -> None:
        self.calls.append(("pause",))

    def resume(self) -> None:
        self.calls.append(("resume",))

    def take_back(self, capability: Capability) -> None:
        self.calls.append(("take_back", capability))

    def talk(self, wanted: bool) -> None:
        self.calls.append(("talk", wanted))

    def choose_sound(self, microphone: str, speaker: str) -> None:
        self.calls.append(("choose_sound", microphone, speaker))

    def open_chat(self, shown: bool) -> None:
        self.calls.append(("open_chat", shown))

    def write_chat(self, text: str) -> None:
        self.calls.append(("write_chat", text))

    def read_chat(self) -> None:
        self.calls.append(("read_chat",))

    def send_clipboard(self, text: str) -> None:
        self.calls.append(("send_clipboard", text))

    def clipboard_refused(self, why: str) -> None:
        self.calls.append(("clipboard_refused", why))

    def send_diagnostics(self, ticked: frozenset[str]) -> None:
        self.calls.append(("send_diagnostics", ticked))

    def decline_diagnostics(self) -> None:
        self.calls.append(("decline_diagnostics",))

    def remove(self, session: str) -> None:
        self.calls.append(("remove", session))

    def stop(self) -> None:
        self.calls.append(("stop",))

    def quit(self) -> None:
        self.calls.append(("quit",))


class HandClock:
    """Monotonic seconds that move only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """One window, its recorded intents and its clock."""

    def __init__(self, palette: Palette = LIGHT) -> None:
        self.intents = Recorder()
        self.clock = HandClock()
        self.window = CustomerWindow(self.intents, clock=self.clock, palette=palette)
        self.root = self.window._root
        self._display = Display()
        self._device = DeviceInput(self._display)

    def show(self, state: CustomerViewState) -> None:
        self.window.show(state)
        self.settle()

    def settle(self) -> None:
        """Let everything that waits happen, including what the X server has to say."""
        for _ in range(3):
            self.root.update()
            self.root.winfo_pointerxy()
        self.root.update()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, f"not in time: {what}"
            self.root.update()
            time.sleep(0.005)

    def find(self, name: str) -> tk.Misc:
        return self.window.find(name)

    def focused(self) -> str:
        widget = self.root.focus_get()
        return widget.winfo_name() if widget is not None else ""

    def text_of(self, name: str) -> str:
        return str(self.find(name).cget("text"))

    def words(self) -> str:
        """Everything the page and the bar say now."""
        tops = [self.window._main, *([self.window._bar] if self.window._bar else [])]
        return "\n".join(text for top in tops if top.state() != "withdrawn" for text in _texts(top))

    def click(self, name: str) -> None:
        widget = self.find(name)
        x = widget.winfo_rootx() + widget.winfo_width() // 2
        y = widget.winfo_rooty() + widget.winfo_height() // 2
        self.click_at(x, y)

    def click_at(self, x: int, y: int) -> None:
        xdotool("mousemove", x, y)
        self.settle()
        self._device.button(1, True)
        self._device.button(1, False)
        self._display.sync()

    def key(self, *names: str) -> None:
        for name in names:
            keys = [self._keycode(part) for part in name.split("+")]
            for key in keys:
                self._device.key(key, True)
            for key in reversed(keys):
                self._device.key(key, False)
        self._display.sync()

    def _keycode(self, name: str) -> int:
        keysym = XK.string_to_keysym({"alt": "Alt_L", "shift": "Shift_L", "ctrl": "Control_L"}.get(name, name))
        keycode = self._display.keysym_to_keycode(keysym)
        assert keycode, f"no key {name!r} on this keyboard"
        return int(keycode)

    def called(self, *call: object) -> None:
        """Wait until the intents got exactly this one call, and nothing else."""
        self.until(lambda: bool(self.intents.calls), f"{call}")
        assert self.intents.calls == [call]

    def allow_is_open(self) -> None:
        """Move time on until `Allow` may be pressed."""
        self.clock.now += 3.0
        self.until(lambda: "disabled" not in self.find("allow").state(), "Allow can be pressed")  # type: ignore[attr-defined]

    def end(self) -> None:
        self.window.hands.close()
        self._display.close()
        # Not `close` and `run`: a window another test left behind would keep the loop running for ever.
        self.root.end()


def xdotool(*words: object) -> str:
    command = ["xdotool", *(str(word) for word in words)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=DEADLINE_S).stdout


def set_desktop_dpi(display: str, dpi: int) -> None:
    """Set the font resolution of `display`, as a desktop's settings do."""
    subprocess.run(
        ["xrdb", "-display", display, "-nocpp", "-load", "-"],
        input=f"Xft.dpi: {dpi}\n".encode(),
        check=True,
        timeout=DEADLINE_S,
    )


def _texts(widget: tk.Misc) -> Iterable[str]:
    if isinstance(widget, tk.Text):
        yield widget.get("1.0", "end")
    elif "text" in widget.keys() and (widget.winfo_manager() or isinstance(widget, tk.Toplevel)):  # noqa: SIM118
        yield str(widget.cget("text"))
    for child in widget.winfo_children():
        yield from _texts(child)


def question(*capabilities: Capability, **changes: object) -> Question:
    asked = Question(
        id=7,
        capabilities=capabilities or (Capability.SEE,),
        organisation="Example IT Services Ltd",
        technician="Anna Weber",
        ticket="DS-2026-000123",
        subject="Printer offline",
        reason="Your printer does not print. I would like to look at the print queue with you.",
        deadline=1060.0,
    )
    return dataclasses.replace(asked, **changes)  # type: ignore[arg-type]


def bar(*allowed: Capability, **changes: object) -> Bar:
    shown = Bar(
        "Anna Weber", "Example IT Services Ltd", "DS-2026-000123", 1000.0, frozenset(allowed or (Capability.SEE,))
    )
    return dataclasses.replace(shown, **changes)  # type: ignore[arg-type]


def fact(name: str, value: str = "some value", status: FactStatus = FactStatus.OK, **changes: str) -> Fact:
    shown = value if status is FactStatus.OK else ""
    label = changes.get("label", name.replace("_", " "))
    return Fact(f"test.{name}", changes.get("group", "Disks"), label, status, shown, changes.get("note", ""), 3)


FACTS = (
    fact("free", "48.2 GB of 238.5 GB"),
    fact("health", status=FactStatus.DENIED, note="needs administrator rights"),
    fact("address", "192.168.1.20", group="Network"),
    fact("names", "192.168.1.1\n9.9.9.9", group="Network"),
)

DIAGNOSTICS = CustomerViewState(Page.DIAGNOSTICS, bar=bar(), facts=FACTS)

FIRST_TICKED = frozenset({Capability.SEE, Capability.POINT})

_LONG = "Wide words " * 19
EVERY_PAGE: dict[str, CustomerViewState] = {
    "contact": CustomerViewState(Page.CONTACT),
    "caller": CustomerViewState(Page.CONTACT, contact=ContactShown(Step.WARNED)),
    "caller-typing": CustomerViewState(Page.CONTACT, contact=ContactShown(Step.DOUBTED, 1010.0)),
    "money": CustomerViewState(Page.SESSION, bar=bar(), money=MoneyShown(MoneyKind.BANK, 1020.0)),
    **{
        f"trouble-{code}": CustomerViewState(
            Page.PROBLEM,
            **said_of(EnvironmentFault(code=code), CustomerViewState(Page.PROBLEM, relay="https://a.example")),
        )
        for code in ("proxy_password", "route_not_open", "program_too_old", "wayland_without_portal", "not_deskside")
    },
    "unverified": CustomerViewState(Page.PROBLEM, alarm=alarm_of("certificate_untrusted")),
    "tampered": CustomerViewState(Page.PROBLEM, alarm=alarm_of("binding_failed")),
    "other-relay": CustomerViewState(Page.PROBLEM, alarm=alarm_of("relay_untrusted")),
    "other-organisation": CustomerViewState(Page.PROBLEM, alarm=alarm_of("organisation_mismatch")),
    "unproven-relay": CustomerViewState(Page.PROBLEM, alarm=alarm_of("relay_unproven")),
    "old-proof": CustomerViewState(Page.PROBLEM, alarm=alarm_of("relay_proof_expired")),
    "expired-and-reported": CustomerViewState(
        Page.PROBLEM, alarm=alarm_of("certificate_expired"), farewell=FarewellShown(can_tell=True)
    ),
    "forged-and-reported": CustomerViewState(
        Page.PROBLEM, alarm=alarm_of("confirmation_invalid"), farewell=FarewellShown(can_tell=True)
    ),
    "asked": CustomerViewState(
        Page.SESSION, bar=bar(asked=Asked(Why.IDLE, 1060.0), warning="A tool was started. " * 4)
    ),
    "see-beside-tools": CustomerViewState(
        Page.CONSENT, question=question(), relay="https://example.org", tools=("AnyDesk", "TeamViewer", "x11vnc")
    ),
    "relay": CustomerViewState(Page.RELAY, relay_asked=RelayShown("help.example.org", noted=True)),
    "relay-long": CustomerViewState(Page.RELAY, relay_asked=RelayShown(f"{'bank.example.' * 9}{'w' * 60}.org:8443")),
    "relay-typing": CustomerViewState(
        Page.RELAY,
        relay_asked=RelayShown(
            problem="That is not an address. It looks like help.example.org, and your link begins with it."
        ),
    ),
    "route": CustomerViewState(Page.ROUTE, relay="support.example.org", text="This code is not open any more."),
    "connecting": CustomerViewState(Page.CONNECTING, text="Connecting you to your technician."),
    "pin": CustomerViewState(Page.PIN, pin="493 027 158"),
    "pin-failed": CustomerViewState(Page.PIN, pin="493 027 158", attempts_left=1),
    "pin-pause": CustomerViewState(Page.PIN, attempts_left=0, pause_until=1052.0),
    "see": CustomerViewState(Page.CONSENT, question=question(), relay="support.example.org"),
    "see-and-write": CustomerViewState(
        Page.CONSENT,
        question=question(reason="Why " * 40),
        relay="support.example.org",
        chat=ChatShown("Anna", (), 0, True),
    ),
    "control": CustomerViewState(Page.SESSION, question=question(Capability.CONTROL), bar=bar()),
    "plan": CustomerViewState(Page.SESSION, question=question(*list(Capability)[2:]), bar=bar()),
    "first-plan": CustomerViewState(
        Page.CONSENT,
        question=question(*(each for each in Capability if each is not Capability.CHAT), ticked=FIRST_TICKED),
        relay="https://support.example.org",
        chat=ChatShown("Anna", (), 0, True),
        tools=("AnyDesk", "TeamViewer", "x11vnc"),
    ),
    "longest": CustomerViewState(
        Page.CONSENT,
        question=question(organisation="W W " * 50, technician="Wm " * 66, subject=_LONG, reason=_LONG),
        relay="support.example.org",
    ),
    "session": CustomerViewState(Page.SESSION, bar=bar(Capability.SEE, Capability.CONTROL, notice="n" * 90)),
    "voice": CustomerViewState(
        Page.SESSION, bar=bar(Capability.SEE, Capability.VOICE, voice=VoiceStatus(talking=True, problem="n" * 110))
    ),
    "diagnostics": DIAGNOSTICS,
    "ended": CustomerViewState(
        Page.ENDED, text="You ended the session.", summary=(_LONG, *["One thing was done."] * 8)
    ),
    "farewell": CustomerViewState(
        Page.ENDED,
        text="You ended the session.",
        summary=(_LONG, *["One thing was done."] * 5),
        farewell=FarewellShown(
            changes=(_LONG,),
            kept=("All was removed.",),
            can_save=True,
            can_tell=True,
            saved="It was saved as a.dsaudit.",
        ),
    ),
    "report": CustomerViewState(Page.REPORT, farewell=FarewellShown(can_tell=True, problem=_LONG)),
    "problem": CustomerViewState(Page.PROBLEM, text="The connection was lost.", next_step=_LONG),
}
