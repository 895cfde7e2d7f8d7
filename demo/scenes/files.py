"""A file goes from the technician to the customer, who says yes to this one file and finds it in their downloads."""

import hashlib
import os
import time
from pathlib import Path

from demo.programs import DemoFailed, Program
from demo.session import Stage, click, customer_clicks, fill, take_pictures

FILE_NAME = "printer-guide.pdf"
SIZE_BYTES = 5_000_000


def play(stage: Stage, technician: Program, customer: Program) -> None:
    """Choose a file in the technician's window, save it in the customer's, and compare the SHA-256 of the two.

    Raises:
        DemoFailed: it was not saved, or is not the same.
    """
    sent = stage.folder / "technician_home" / FILE_NAME
    sent.parent.mkdir(exist_ok=True)
    sent.write_bytes(os.urandom(SIZE_BYTES))
    click(stage, technician, "filesButton", opens="sendFiles")
    _choose(stage, technician, sent)
    customer.wait_for("widget", "the offer", lambda seen: seen["found"] and seen["enabled"], name="save_0")
    take_pictures(stage, "file_offered")
    customer_clicks(stage, customer, "save_0")
    technician.wait_for("session", "saving the file", lambda seen: [FILE_NAME, "saved"] in seen["files"])
    take_pictures(stage, "file")
    saved = stage.folder / "customer_home" / "downloads" / "Deskside" / FILE_NAME
    stage.report["file_saved_unchanged"] = saved.exists() and _sha256(saved) == _sha256(sent)
    if not stage.report["file_saved_unchanged"]:
        raise DemoFailed("the file the customer saved is not the one that was sent")
    customer_clicks(stage, customer, "close_files")
    click(stage, technician, "filesButton")
    technician.wait_for("widget", "closing the files", lambda seen: not seen["found"], name="sendFiles")


def _choose(stage: Stage, technician: Program, path: Path) -> None:
    """Choose `path` in the dialog for files, as a person who types its name."""
    click(stage, technician, "sendFiles", opens="fileNameEdit")
    technician.ask("save", folder=str(path.parent))
    fill(stage, technician, "fileNameEdit", path.name)
    for _ in range(5):  # the first Return may only close the list of names that begin like this
        stage.technician_hands.press("Return")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if technician.ask("session")["files"]:
                return
            time.sleep(0.05)
    raise DemoFailed("the file was not chosen")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
