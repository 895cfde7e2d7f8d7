import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_client.picture.update_sender import EPOCH_INTERVAL_S, MAX_VIEWER_BEHIND, UpdateSender
from protocol.errors import LocalError
from protocol.messages.picture import PictureReport
from protocol.transport.picture_packets import parse_packet
from protocol.transport.rate_control import RateController
from tests.support.virtual_screen import VirtualScreen


def in_order(received: list[tuple[int, int, int]]) -> bool:
    if not received or received[0][1] != 0:
        return False
    return all(
        (later[0] == earlier[0] and later[1] == earlier[1] + 1) or (later[0] > earlier[0] and later[1] == 0)
        for earlier, later in pairwise(received)
    )


def report(number: int, *, highest: int = 0, completed: int = -1, applied: int = -1, **more) -> PictureReport:
    fields = {"received_bytes": 100, "lost_packets": 0, "arrived_us": 0, "held_us": 0, "delay_us": None}
    fields |= {"new_epoch": False} | more
    return PictureReport(
        number=number, highest_packet=highest, completed_update=completed, applied_update=applied, **fields
    )


def sender_with_epoch(now: float = 0.0) -> UpdateSender:
    sender = UpdateSender(RateController())
    sender.offer(b"epoch", starts_epoch=True, now=now)
    assert len(sender.take_burst(now)) == 1
    return sender


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=400), st.integers(1, 4000), st.floats(0, 0.03))
def test_any_loss_pattern_ends_with_the_newest_state_and_nothing_out_of_order(pattern, size, jitter_s):
    screen = VirtualScreen()
    screen.size, screen.jitter_s = size, jitter_s
    decisions = iter(pattern)
    screen.lost = lambda: next(decisions, False)
    screen.run(2.0, changes_every_s=0.05)
    screen.run(4.0)
    assert in_order(screen.received)
    assert screen.received[-1][2] == screen.state


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 0.5))
def test_a_bad_line_that_gets_better_ends_with_the_newest_state(seed, loss):
    screen, chance = VirtualScreen(), random.Random(seed)
    screen.size = 3000
    screen.lost = lambda: chance.random() < loss
    screen.run(4.0, changes_every_s=0.05)
    screen.lost = lambda: False
    screen.run(4.0)
    assert in_order(screen.received)
    assert screen.received[-1][2] == screen.state
    assert screen.sender.is_complete


def test_an_outage_ends_with_the_newest_state_and_sends_little_meanwhile():
    screen = VirtualScreen()
    screen.size = 3000
    screen.run(2.0, changes_every_s=0.05)
    screen.lost = lambda: True
    before = screen.rates._sent_bytes
    screen.run(10.0, changes_every_s=0.05)
    assert screen.rates._sent_bytes - before <= screen.rates.window_bytes + 40 * 1200
    screen.lost = lambda: False
    screen.run(3.0)
    assert in_order(screen.received)
    assert screen.received[-1][2] == screen.state


def test_a_lost_last_packet_is_noticed_without_anything_new_to_send():
    screen = VirtualScreen()
    screen.change()
    screen.run(1.0)
    screen.change()
    losses = iter([True])
    screen.lost = lambda: next(losses, False)
    screen.run(1.0)
    assert screen.received[-1][2] == screen.state


def test_a_still_screen_sends_nothing_once_the_viewer_has_everything():
    screen = VirtualScreen()
    screen.change()
    screen.run(2.0)
    before = screen.rates._sent_packets
    screen.run(60.0)
    assert screen.rates._sent_packets == before


def test_the_first_update_must_start_an_epoch():
    assert UpdateSender(RateController()).epoch_wanted


def test_while_an_update_leaves_nothing_may_be_encoded():
    sender = UpdateSender(RateController())
    sender.offer(bytes(200_000), starts_epoch=True, now=0.0)
    first = sender.take_burst(0.0)
    assert 0 < len(first) < 20
    assert not sender.may_encode(0.0)
    assert sender.is_leaving
    assert sender.take_burst(0.0) == [] or sender.wait_s(0.0) == 0.0


def test_a_viewer_that_is_behind_stops_the_encoder_until_it_has_caught_up():
    sender = sender_with_epoch()
    now = 0.0
    for update in range(1, MAX_VIEWER_BEHIND + 2):
        now += 0.1
        sender.offer(b"more", starts_epoch=False, now=now)
        sender.take_burst(now)
        sender.reported(report(update, highest=update, completed=update, applied=-1), now + 0.01)
    assert not sender.may_encode(now + 0.02)
    assert sender.wait_s(now + 0.02) is None
    last = MAX_VIEWER_BEHIND + 1
    sender.reported(report(last + 1, highest=last, completed=last, applied=last), now + 0.03)
    assert sender.may_encode(now + 0.03)


def test_while_the_viewer_waits_long_for_something_lost_nothing_newer_is_piled_up():
    screen = VirtualScreen()
    screen.run(1.0, changes_every_s=0.05)
    before = screen.sender._next_update
    screen.lost = lambda: screen.now < 103.0
    screen.run(2.0, changes_every_s=0.05)
    assert screen.sender._next_update - before < 20
    screen.run(3.0)
    assert screen.received[-1][2] == screen.state


def test_requests_for_an_epoch_are_limited():
    sender = sender_with_epoch(now=0.0)
    assert not sender.ask_epoch(0.1)
    sender.reported(report(1, completed=0, applied=0), 0.2)
    assert not sender.ask_epoch(0.3)
    assert sender.ask_epoch(EPOCH_INTERVAL_S)
    assert sender.epoch_wanted


def test_an_epoch_that_is_leaving_is_not_begun_again_however_long_it_takes():
    sender = UpdateSender(RateController())
    sender.offer(bytes(200_000), starts_epoch=True, now=0.0)
    sender.take_burst(0.0)
    assert not sender.ask_epoch(30.0)
    assert sender.is_leaving


def test_a_new_epoch_takes_the_place_of_what_has_not_left():
    sender = sender_with_epoch(now=0.0)
    sender.offer(bytes(200_000), starts_epoch=False, now=5.0)
    sender.take_burst(5.0)
    assert sender.ask_epoch(5.1)
    assert not sender.is_leaving
    sender.offer(b"new", starts_epoch=True, now=5.2)
    (payload,) = sender.take_burst(6.0)
    packet = parse_packet(payload)
    assert (packet.fragment.update, packet.fragment.starts_epoch) == (2, True)


def test_a_request_in_a_report_counts_like_a_pli():
    sender = sender_with_epoch(now=0.0)
    sender.reported(report(1, completed=0, applied=0, new_epoch=True), 1.0)
    assert sender.epoch_wanted


def test_an_update_without_bytes_is_our_mistake():
    with pytest.raises(LocalError):
        UpdateSender(RateController()).offer(b"", starts_epoch=True, now=0.0)


@given(st.lists(st.tuples(*[st.integers(0, 0xFFFF)] * 3, st.integers(-(2**50), 2**50), st.booleans()), max_size=30))
def test_reports_that_lie_do_no_harm(claims):
    sender = sender_with_epoch()
    now = 1.0
    for number, (highest, completed, applied, delay_us, new_epoch) in enumerate(claims, start=1):
        now += 0.1
        lie = report(
            number,
            highest=highest,
            completed=completed,
            applied=applied,
            delay_us=delay_us,
            arrived_us=completed * 10**6,
            received_bytes=applied * 10**6,
            new_epoch=new_epoch,
        )
        sender.reported(lie, now)
        sender.take_probe(now)
        sender.take_burst(now)
    assert sender.viewer_behind <= 1
