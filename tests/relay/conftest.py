"""One relay process for every test that does not need its own, and one in-process relay with a movable clock."""

import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SADeprecationWarning

with warnings.catch_warnings():
    # Litestar imports advanced-alchemy wherever that is installed, and it uses what SQLAlchemy 2.1 deprecates.
    warnings.simplefilter("ignore", SADeprecationWarning)
    import litestar.pagination  # noqa: F401

from tests.support.relay_in_process import ServedRelay, served_relay
from tests.support.relay_process import PreparedRelay, running_relay


@pytest.fixture(scope="session")
def shared_relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServedRelay]:
    async with served_relay(tmp_path / "data") as relay:
        yield relay
