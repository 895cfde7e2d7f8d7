"""Recording through the real programs: asked for by itself, refused, allowed, taken back, and played after a crash."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from demo.hands import Hands
from demo.programs import Program
from demo.session import (
    PASSWORD,
    Stage,
    allow,
    click,
    customer_clicks,
    fill,
    first_picture,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
)
from demo.virtual_display import virtual_desktop
from protocol.audit.events import EventType
from protocol.recording.reader import RecordingReader
from protocol.transport.journal import JournalEvent, read_journal
from technician_app.controllers.profile import Profile
from technician_app.recording.opening import recordings_here, unlock_with_device
from technician_app.recording.recording_file import FileSource, recording_path

PATIENCE_S = 40.0


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def paint(display: str, colour: str) -> None:
    subprocess.run(["xsetroot", "-display", display, "-solid", colour], check=True, timeout=20)


class Session:
    """Both programs in a session, and the recordings the technician's keeps."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        paint(stage.customer_hands.name, "#204080")
        self.relay, self.url, organisation = start_relay(stage)
        self.technician = sign_in(stage, self.url)
        self.ticket = open_ticket(stage, self.technician)
        route = start_session(stage, self.technician)
        self.customer = join(stage, self.technician, self.url, organisation, route)
        first_picture(stage, self.technician, self.customer)
        self.id = str(self.technician.ask("session")["session"])
        self.profile = stage.folder / "technician"

    def ask(self) -> None:
        click(self.stage, self.technician, "permissionsButton", opens="ask_recording")
        click(self.stage, self.technician, "ask_recording")
        self.customer.wait_for("widget", "the question", lambda seen: seen["found"] and seen["enabled"], name="allow")

    def stands(self, standing: str) -> None:
        self.technician.wait_for(
            "session", f"recording {standing}", lambda seen: seen["permissions"]["recording"] == standing
        )

    def begins(self) -> None:
        self.ask()
        self.stage.customer_hands.take_picture(self.stage.folder / "customer_asked.png")
        allow(self.stage, self.customer)
        self.stands("granted")
        self.technician.wait_for("widget", "the sign", lambda seen: seen["found"], name="statusRecording")

    def reader(self, number: int) -> RecordingReader:
        """Open what is on the disk of a recording; the caller closes `source`."""
        path = recording_path(self.profile / "sessions" / self.id, number)
        self.source = FileSource(path)
        try:
            reader = RecordingReader(self.source)
            reader.unlock(unlock_with_device(Profile(self.profile).device_keys().sealing)(reader.header))
            return reader
        except BaseException:
            self.source.close()
            raise

    def is_whole(self, number: int) -> bool:
        reader = self.reader(number)
        self.source.close()
        return reader.is_whole

    def has_picture_of(self, number: int) -> int:
        """Return how many segments of a recording are on the disk after its first full state."""
        if number not in recordings_here(self.profile, self.id):
            return 0
        reader = self.reader(number)
        self.source.close()
        return len(reader.segments) - reader.seek_points[0] if reader.seek_points else 0

    def events(self) -> list[EventType]:
        """Return what the technician's own lane says about recording."""
        from protocol.audit.events import parse_event

        journal = read_journal(self.profile / "sessions" / self.id / f"{self.id}-T.journal")
        parsed = [parse_event(line.recorded.event) for line in journal if isinstance(line, JournalEvent)]
        return [event.type for event in parsed if event.type.value.startswith("recording.")]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with virtual_desktop() as technician_display, virtual_desktop(900, 600) as customer_display:
        stage = Stage(tmp_path, Hands(technician_display), Hands(customer_display))
        try:
            yield Session(stage)
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


def test_a_recording_is_refused_allowed_taken_back_and_played_after_a_crash(session: Session) -> None:
    refused_and_the_session_goes_on(session)
    allowed_until_it_is_taken_back(session)
    before = recorded_until_the_program_is_killed(session)
    again = played_by_the_next_start_of_the_program(session)
    assert same_picture(before, again)


def refused_and_the_session_goes_on(session: Session) -> None:
    session.ask()
    customer_clicks(session.stage, session.customer, "deny")
    session.stands("denied")
    assert session.technician.ask("session")["phase"] == "live"
    assert recordings_here(session.profile, session.id) == ()


def allowed_until_it_is_taken_back(session: Session) -> None:
    session.begins()
    until(lambda: session.has_picture_of(0) > 0, "a picture of the recording on the disk")
    customer_clicks(session.stage, session.customer, "permissions")
    session.stage.customer_hands.take_picture(session.stage.folder / "customer_recorded.png")
    customer_clicks(session.stage, session.customer, "end_recording")
    session.stands("denied")
    until(lambda: session.is_whole(0), "the end of the recording on the disk")
    until(lambda: session.events()[-1] is EventType.RECORDING_FINISHED, "the end of the recording in the record")
    events = session.events()
    assert events[0] is EventType.RECORDING_START
    assert {EventType.RECORDING_STOP, EventType.RECORDING_SEGMENT} <= set(events)
    customer_clicks(session.stage, session.customer, "permissions")


def recorded_until_the_program_is_killed(session: Session) -> Path:
    session.begins()
    until(lambda: session.has_picture_of(1) > 0, "a picture of the second recording on the disk")
    paint(session.stage.customer_hands.name, "#c06020")
    segments = session.has_picture_of(1)
    until(lambda: session.has_picture_of(1) > segments, "the new colour on the disk")
    shot = crop_picture(session, session.technician, "live")
    session.technician.end(kill=True)
    assert not session.is_whole(1)
    return shot


def played_by_the_next_start_of_the_program(session: Session) -> Path:
    stage = session.stage
    arguments = ["demo.technician", "--relay", session.url, "--profile", str(session.profile)]
    program = stage.start("technician_again", arguments, display=stage.technician_hands.name)
    fill(stage, program, "signInPassword", PASSWORD)
    click(stage, program, "signInButton")
    table = program.wait_for("widget", "the list", lambda seen: seen["found"], name="ticketTable")
    button = f"playRecording{session.id[:8]}_1"
    deadline = time.monotonic() + PATIENCE_S
    while not program.ask("widget", name=button)["found"]:
        assert time.monotonic() < deadline, "no button to play"
        stage.technician_hands.click(table["x"], round(table["y"] - table["height"] / 2 + 48))
        tabs = program.ask("widget", name="ticketTabs")
        for right in range(60, 260, 40) if tabs["found"] else ():
            left, top = tabs["x"] - tabs["width"] / 2, tabs["y"] - tabs["height"] / 2
            stage.technician_hands.click(round(left + right), round(top + 14))
            if program.ask("widget", name=button)["found"]:
                break
        time.sleep(0.3)
    stage.technician_hands.take_picture(stage.folder / "ticket_with_recordings.png")
    begun = time.monotonic()
    click(stage, program, button, opens="recordingPlayer")
    program.wait_for("widget", "the recording", lambda seen: seen["found"] and seen["enabled"], name="recordingPlay")
    (stage.folder / "opened_in_s.json").write_text(json.dumps(time.monotonic() - begun))
    stage.technician_hands.press("End")
    program.wait_for("widget", "the end", lambda seen: _at_end(seen["text"]), name="recordingTime")
    seen = program.wait_for("widget", "that the end is missing", lambda seen: seen["found"], name="recordingNotice")
    assert "The end of this recording is missing" in seen["text"]
    time.sleep(1.0)  # for the picture of the test only: painting is not told
    return crop_picture(session, program, "played")


def _at_end(text: str) -> bool:
    position, _, duration = text.partition(" / ")
    return position == duration != "0:00"


def crop_picture(session: Session, program: Program, name: str) -> Path:
    """Keep a part of the customer's screen without bar and pointer, as the program's picture shows it."""
    shot = session.stage.folder / f"technician_{name}.png"
    session.stage.technician_hands.take_picture(shot)
    view = program.ask("widget", name="remoteView")
    width, height = 900, 600
    scale = min(view["width"] / width, view["height"] / height)
    left, top = view["x"] - width * scale / 2, view["y"] - height * scale / 2
    box = tuple(round(at) for at in (left + 40, top + 300 * scale, left + 400 * scale, top + 580 * scale))
    cropped = session.stage.folder / f"{name}.png"
    Image.open(shot).convert("RGB").crop(box).resize((200, 80)).save(cropped)  # type: ignore[arg-type]
    return cropped


def same_picture(one: Path, other: Path) -> bool:
    difference = ImageChops.difference(Image.open(one), Image.open(other))
    return all(high <= 8 for _low, high in difference.getextrema())
