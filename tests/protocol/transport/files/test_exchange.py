import asyncio
import os
from pathlib import Path

import pytest

from protocol.errors import PeerError
from protocol.transfer import Stage
from protocol.transport.session_link import Reason
from tests.support.file_pair import file_pair

SIZE = 3_000_000


def a_file(folder: Path, name: str = "report.pdf", size: int = SIZE) -> Path:
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


@pytest.mark.parametrize("sender", [0, 1], ids=["from the customer", "from the technician"])
@pytest.mark.parametrize("size", [0, 1, SIZE])
async def test_a_file_arrives_as_it_was(tmp_path: Path, sender: int, size: int) -> None:
    path = a_file(tmp_path, size=size)
    async with file_pair(tmp_path) as sides:
        here, there = sides[sender], sides[1 - sender]
        transfer = await here.send(path)
        saved = await there.until(transfer, Stage.SAVED)
        assert Path(saved.saved_as).read_bytes() == path.read_bytes()
        assert Path(saved.saved_as).name == "report.pdf"
        await here.until(transfer, Stage.SAVED)
        assert here.events() == ["file.offered", "file.sent"]
        assert there.events() == ["file.accepted", "file.received"]
        assert [entry.name for entry in there.folder.iterdir()] == ["report.pdf"]
