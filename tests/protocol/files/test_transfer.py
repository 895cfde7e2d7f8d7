import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.files.transfer import CREDIT_BYTES, FREE_FLOOR_BYTES, OfferedFile, Quota, Receiving, Sending, Speed, Stage
from protocol.messages.files import MAX_FILE_BYTES, MAX_SESSION_BYTES

SIZE = 3 * CREDIT_BYTES


def both(size: int = SIZE) -> tuple[Sending, Receiving]:
    file = OfferedFile(bytes(16), "report.pdf", size, bytes(32))
    sender, receiver = Sending(file), Receiving(file)
    sender.accepted()
    receiver.accepted()
    return sender, receiver


def begin(sender: Sending, receiver: Receiving) -> None:
    offset = receiver.begin()
    sender.may_begin_at(offset)
    sender.begin(offset)


@given(st.integers(0, 2**32), st.integers(0, 2 * CREDIT_BYTES))
def test_whatever_happens_on_the_way_every_byte_comes_once_and_in_order(seed: int, size: int) -> None:
    """Connections are lost, disks are slow, people pause: a model of both sides."""
    chance, (sender, receiver) = random.Random(seed), both(size)
    begin(sender, receiver)
    line: list[tuple[int, int]] = []
    for _ in range(100_000):
        if receiver.stage is Stage.WHOLE and receiver.written_bytes == size:
            break
        act = chance.random()
        if act < 0.01:
            line.clear()
            sender.connection_lost()
            receiver.connection_lost()
            if receiver.stage is Stage.ACCEPTED:
                begin(sender, receiver)
        elif act < 0.02:
            sender.held_there = not sender.held_there
        elif act < 0.5 and (chunk := sender.next_chunk()):
            length = chance.randint(1, chunk[1])
            sender.given(length)
            line.append((chunk[0], length))
        elif act < 0.8 and line:
            offset, length = line.pop(0)
            assert offset == receiver.moved_bytes
            assert receiver.chunk(offset, length)
            sender.taken(receiver.moved_bytes, receiver.credit)
        else:
            receiver.written(chance.randint(receiver.written_bytes, receiver.moved_bytes))
            sender.taken(receiver.moved_bytes, receiver.credit)
    receiver.written(size)
    receiver.saved()
    sender.saved()
    assert sender.stage is receiver.stage is Stage.SAVED
    assert receiver.moved_bytes == size


def test_nothing_is_sent_before_it_is_accepted_and_asked_for() -> None:
    sender = Sending(OfferedFile(bytes(16), "report.pdf", SIZE, bytes(32)))
    assert sender.next_chunk() is None
    with pytest.raises(PeerError):
        sender.may_begin_at(0)
    with pytest.raises(LocalError):
        sender.given(1)


def test_the_sender_never_gets_ahead_of_its_credit() -> None:
    sender, receiver = both()
    begin(sender, receiver)
    sent = 0
    while chunk := sender.next_chunk():
        sender.given(chunk[1])
        sent += chunk[1]
    assert sent == CREDIT_BYTES
    sender.taken(100, CREDIT_BYTES + 50)
    assert sender.next_chunk() == (CREDIT_BYTES, 50)


@pytest.mark.parametrize(("received", "credit"), [(1, CREDIT_BYTES), (0, CREDIT_BYTES - 1), (0, CREDIT_BYTES + 1)])
def test_impossible_counts_are_the_receivers_fault(received: int, credit: int) -> None:
    sender, receiver = both()
    begin(sender, receiver)
    with pytest.raises(PeerError):
        sender.taken(received, credit)


@pytest.mark.parametrize(("offset", "length"), [(1, 1), (0, CREDIT_BYTES + 1), (SIZE, 1)])
def test_bytes_that_were_not_asked_for_are_the_senders_fault(offset: int, length: int) -> None:
    sender, receiver = both()
    begin(sender, receiver)
    with pytest.raises(PeerError):
        receiver.chunk(offset, length)


def test_a_receiver_cannot_have_what_was_never_sent() -> None:
    sender, _ = both()
    with pytest.raises(PeerError):
        sender.may_begin_at(1)
    with pytest.raises(PeerError):
        sender.saved()


def test_after_the_end_nothing_changes_any_more() -> None:
    sender, receiver = both()
    begin(sender, receiver)
    assert sender.cancelled("cancelled")
    assert not sender.cancelled("file_changed")
    sender.saved()
    sender.accepted()
    sender.declined("declined")
    assert (sender.stage, sender.reason) == (Stage.CANCELLED, "cancelled")
    receiver.cancelled("cancelled")
    assert not receiver.chunk(0, 10)


def test_quotas_hold_for_file_session_and_disk() -> None:
    quota, plenty = Quota(), 10**12
    assert quota.obstacle(MAX_FILE_BYTES + 1, plenty) == "too_large"
    assert quota.obstacle(10, FREE_FLOOR_BYTES + 9) == "disk_full"
    assert quota.obstacle(10, FREE_FLOOR_BYTES + 10) == ""
    for number in range(MAX_SESSION_BYTES // MAX_FILE_BYTES):
        assert quota.obstacle(MAX_FILE_BYTES, plenty) == ""
        quota.reserve(bytes([number]), MAX_FILE_BYTES)
    assert quota.obstacle(MAX_FILE_BYTES, plenty) == "session_full"
    quota.used(bytes([0]), 5)
    assert quota.obstacle(MAX_FILE_BYTES, plenty) == ""


def test_speed_is_that_of_the_last_seconds() -> None:
    speed = Speed()
    for tenth in range(100):
        speed.note(tenth * 100_000 if tenth < 50 else 5_000_000 + (tenth - 50) * 10_000, tenth / 10)
    assert speed.bytes_per_s(5_490_000, 9.9) == pytest.approx(100_000, rel=0.05)
    speed.forget()
    assert speed.bytes_per_s(5_490_000, 10.0) == 0.0
