import json
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.audit.events import EventType
from protocol.audit.verify_command import fingerprint
from tests.support.recorded_session import ROOT_ID, TICKET, TwoParties, sealed_session, smallest_session

PROJECT = Path(__file__).resolve().parents[3]


def run(*arguments: object, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "protocol.audit.verify_command", *map(str, arguments)],
        cwd=PROJECT,
        env={"PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def stored(folder: Path, data: bytes) -> Path:
    path = folder / "session.deskside-record"
    path.write_bytes(data)
    return path


def test_a_valid_record_is_told_in_plain_words_and_exits_0(tmp_path):
    done = run(stored(tmp_path, sealed_session().file()), "--root-id", fingerprint(ROOT_ID))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VALID.")
    for expected in (TICKET, "Jane Doe", "Example Ltd", "2026-03-01 14:00:00 UTC", fingerprint(ROOT_ID)):
        assert expected in done.stdout
    assert "It is the organisation you named" in done.stdout
    assert "14:00:00  C 2    Customer allowed control for 15 min" in done.stdout


def test_without_a_root_the_reader_is_told_to_compare_the_fingerprint(tmp_path):
    done = run(stored(tmp_path, smallest_session().file()))
    assert done.returncode == 0
    assert "compare it" in done.stdout
    assert fingerprint(ROOT_ID) in done.stdout


def test_a_changed_record_exits_1_and_names_the_first_bad_line(tmp_path):
    lines = sealed_session().file().splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    done = run(stored(tmp_path, b"".join(lines)))
    assert done.returncode == 1
    assert done.stdout.startswith("INVALID.")
    assert "First problem: " in done.stdout
    assert "(line 4, event C 1)" in done.stdout


def test_an_incomplete_record_exits_2(tmp_path):
    done = run(stored(tmp_path, sealed_session().file(with_body=False)))
    assert done.returncode == 2
    assert done.stdout.startswith("INCOMPLETE.")
    assert "MISSING" in done.stdout


def test_a_record_of_another_organisation_exits_1(tmp_path):
    done = run(stored(tmp_path, smallest_session().file()), "--root-id", "ab" * 32)
    assert done.returncode == 1
    assert "another organisation" in done.stdout


def test_what_is_no_record_exits_1_with_a_sentence(tmp_path):
    done = run(stored(tmp_path, b"\x89PNG\r\n\x1a\n"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "line 1" in done.stdout


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_exits_1_with_a_sentence(tmp_path, name):
    done = run(tmp_path / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert "could not be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "--root-id", "xyz"], ["a", "--unknown"]])
def test_wrong_arguments_exit_64(arguments):
    done = run(*arguments)
    assert done.returncode == 64
    assert "usage: deskside-verify" in done.stderr


def test_help_explains_the_exit_codes():
    done = run("--help")
    assert done.returncode == 0
    for expected in ("--root-id", "--json", "exit codes:", "one-sided", "64"):
        assert expected in done.stdout


def test_json_says_the_same_for_programs(tmp_path):
    parties = sealed_session()
    done = run(stored(tmp_path, parties.file(with_body=False)), "--json", "--root-id", ROOT_ID.hex())
    found = json.loads(done.stdout)
    assert (found["verdict"], done.returncode) == ("incomplete", 2)
    assert (found["root_id"], found["root_pinned"]) == (ROOT_ID.hex(), True)
    assert found["findings"][0]["severity"] == "missing"
    assert [entry["lane"] for entry in found["timeline"]].count("C") == parties.records["C"].count("C")
    assert found["opened"] == "2026-03-01 14:00:00 UTC"


def test_hostile_words_reach_no_terminal_and_an_old_console_still_shows_the_verdict(tmp_path):
    parties = TwoParties()
    parties.open()
    parties.write("T", EventType.NOTE, {"text": "\x1b]0;owned\x07 Grüße 日本"})
    parties.end_and_seal()
    path = stored(tmp_path, parties.file())
    for encoding in ("utf-8", "ascii"):
        done = run(path, encoding=encoding)
        assert done.returncode == 0
        assert done.stdout.startswith("VALID.")
        assert "\x1b" not in done.stdout
        assert "\x07" not in done.stdout
    assert "\x1b" not in run(path, "--json").stdout
