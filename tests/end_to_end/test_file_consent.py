"""Files and consent, both programs' sides together: no file without a yes to that file, and what ends it ends it."""

import os
from pathlib import Path

import pytest

from protocol.consent import Standing
from protocol.files.transfer import Stage
from protocol.messages.consent import Capability
from tests.support.file_desks import file_desks

TO_CUSTOMER, TO_TECHNICIAN = Capability.FILES_TO_CUSTOMER, Capability.FILES_TO_TECHNICIAN


def a_file(folder: Path, name: str, size: int = 200_000) -> str:
    (folder / name).write_bytes(os.urandom(size))
    return str(folder / name)


async def test_one_yes_allows_files_and_still_every_file_is_asked_about(tmp_path: Path) -> None:
    async with file_desks(tmp_path) as desks:
        desks.technician.send((a_file(tmp_path, "a.pdf"), a_file(tmp_path, "b.pdf")))
        first = (await desks.until(desks.offers, "an offer"))[0]
        assert len(desks.offers()) == 1  # the second waits until files are allowed at all
        assert desks.asking == [True]
        desks.customer.accept(first.transfer)
        await desks.until(lambda: desks.permissions.allows(TO_CUSTOMER), "the permission")
        second = (await desks.until(lambda: [f for f in desks.offers() if f.name != first.name], "the second offer"))[0]
        desks.customer.decline(second.transfer)
        await desks.until(lambda: {f.stage for f in desks.told.files} == {Stage.SAVED, Stage.DECLINED}, "both ends")
        assert sorted(entry.name for entry in (tmp_path / "of customer").iterdir()) == [first.name]
        assert desks.recorded(1).count("consent.ask") == 1
        assert [name for name in desks.recorded(0) if name.startswith("consent.")] == ["consent.grant", "consent.grant"]
        await desks.until(lambda: desks.asking[-1] is False, "input goes on")


async def test_a_no_to_the_first_file_is_a_no_and_the_next_is_asked_anew(tmp_path: Path) -> None:
    async with file_desks(tmp_path) as desks:
        desks.technician.send((a_file(tmp_path, "a.pdf"), a_file(tmp_path, "b.pdf")))
        first = (await desks.until(desks.offers, "an offer"))[0]
        desks.customer.decline(first.transfer)
        second = (
            await desks.until(lambda: [f for f in desks.offers() if f.transfer != first.transfer], "the second offer")
        )[0]
        assert not desks.permissions.allows(TO_CUSTOMER)
        desks.customer.accept(second.transfer)
        await desks.until(lambda: any(f.stage is Stage.SAVED for f in desks.told.files), "the second file")
        assert desks.recorded(0)[1:4] == ["file.declined", "consent.deny", "consent.grant"]


async def test_taking_the_permission_back_stops_the_file_on_its_way(tmp_path: Path) -> None:
    async with file_desks(tmp_path) as desks:
        desks.technician.send((a_file(tmp_path, "big.pdf", 40_000_000),))
        offer = (await desks.until(desks.offers, "an offer"))[0]
        desks.customer.accept(offer.transfer)
        await desks.until(lambda: any(f.moved_bytes for f in desks.window.files), "bytes")
        await desks.permissions.revoke(TO_CUSTOMER, "taken_back")
        await desks.until(
            lambda: all(f.stage is Stage.CANCELLED for f in desks.told.files), "the end at the technician"
        )
        await desks.until(lambda: not list((tmp_path / "of customer").iterdir()), "nothing left")
        assert "file.received" not in desks.recorded(0)


async def test_nothing_moves_while_sharing_is_paused(tmp_path: Path) -> None:
    async with file_desks(tmp_path) as desks:
        desks.technician.send((a_file(tmp_path, "big.pdf", 40_000_000),))
        offer = (await desks.until(desks.offers, "an offer"))[0]
        desks.customer.accept(offer.transfer)
        await desks.until(lambda: any(f.moved_bytes for f in desks.window.files), "bytes")
        desks.permissions.pause(True)
        desks.customer.exchange.rest(True)
        desks.technician.paused(True)
        desks.technician.send((a_file(tmp_path, "late.pdf"),))
        await desks.until(lambda: any(f.stage is Stage.DECLINED for f in desks.told.files), "a refusal while paused")
        assert desks.offers() == []


@pytest.mark.parametrize("gives", [True, False])
async def test_a_wish_is_answered_by_a_file_the_customer_chooses_or_by_none(tmp_path: Path, gives: bool) -> None:
    async with file_desks(tmp_path) as desks:
        desks.technician.ask_for("the printer's log")
        wish = await desks.until(lambda: desks.window.wish, "the wish")
        assert wish.what == "the printer's log"
        assert desks.window.asks
        if gives:
            desks.customer.send((Path(a_file(tmp_path, "queue.log")),))
            await desks.until(lambda: any(f.stage is Stage.SAVED for f in desks.told.files), "the file")
            assert (tmp_path / "of technician" / "queue.log").read_bytes() == (tmp_path / "queue.log").read_bytes()
            assert desks.recorded(0)[1:3] == ["consent.grant", "file.offered"]
        else:
            desks.customer.refuse_wish()
            await desks.until(lambda: "declined" in desks.told.said, "the refusal")
            await desks.until(lambda: desks.asked.standing(TO_TECHNICIAN) is Standing.DENIED, "the standing")
            assert desks.recorded(0)[1:] == ["consent.deny"]


async def test_the_customer_offers_one_unasked_and_the_technician_decides(tmp_path: Path) -> None:
    async with file_desks(tmp_path) as desks:
        desks.customer.send((Path(a_file(tmp_path, "photo.jpg")), Path(a_file(tmp_path, "virus.exe"))))
        offered = (await desks.until(lambda: desks.told.files, "the offer"))[0]
        assert "Programs" in desks.window.said
        assert not (tmp_path / "of technician").exists()
        desks.technician.answer(offered.transfer, True)
        await desks.until(lambda: desks.told.files[0].stage is Stage.SAVED, "the file")
        assert not desks.permissions.allows(TO_TECHNICIAN)


async def test_a_question_taken_back_disappears(tmp_path: Path) -> None:
    async with file_desks(tmp_path) as desks:
        desks.technician.send((a_file(tmp_path, "a.pdf"),))
        await desks.until(desks.offers, "an offer")
        await desks.asked.give_back(TO_CUSTOMER)
        await desks.until(lambda: not desks.offers(), "nothing to answer")
        await desks.until(lambda: desks.asking[-1] is False, "input goes on")
