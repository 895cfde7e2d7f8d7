"""200 random `kill -9` of a relay under load and of clients that write their record: nothing acknowledged is lost."""

from pathlib import Path

import pytest

from tests.support.kill_rounds import kill_clients, kill_relays

KILLS_OF_EACH = 100


@pytest.mark.long
async def test_killed_relays_lose_no_acknowledged_event(tmp_path: Path) -> None:
    killed = await kill_relays(tmp_path, seed=1, count=KILLS_OF_EACH)
    assert (killed.kills, killed.lost) == (KILLS_OF_EACH, 0)
    assert killed.acknowledged >= KILLS_OF_EACH // 2


@pytest.mark.long
async def test_killed_clients_find_every_event_they_went_ahead_with_in_their_journal(tmp_path: Path) -> None:
    killed = await kill_clients(tmp_path, seed=1, count=KILLS_OF_EACH)
    assert (killed.kills, killed.lost) == (KILLS_OF_EACH, 0)
    assert killed.acknowledged > KILLS_OF_EACH
