"""An export that was made once and is kept: it must verify for ever, and the same evidence must be written the same.

Made by `exported(post_quantum=True)`. Its reports and its verify.py are of their time and may differ from today's.
"""

import io
import subprocess
import sys
from pathlib import Path

from protocol.audit.export.reading import Bundle
from protocol.audit.export.writing import BundledLog, BundledSession, bundle_bytes
from protocol.audit.findings import Verdict
from tests.support.exported_session import JANE, check, members_of
from tests.support.second_verifier import second_verdict

GOLDEN = Path(__file__).with_name("export_golden.dsaudit")
OF_THEIR_TIME = ("manifest", "report", "verify.py")


def test_both_verifiers_of_today_find_it_valid():
    data = GOLDEN.read_bytes()
    assert (check(data).verdict, check(data).findings) == (Verdict.VALID, ())
    assert second_verdict(data) is Verdict.VALID


def test_the_verifier_that_came_with_it_finds_it_valid(tmp_path):
    script = tmp_path / "verify.py"
    script.write_bytes(members_of(GOLDEN.read_bytes())["verify.py"])
    done = subprocess.run([sys.executable, "-I", script, GOLDEN], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_same_evidence_is_written_in_the_same_bytes():
    data = GOLDEN.read_bytes()
    members, bundle = members_of(data), Bundle(io.BytesIO(data))
    sessions = [
        BundledSession(files.record, tuple(files.proofs.values()), tuple(files.signatures.values()))
        for files in bundle.session_files()
    ]
    again = bundle_bytes(
        sessions,
        exporter=JANE,
        created_ms=bundle.manifest.created_ms,
        log=BundledLog(members["keys/log.cert"], members["checkpoint.txt"]),
        utc_offset_min=bundle.manifest.utc_offset_min,
    )
    evidence = [name for name in members if not name.startswith(OF_THEIR_TIME)]
    assert members_of(again).keys() == members.keys()
    assert [name for name in evidence if members_of(again)[name] != members[name]] == []
