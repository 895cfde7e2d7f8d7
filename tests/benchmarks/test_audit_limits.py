"""The benchmark of the largest exports, done with small ones."""

from pathlib import Path

import pytest

from benchmarks import audit_limits, audit_report


@pytest.mark.long
def test_exports_of_a_relays_store_are_made_checked_and_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_limits, "WITHIN", 2)
    monkeypatch.setattr(audit_limits, "BEYOND", 1)
    figures = audit_limits.limit_figures(tmp_path, full=False)
    assert (figures["exported_events"], figures["most_events"]) == (400, 600)
    assert figures["deskside_verify_cpu_s"] > 0
    assert "largest exports, most verify py peak" in audit_report.table({"limits": figures})
