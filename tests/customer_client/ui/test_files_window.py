"""The customer's window of files on a real display: what it asks, what it says, and what pressing means."""

from pathlib import Path
from typing import Any

import pytest
from customer_stage import Stage, bar

from customer_client.session.state import CustomerViewState, FilesShown, FileWish, Page
from customer_client.ui import files_window
from customer_client.ui.file_row import SAVE_AFTER_MS
from protocol.files.transfer import Stage as Going
from protocol.transport.files.status import FileStatus

DIGEST = "3F9A 22C1 07BE"
OFFER = FileStatus(
    b"o" * 16, "settings\u202ezip.zip", "Archive (ZIP)", 88_000_000, "3F9A 22C1 07BE", False, Going.OFFERED
)
MOVING = FileStatus(
    b"m" * 16, "manual.pdf", "PDF document", 1_000_000, "0000 1111 2222", False, Going.MOVING, 250_000, 100_000.0
)
SENT = FileStatus(b"s" * 16, "queue.log", "Text (LOG)", 700, "AAAA BBBB CCCC", True, Going.SAVED, 700)


def shown(*files: FileStatus, **more: Any) -> CustomerViewState:
    window = FilesShown("Anna Weber", files, more.pop("wish", None), "/home/karl/Downloads", shown=True, **more)
    return CustomerViewState(Page.SESSION, bar=bar(), files=window)


def test_there_is_no_window_until_it_is_wanted(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar()))
    assert stage.window._exchange.tops() == []
    stage.find("permissions").invoke()  # type: ignore[attr-defined]
    stage.settle()
    stage.find("open_files").invoke()  # type: ignore[attr-defined]
    assert stage.intents.calls == [("files.show", True)]


def test_an_offer_shows_what_it_is_and_save_waits_a_moment(stage: Stage) -> None:
    stage.show(shown(OFFER))
    words = "\n".join(str(part.cget("text")) for part in stage.find("progress_0").master.winfo_children()[:3])
    assert "settingszip.zip" in words  # nothing in a name turns the words around
    assert "Archive (ZIP), 88.0 MB. Check number 3F9A 22C1 07BE" in words
    assert "/home/karl/Downloads" in words
    save = stage.find("save_0")
    assert "disabled" in save.state()  # type: ignore[attr-defined]
    stage.until(lambda: "disabled" not in save.state(), f"Save after {SAVE_AFTER_MS} ms")  # type: ignore[attr-defined]
    stage.click("save_0")
    stage.called("files.accept", OFFER.transfer)


@pytest.mark.parametrize(
    ("button", "call"),
    [
        ("decline_0", ("files.decline", OFFER.transfer)),
        ("hold_1", ("files.pause", MOVING.transfer, True)),
        ("cancel_1", ("files.cancel", MOVING.transfer)),
        ("close_files", ("files.show", False)),
    ],
)
def test_each_button_does_what_it_says(stage: Stage, button: str, call: tuple[object, ...]) -> None:
    stage.show(shown(OFFER, MOVING, SENT))
    stage.find(button).invoke()  # type: ignore[attr-defined]
    assert stage.intents.calls == [call]


def test_progress_is_said_and_what_is_over_has_no_buttons(stage: Stage) -> None:
    stage.show(shown(MOVING, SENT))
    assert stage.text_of("progress_0") == "25 %, 100.0 kB/s, 8 s left"
    assert stage.text_of("progress_1") == "Sent."
    with pytest.raises(Exception, match="cancel_1"):
        stage.find("cancel_1")


def test_a_wish_is_answered_by_choosing_files_or_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_window.FilesWindow.__init__, "__kwdefaults__", {
        "choose_files": lambda _parent: (Path("/home/karl/queue.log"),),
        "choose_folder": lambda _parent, folder: Path(folder) / "other",
    })  # fmt: skip
    stage.show(shown(wish=FileWish("the printer's log")))
    stage.find("give_file").invoke()  # type: ignore[attr-defined]
    stage.find("refuse_wish").invoke()  # type: ignore[attr-defined]
    stage.find("choose_folder").invoke()  # type: ignore[attr-defined]
    assert stage.intents.calls == [
        ("files.send", (Path("/home/karl/queue.log"),)),
        ("files.refuse_wish",),
        ("files.choose_folder", Path("/home/karl/Downloads/other")),
    ]


def test_a_closed_window_asks_nothing_and_input_may_go_on() -> None:
    window = FilesShown("Anna Weber", (OFFER,), None, "/home", shown=True)
    assert window.asks
    assert not FilesShown("Anna Weber", (OFFER,), None, "/home", shown=False).asks
    assert not FilesShown("Anna Weber", (MOVING, SENT), None, "/home", shown=True).asks
