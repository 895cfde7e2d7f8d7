"""verify.py as an auditor runs it: alone, in another folder, with nothing of Deskside."""

import ast
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from protocol.audit.export.answer import fingerprint
from protocol.audit.export.verifier_file import PARTS, verifier_file
from tests.support.exported_session import exported, members_of, repacked
from tests.support.recorded_session import ROOT_ID, smallest_session
from tests.support.second_verifier import second_verifier

STANDARD = set(sys.stdlib_module_names) | {"cryptography"}


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    script = folder / "verify.py"
    script.write_bytes(members_of(exported(smallest_session()))["verify.py"])
    # -I: nothing of the folder and the environment is looked at.
    command = [sys.executable, "-I", str(script), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60)


def stored(folder: Path, data: bytes) -> Path:
    path = folder / "session.dsaudit"
    path.write_bytes(data)
    return path


def test_it_is_one_file_that_imports_python_and_cryptography_only():
    tree = ast.parse(verifier_file())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {module.partition(".")[0] for module in modules} - STANDARD == set()


def test_no_name_stands_in_two_parts():
    names = Counter(
        target.id if isinstance(target, ast.Name) else target.name
        for node in ast.parse(verifier_file()).body
        for target in (node.targets if isinstance(node, ast.Assign) else [node])
        if isinstance(target, ast.Name | ast.FunctionDef | ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []
    assert len(PARTS) == len(set(PARTS))


@pytest.mark.parametrize(
    ("how", "code", "word"),
    [
        ({}, 0, "VALID."),
        ({"with_body": False}, 2, "INCOMPLETE."),
        ({"witnesses": ()}, 3, "UNWITNESSED."),
    ],
)
def test_its_exit_code_and_first_word_say_the_verdict(tmp_path, how, code, word):
    done = run(tmp_path, stored(tmp_path, exported(smallest_session(), **how)), "--root", fingerprint(ROOT_ID))
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(word)
    assert fingerprint(ROOT_ID) in done.stdout
    assert "DS-2026-000123" in done.stdout or not how.get("with_body", True)


def test_what_is_wrong_is_named_with_its_place_and_nothing_is_unpacked(tmp_path):
    members = members_of(exported(smallest_session()))
    events = next(name for name in members if name.startswith("events/"))
    lines = members[events].splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    done = run(tmp_path, stored(tmp_path, repacked({**members, events: b"".join(lines)})), "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["verdict"]) == (1, "invalid")
    first = next(row for row in answer["findings"] if row["kind"] == "wrong")
    assert (first["file"], first["lane"], first["seq"]) == (events, "C", 1)
    assert {path.name for path in tmp_path.iterdir()} == {"verify.py", "session.dsaudit"}


def test_another_organisation_a_missing_file_and_wrong_arguments_have_their_codes(tmp_path):
    path = stored(tmp_path, exported(smallest_session()))
    assert run(tmp_path, path, "--root", "ab" * 32).returncode == 1
    assert run(tmp_path, tmp_path / "missing").returncode == 1
    assert run(tmp_path, path, "--root", "nonsense").returncode == 64
    assert run(tmp_path).returncode == 64


def test_without_post_quantum_keys_in_cryptography_it_says_so_and_counts_no_such_witness(tmp_path):
    module = second_verifier()
    path = stored(tmp_path, exported(smallest_session(), post_quantum=True))
    known = module.MLDSA44PublicKey
    module.MLDSA44PublicKey = None
    try:
        findings, export = module.examine(str(path))
    finally:
        module.MLDSA44PublicKey = known
    assert findings.code == 0
    assert any("Post-quantum" in text for _, text, _ in findings.rows)
    assert export.sessions[0]["witnessed"]
