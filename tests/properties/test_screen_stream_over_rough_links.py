"""Two real peers, one screen stream, and a line that loses, delays, reorders and doubles: the viewer gets there."""

import asyncio
import os
import random

import pytest
from aiortc.rtp import RtpPacket

from customer_client.picture.update_sender import EPOCH_INTERVAL_S
from protocol.channels import CONTROL, POINTER
from tests.support.rough_link import Way
from tests.support.screen_pair import ScreenPair, screen_pair


async def keep_changing(pair: ScreenPair, times: int, every_s: float = 0.02) -> None:
    for _ in range(times):
        pair.pictures.change()
        await asyncio.sleep(every_s)


def roughen(pair: ScreenPair) -> None:
    pair.there.calm = pair.back.calm = False


@pytest.mark.parametrize("seed", range(3))
async def test_any_loss_pattern_converges_to_the_newest_picture(seed):
    chance = random.Random(seed)
    there = Way(delay_s=0.01, loss=0.15, reordered=0.1, doubled=0.1, chance=chance)
    back = Way(delay_s=0.01, loss=0.15, reordered=0.1, doubled=0.1, chance=random.Random(seed + 100))
    async with screen_pair(there, back, size=lambda: chance.randrange(1, 6000)) as pair:
        roughen(pair)
        await keep_changing(pair, 60)
        await pair.wait_for_picture(pair.pictures.number)
        assert pair.in_order()


async def test_reports_may_also_travel_on_the_control_channel():
    async with screen_pair(Way(loss=0.05), Way(loss=0.05), report_channel=CONTROL) as pair:
        roughen(pair)
        await keep_changing(pair, 30)
        await pair.wait_for_picture(pair.pictures.number)
        assert pair.in_order()


async def test_an_outage_is_followed_by_the_newest_picture():
    async with screen_pair(Way(delay_s=0.01), report_channel=POINTER) as pair:
        await keep_changing(pair, 10)
        pair.there.cut = True
        await keep_changing(pair, 40)
        pair.there.cut = False
        await pair.wait_for_picture(pair.pictures.number)
        assert pair.in_order()


async def test_a_slow_line_skips_states_instead_of_queueing_them():
    async with screen_pair(Way(delay_s=0.02, rate_bps=2e6), size=lambda: 20_000) as pair:
        await keep_changing(pair, 100)
        newest = pair.pictures.number
        await pair.wait_for_picture(newest)
        assert pair.in_order()
        assert len(pair.seen) < newest


async def test_a_slow_viewer_is_not_sent_more_than_it_can_take():
    async with screen_pair(Way(), apply_s=0.1) as pair:
        most = 0
        for _ in range(60):
            await keep_changing(pair, 1)
            most = max(most, pair.viewer.waiting)
        await pair.wait_for_picture(pair.pictures.number)
        assert most < 40
        assert pair.in_order()


async def test_a_viewer_that_lost_its_state_gets_a_new_epoch_of_a_still_screen():
    async with screen_pair(Way(delay_s=0.01)) as pair:
        await keep_changing(pair, 5)
        await pair.wait_for_picture(pair.pictures.number)
        await asyncio.sleep(EPOCH_INTERVAL_S)
        epoch = pair.seen[-1].epoch
        pair.viewer.want_epoch()
        async with asyncio.timeout(20):
            while pair.seen[-1].epoch == epoch:
                pair.changed.clear()
                await pair.changed.wait()
        assert pair.seen[-1].number == 0
        assert pair.in_order()


async def test_a_pli_gets_a_new_epoch():
    async with screen_pair(Way(delay_s=0.01)) as pair:
        await keep_changing(pair, 5)
        await pair.wait_for_picture(pair.pictures.number)
        await asyncio.sleep(EPOCH_INTERVAL_S)
        epochs = pair.track.statistics.epochs
        (receiver,) = pair.technician.getReceivers()
        (sender,) = pair.customer.getSenders()
        await receiver._send_rtcp_pli(sender._ssrc)
        async with asyncio.timeout(20):
            while pair.track.statistics.epochs == epochs:
                await keep_changing(pair, 1)
        await pair.wait_for_picture(pair.pictures.number)
        assert pair.in_order()


async def test_hostile_packets_do_not_end_the_stream():
    async with screen_pair(Way()) as pair:
        await keep_changing(pair, 5)
        (sender,), (receiver,) = pair.customer.getSenders(), pair.technician.getReceivers()
        chance = random.Random(2)
        for number in range(300):
            kind = bytes((chance.choice((0x80, 0x81, 0x82, 0x83, 0xFF, 0x41)),))
            packet = RtpPacket(payload_type=120, sequence_number=number * 97 & 0xFFFF, payload=kind + os.urandom(40))
            packet.ssrc = sender._ssrc
            await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
        before = len(pair.seen)
        pair.viewer.want_epoch()
        async with asyncio.timeout(20):
            while len(pair.seen) < before + 3:
                await keep_changing(pair, 1)
        assert pair.customer.connectionState == pair.technician.connectionState == "connected"
