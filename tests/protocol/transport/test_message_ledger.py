"""Counting messages over several connections: whatever is lost with one is sent on the next, exactly once, in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.channels import CHANNELS, CONTROL, DIAGNOSTICS, Channel
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.consent import InputSuspended
from protocol.transport import message_ledger
from protocol.transport.message_ledger import MessageLedger

SURVIVORS = [channel for channel in CHANNELS if channel.survives]
NOTHING = {channel.id: 0 for channel in SURVIVORS}


def numbered(number: int) -> InputSuspended:
    return InputSuspended(number)


@given(
    st.lists(
        st.tuples(st.sampled_from(SURVIVORS), st.booleans()) | st.sampled_from(["reconnect", "acknowledge"]),
        max_size=60,
    )
)
def test_every_message_arrives_once_and_in_order_however_connections_break(steps):
    sender, receiver = MessageLedger(), MessageLedger()
    sent: dict[Channel, list[InputSuspended]] = {channel: [] for channel in SURVIVORS}
    arrived: dict[Channel, list[InputSuspended]] = {channel: [] for channel in SURVIVORS}
    broken = False

    def deliver(channel: Channel, message: InputSuspended) -> None:
        arrived[channel].append(message)
        receiver.arrived(channel, 10)

    def reconnect() -> None:
        sender.confirmed(receiver.received)
        for channel, message in sender.outstanding():
            deliver(channel, message)

    for number, step in enumerate(steps):
        if step == "reconnect":
            reconnect()
            broken = False
        elif step == "acknowledge":
            sender.confirmed(receiver.received)
        else:
            channel, breaks = step
            broken = broken or breaks
            sender.sending(channel, numbered(number))
            sent[channel].append(numbered(number))
            if not broken:
                deliver(channel, numbered(number))
    reconnect()
    assert arrived == sent
    sender.confirmed(receiver.received)
    assert sender.outstanding() == []


@pytest.mark.parametrize(
    "claimed",
    [NOTHING | {CONTROL.id: 2}, NOTHING, {CONTROL.id: 1}, NOTHING | {CONTROL.id: 1, 99: 0}],
    ids=["more than was sent", "less than before", "a channel left out", "a channel too many"],
)
def test_impossible_counts_are_refused(claimed):
    ledger = MessageLedger()
    ledger.sending(CONTROL, numbered(1))
    ledger.confirmed(NOTHING | {CONTROL.id: 1})
    with pytest.raises(PeerError):
        ledger.confirmed(claimed)


def test_the_other_side_is_told_now_and_then_and_not_each_time():
    ledger = MessageLedger()
    told = [ledger.arrived(DIAGNOSTICS, 10) for _ in range(message_ledger.ACKNOWLEDGE_MESSAGES)]
    assert told.index(True) == message_ledger.ACKNOWLEDGE_MESSAGES - 1
    ledger.note_acknowledged()
    assert not ledger.arrived(DIAGNOSTICS, 10)
    assert ledger.arrived(DIAGNOSTICS, message_ledger.ACKNOWLEDGE_BYTES)


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr(message_ledger, "MAX_KEPT_MESSAGES", 3)
    ledger = MessageLedger()
    for number in range(3):
        ledger.sending(CONTROL, numbered(number))
    with pytest.raises(EnvironmentFault):
        ledger.sending(CONTROL, numbered(4))
