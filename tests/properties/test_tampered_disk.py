"""Whoever is root on the relay's computer changes rows of the record, triggers dropped: the exact event is named."""

from pathlib import Path

import pytest

from tests.support.tampered_disk import CHANGES, tamper


@pytest.mark.allow_error_logs
async def test_every_change_to_the_rows_is_found_with_the_event_it_begins_at(tmp_path: Path) -> None:
    found = await tamper(tmp_path / "data", seed=1, count=20 * len(CHANGES))
    assert (found.changes, found.unnoticed, found.misnamed) == (120, 0, 0)
