import json
from pathlib import Path

import pytest

from protocol.audit.export.answer import fingerprint
from protocol.audit.verify_command import main
from tests.support.exported_session import EVENTS, exported, members_of, repacked
from tests.support.recorded_session import ROOT_ID, smallest_session


def answered(folder: Path, data: bytes, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code and output of `deskside-verify` for an export."""
    path = folder / "session.dsaudit"
    path.write_bytes(data)
    with pytest.raises(SystemExit) as left:
        main([str(path), *arguments])
    return left.value.code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("how", "code", "word"),
    [({}, 0, "VALID."), ({"with_body": False}, 2, "INCOMPLETE."), ({"proven": False}, 3, "UNWITNESSED.")],
)
def test_deskside_verify_takes_exports_with_the_same_exit_codes(tmp_path, capsys, how, code, word):
    found, text = answered(tmp_path, exported(smallest_session(), **how), capsys, "--root", fingerprint(ROOT_ID))
    assert found == code
    assert text.startswith(word)
    assert "It is the organisation you named" in text
    assert "Technician:   Jane Doe" in text


def test_an_invalid_export_names_the_first_bad_event(tmp_path, capsys):
    members = members_of(exported())
    lines = members[EVENTS].splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    code, text = answered(tmp_path, repacked({**members, EVENTS: b"".join(lines)}), capsys)
    assert code == 1
    assert "First problem: " in text
    assert "event C 1)" in text.splitlines()[1]


def test_words_of_strangers_cannot_act_on_the_terminal(tmp_path, capsys):
    code, text = answered(tmp_path, exported().replace(b"report.csv", b"\x1b[31m/csv"), capsys)
    assert code == 1
    assert "\x1b" not in text
    code, text = answered(tmp_path, exported(), capsys, "--json")
    assert json.loads(text)["verdict"] == "valid"
