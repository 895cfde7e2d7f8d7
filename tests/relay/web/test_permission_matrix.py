"""Role by endpoint, over every route the relay has: nobody is let in who must not be."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from relay.accounts.permissions import OPEN_TO_STRANGERS, TABLE, Action
from tests.support.endpoint_matrix import (
    CALLERS,
    MAY,
    endpoints,
    probe_everything,
    sockets,
    unexpected_allows,
    unexpected_refusals,
)
from tests.support.kept_sessions import ReviewStage, review_stage
from tests.support.relay_in_process import served_relay


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ReviewStage]:
    async with served_relay(tmp_path / "data") as relay:
        yield await review_stage(relay)


def test_what_everybody_may_is_written_down_twice_and_agrees() -> None:
    letters = {None: "-", "own": "O", "every": "E"}
    for action in Action:
        said = {role.value: reach.value for role, reach in TABLE[action].items()}
        stranger = "E" if action in OPEN_TO_STRANGERS else "-"
        row = [letters[said.get(caller)] for caller in CALLERS[:-1]] + [stranger]
        assert " ".join(row) == MAY[action], action


async def test_nobody_is_let_in_who_must_not_be(stage: ReviewStage) -> None:
    probes = await probe_everything(stage)
    assert len(probes) > 150
    assert unexpected_allows(probes) == []
    assert unexpected_refusals(probes) == []
    assert [probe for probe in probes if probe.status >= 500] == []


async def test_every_route_and_every_socket_names_its_action(stage: ReviewStage) -> None:
    app = stage.relay.app
    unnamed = [one for one in endpoints(app) if one.action is None and one.method != "OPTIONS"]
    assert unnamed == []
    answer = await stage.ask("lead", "OPTIONS", "/api/v1/tickets")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert set(sockets(app).values()) == {Action.WITH_A_SESSION_TOKEN}
