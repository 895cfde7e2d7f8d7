import asyncio
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from protocol.channels import FILES
from protocol.errors import PeerError
from protocol.files.transfer import Stage
from protocol.messages.files import FileChunk
from protocol.transport.files.offered_file import FileToSend
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


async def test_several_files_both_ways_at_once_arrive_each_as_it_was(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        paths = [a_file(tmp_path, f"{number}.log", 400_000) for number in range(4)]
        sent = [(customer, technician, path, await customer.send(path)) for path in paths[:2]]
        sent += [(technician, customer, path, await technician.send(path)) for path in paths[2:]]
        for _, there, path, transfer in sent:
            saved = await there.until(transfer, Stage.SAVED)
            assert Path(saved.saved_as).read_bytes() == path.read_bytes()


async def test_a_declined_file_moves_not_a_byte(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        customer.takes = False
        transfer = await technician.send(a_file(tmp_path))
        await customer.until(transfer, Stage.OFFERED)
        await customer.exchange.decline(transfer, "declined")
        declined = await technician.until(transfer, Stage.DECLINED)
        assert declined.problem == "It was declined."
        assert technician.events() == ["file.offered"]
        assert customer.events() == ["file.declined"]
        assert not customer.folder.exists()


async def test_pause_holds_it_and_cancel_leaves_nothing(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        transfer = await technician.send(a_file(tmp_path, size=30_000_000))
        await customer.until(transfer, Stage.MOVING, moved=200_000)
        customer.exchange.pause(transfer, True)
        async with asyncio.timeout(10):
            while not technician.status(transfer).held_there:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # what was on its way
        moved = customer.status(transfer).moved_bytes
        await asyncio.sleep(0.3)
        assert customer.status(transfer).moved_bytes == moved < 30_000_000
        customer.exchange.pause(transfer, False)
        await customer.until(transfer, Stage.MOVING, moved=moved + 100_000)
        technician.exchange.cancel(transfer)
        await customer.until(transfer, Stage.CANCELLED)
        async with asyncio.timeout(10):
            while list(customer.folder.iterdir()):
                await asyncio.sleep(0.01)
        assert "file.cancelled" in customer.events()


@pytest.mark.parametrize("sender", [0, 1], ids=["from the customer", "from the technician"])
async def test_the_session_reconnects_and_the_file_goes_on_where_it_was(tmp_path: Path, sender: int) -> None:
    path = a_file(tmp_path, size=20_000_000)
    async with file_pair(tmp_path, resumable=True) as sides:
        here, there = sides[sender], sides[1 - sender]
        transfer = await here.send(path)
        await there.until(transfer, Stage.MOVING, moved=1_000_000)
        first = there.exchange.line.number
        there.exchange.connection_replaced()
        here.exchange.connection_replaced()
        saved = await there.until(transfer, Stage.SAVED)
        assert there.exchange.line.number > first
        assert Path(saved.saved_as).read_bytes() == path.read_bytes()
        assert here.events() == ["file.offered", "file.sent"]


@pytest.mark.parametrize("sender", [0, 1], ids=["from the customer", "from the technician"])
async def test_a_dead_files_connection_is_noticed_and_replaced(tmp_path, monkeypatch, sender: int) -> None:
    monkeypatch.setattr("protocol.transport.files.sender.STALLED_AFTER_S", 1.0)
    path = a_file(tmp_path, size=20_000_000)
    async with file_pair(tmp_path) as sides:
        here, there = sides[sender], sides[1 - sender]
        transfer = await here.send(path)
        await there.until(transfer, Stage.MOVING, moved=1_000_000)
        dead = there.exchange.line.connection
        dead._sctp().transport.transport._connection.data_received = lambda data, component: None
        saved = await there.until(transfer, Stage.SAVED)
        assert there.exchange.line.connection is not dead
        assert Path(saved.saved_as).read_bytes() == path.read_bytes()


async def test_a_file_that_changes_while_it_is_sent_is_not_sent(tmp_path: Path) -> None:
    path = a_file(tmp_path, size=30_000_000)
    async with file_pair(tmp_path) as (customer, technician):
        transfer = await technician.send(path)
        await customer.until(transfer, Stage.MOVING, moved=200_000)
        with path.open("r+b") as file:
            file.write(b"changed")
        failed = await customer.until(transfer, Stage.CANCELLED)
        assert "changed" in failed.problem
        assert "changed" in technician.status(transfer).problem


async def test_another_content_than_offered_is_thrown_away(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    async with file_pair(tmp_path) as (customer, technician):
        source = FileToSend(path)
        source.sha256 = bytes(32)
        transfer = await technician.exchange.offer(source)
        await technician.until(transfer, Stage.CANCELLED)
        assert "not what had been offered" in technician.status(transfer).problem
        assert "file.received" not in customer.events()
        async with asyncio.timeout(10):
            while list(customer.folder.iterdir()):
                await asyncio.sleep(0.01)


async def test_more_bytes_than_offered_end_the_session(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        transfer = await technician.send(a_file(tmp_path, size=30_000_000))
        await customer.until(transfer, Stage.MOVING, moved=200_000)
        connection = technician.exchange.line.connection
        assert connection is not None
        connection.send(FileChunk(transfer, 29_999_999, b"too much"))
        async with asyncio.timeout(20):
            ending = await customer.party.running
        assert ending.reason is Reason.PROTOCOL_BROKEN
        assert isinstance(ending.error, PeerError)


async def test_an_offer_that_says_something_else_than_its_record_ends_the_session(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        customer.takes = False
        transfer = await technician.send(a_file(tmp_path))
        await customer.until(transfer, Stage.OFFERED)
        offer = customer.offers[0]
        technician.party.link.send(msgspec.structs.replace(offer, transfer=bytes(16), name="harmless.txt"), FILES)
        async with asyncio.timeout(20):
            ending = await customer.party.running
        assert ending.reason is Reason.PROTOCOL_BROKEN


async def test_hostile_names_stay_in_the_folder_and_programs_are_refused(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        source = FileToSend(a_file(tmp_path))
        source.name = "..\\../etc/pass:wd\u202e"
        saved = await customer.until(await technician.exchange.offer(source), Stage.SAVED)
        assert Path(saved.saved_as).parent == customer.folder
        assert Path(saved.saved_as).name == "pass_wd"
        source = FileToSend(a_file(tmp_path))
        source.name = "invoice.pdf.exe"
        refused = await technician.until(await technician.exchange.offer(source), Stage.DECLINED)
        assert "Programs" in refused.problem


async def test_a_program_under_another_name_is_refused_at_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"ordinary bytes at first")
    async with file_pair(tmp_path) as (customer, technician):
        source = FileToSend(path)
        source.read = lambda offset, length: b"MZ" + bytes(length - 2)  # type: ignore[method-assign]
        refused = await customer.until(await technician.exchange.offer(source), Stage.CANCELLED)
        assert "Programs" in refused.problem


async def test_a_full_disk_is_said_to_both(tmp_path: Path) -> None:
    mounted = tmp_path / "small"
    mounted.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(mounted)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        async with file_pair(tmp_path) as (customer, technician):
            customer.folder = mounted / "files"
            transfer = await technician.send(a_file(tmp_path))
            refused = await technician.until(transfer, Stage.DECLINED)
            assert "not enough room" in refused.problem  # the floor of 1 GB
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("protocol.files.transfer.FREE_FLOOR_BYTES", -10_000_000)
                transfer = await technician.send(a_file(tmp_path))
                failed = await customer.until(transfer, Stage.CANCELLED)
                assert failed.problem == "There is no more room on the disk."
                told = await technician.until(transfer, Stage.CANCELLED)
                assert "not enough room" in told.problem
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


async def test_the_end_of_the_session_leaves_no_half_file_and_is_recorded(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        transfer = await technician.send(a_file(tmp_path, size=30_000_000))
        await customer.until(transfer, Stage.MOVING, moved=200_000)
        await technician.party.link.end(Reason.ENDED_BY_TECHNICIAN)
        assert list(customer.folder.iterdir()) == []
        assert customer.events()[-1] == "file.cancelled"
        assert technician.events()[-1] == "file.cancelled"


async def test_progress_is_shown_at_most_four_times_a_second(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        began = asyncio.get_running_loop().time()
        transfer = await technician.send(a_file(tmp_path, size=10_000_000))
        await customer.until(transfer, Stage.SAVED)
        lasted = asyncio.get_running_loop().time() - began
        assert len(customer.shown) <= 4 * lasted + 2


async def test_nothing_leaves_while_it_may_not(tmp_path: Path) -> None:
    async with file_pair(tmp_path) as (customer, technician):
        technician.may = False
        transfer = await technician.send(a_file(tmp_path))
        await customer.until(transfer, Stage.MOVING)
        await asyncio.sleep(0.3)
        assert customer.status(transfer).moved_bytes == 0
        technician.may = True
        technician.exchange.sender.wake()
        await customer.until(transfer, Stage.SAVED)
