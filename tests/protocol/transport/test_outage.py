"""What silence means: unstable, broken, lost, and a program that seems gone."""

import pytest

from protocol.transport.outage import GRACE_S, Outage, OutageWatch, Signs, Standing
from protocol.transport.outage_notice import OutageNotice


@pytest.mark.parametrize(
    ("signs", "standing"),
    [
        (Signs(0.4, True), Standing.STEADY),
        (Signs(2.4, True), Standing.STEADY),
        (Signs(2.5, True), Standing.UNSTABLE),
        (Signs(5.0, True), Standing.BROKEN),
        (Signs(0.1, False), Standing.BROKEN),
        (Signs(1.0, True, moved=True), Standing.STEADY),
        (Signs(1.3, True, moved=True), Standing.BROKEN),
    ],
)
def test_what_is_seen_says_how_the_line_is(signs, standing):
    assert OutageWatch().look(signs, 1000.0) is standing


def test_an_outage_lasts_from_the_last_datagram_until_the_line_is_steady():
    watch = OutageWatch()
    assert watch.look(Signs(3.0, True), 103.0) is Standing.UNSTABLE
    assert watch.look(Signs(0.1, False), 110.0) is Standing.BROKEN
    assert watch.outage(110.0).for_s == 10.0
    assert watch.look(Signs(0.1, False), 100.0 + GRACE_S) is Standing.LOST
    assert watch.look(Signs(0.1, True), 230.0) is Standing.STEADY
    assert watch.outage(230.0) is None


def test_a_program_is_said_to_be_gone_only_when_relay_and_line_agree_for_five_seconds():
    watch = OutageWatch()
    watch.peer_presence(False, 100.0)
    watch.look(Signs(0.2, True), 200.0)
    assert watch.outage(200.0) is None
    watch.look(Signs(3.0, True), 303.0)
    assert not watch.outage(303.0).peer_gone
    assert watch.outage(305.0).peer_gone
    watch.peer_presence(True, 306.0)
    assert not watch.outage(306.0).peer_gone


async def test_a_window_is_told_each_second_and_for_a_moment_afterwards(monkeypatch):
    monkeypatch.setattr("protocol.transport.outage_notice.BACK_FOR_S", 0.0)
    said: list[str] = []
    notice = OutageNotice(said.append, other="technician", button="Stop")
    watch = OutageWatch()
    notice.outage_goes_on(None)
    for now in (103.0, 103.2, 104.0):
        watch.look(Signs(now - 100.0, True), now)
        notice.outage_goes_on(watch.outage(now))
    notice.outage_goes_on(None)
    assert said == ["Reconnecting … (3 s)", "Reconnecting … (4 s)", "Connected again."]
    watch.peer_presence(False, 100.0)
    notice.outage_goes_on(watch.outage(110.0))
    assert said[-1] == "The technician's program is gone. Waiting 110 s more; “Stop” ends it now."


async def test_where_several_are_connected_the_notice_names_who_it_is_about_and_can_be_removed() -> None:
    said: list[str] = []
    notice = OutageNotice(said.append, other="technician", button="Stop", name=lambda: "Tess")
    notice.outage_goes_on(Outage(3.0, 117.0, False))
    notice.outage_goes_on(Outage(20.0, 100.0, True))
    assert said == ["Reconnecting to Tess … (3 s)", "Tess's program is gone. Waiting 100 s more; “Remove” ends it now."]
