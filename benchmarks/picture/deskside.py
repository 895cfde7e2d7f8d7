"""Our own system under test: a real session between the real programs, clicked through by hands on both displays."""

import contextlib
import functools
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.picture.setting import Running, Setting, SystemFailed
from demo import session as demo_session
from demo.hands import Hands
from demo.programs import REPOSITORY, DemoFailed, Program, run_to_end

FAILURES = REPOSITORY / "build" / "bench" / "failures"
"""Where pictures of both displays and the programs' logs go when a session could not be opened."""

_DIALOG_PATIENCE_S = 30.0


class _MeasuredProgram(Program):
    """A program whose CPU time is read."""

    @property
    def process_id(self) -> int:
        """The process's id."""
        return self._process.pid


@dataclass
class _Stage(demo_session.Stage):
    """The demo's stage, with each program on its computer."""

    setting: Setting | None = None
    measured: list[_MeasuredProgram] = field(default_factory=list)

    def start(self, name: str, arguments: list[str], *, display: str = "") -> _MeasuredProgram:
        """Start a program of the demo and keep it for the end; the relay stays on our own computer."""
        assert self.setting is not None
        if name == "technician":
            wanted = ["--fullscreen"] if technician_opens_full_screen() else []
            arguments = self.setting.viewer.module(*arguments, *wanted)
        elif name == "customer":
            arguments = self.setting.sender.module(*arguments)
        program = _MeasuredProgram(name, arguments, log_folder=self.folder, display=display)
        self.programs.append(program)
        self.measured.append(program)
        return program

    def process_of(self, name: str) -> int:
        """Return the process id of the program called `name`."""
        return next(program.process_id for program in self.measured if program.name == name)


@functools.cache
def technician_opens_full_screen() -> bool:
    """Return whether the technician app can open a session full-screen, pixel by pixel, without margins."""
    return "--fullscreen" in run_to_end(["technician_app.app", "--help"]).stdout


@contextlib.contextmanager
def deskside(setting: Setting) -> Iterator[Running]:
    """Run a real session: relay, technician's app and customer's client, clicked through by hands on both displays."""
    hands = Hands(setting.viewer_display), Hands(setting.source_display)
    # the demo's steps look for the relay's files and the organisation's key in the folder of the stage
    stage = _Stage(setting.house.folder, *hands, setting=setting)
    with contextlib.ExitStack() as stack:
        for one in hands:
            stack.callback(one.close)
        stack.callback(_forget_people, setting.house.folder)
        stack.callback(_end_programs, stage)
        try:
            running = _open_session(stage, setting, stack)
        except DemoFailed as failure:
            _keep_evidence(stage)
            raise SystemFailed(f"{failure}; pictures and logs are in build/bench/failures") from failure
        yield running


def _open_session(stage: _Stage, setting: Setting, stack: contextlib.ExitStack) -> Running:
    url, organisation, port = setting.house.relay()
    for computer in (setting.sender, setting.viewer):
        stack.enter_context(computer.reaches(port))
    technician = demo_session.sign_in(stage, url)
    demo_session.open_ticket(stage, technician)
    _open_start_dialog(stage, technician)
    demo_session.fill(stage, technician, "startSessionReason", "Measure the picture")
    demo_session.click(stage, technician, "startSessionConfirm")
    waiting = technician.wait_for("session", "opening a session", lambda seen: bool(seen.get("route")))
    route = str(waiting["route"])
    customer = demo_session.join(stage, technician, url, organisation, route)
    place = customer.wait_for("widget", "Allow", lambda seen: seen["found"] and seen["enabled"], name="allow")
    allowed_at = time.monotonic_ns()
    stage.customer_hands.click(place["x"], place["y"])
    technician.wait_for("session", "the first picture", lambda seen: seen["first_paint"] > 0)
    if not technician_opens_full_screen():
        demo_session.click(stage, technician, "fullScreenButton")
        demo_session.click(stage, technician, "zoomButton")
    return Running(stage.process_of("customer"), stage.process_of("technician"), allowed_at)


def _open_start_dialog(stage: _Stage, technician: Program) -> None:
    """Click until the dialog is there: the page of a new ticket may still be moving under the first click."""
    deadline = time.monotonic() + _DIALOG_PATIENCE_S
    while time.monotonic() < deadline:
        demo_session.click(stage, technician, "startSessionButton")
        again = time.monotonic() + 1.0
        while time.monotonic() < again:
            if technician.ask("widget", name="startSessionReason")["found"]:
                return
            time.sleep(0.02)
    raise DemoFailed("technician: the dialog that starts a session did not open")


def _keep_evidence(stage: _Stage) -> None:
    """Keep what both displays show and what the programs wrote; the folder of the stage goes away."""
    shutil.rmtree(FAILURES, ignore_errors=True)
    FAILURES.mkdir(parents=True)
    stage.technician_hands.take_picture(FAILURES / "technician.png")
    stage.customer_hands.take_picture(FAILURES / "customer.png")
    for program in stage.programs:
        shutil.copy(program.log, FAILURES)


def _end_programs(stage: _Stage) -> None:
    for program in reversed(stage.programs):
        program.end()


def _forget_people(folder: Path) -> None:
    """Let the next session begin with a new device and a new customer."""
    for name in ("technician", "customer"):
        shutil.rmtree(folder / name, ignore_errors=True)
