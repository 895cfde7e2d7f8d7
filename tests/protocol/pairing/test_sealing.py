import pytest

from protocol.errors import PeerError
from protocol.pairing.sealing import SealedReceiver, SealedSender

KEY, MAILBOX = b"k" * 32, b"m" * 32


def receiver(direction: bytes = b"T", mailbox: bytes = MAILBOX, key: bytes = KEY) -> SealedReceiver:
    return SealedReceiver(key, mailbox, direction)


def records(count: int) -> list[bytes]:
    sender = SealedSender(KEY, MAILBOX, b"T")
    return [sender.seal(b"record %d" % number) for number in range(count)]


def assert_rejected(receiver: SealedReceiver, record: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        receiver.open(record)
    assert caught.value.code == "sealed_record_rejected"


def test_records_open_in_the_order_they_were_sealed():
    opened = receiver()
    assert [opened.open(record) for record in records(3)] == [b"record 0", b"record 1", b"record 2"]


def test_a_gap_a_replay_and_another_order_are_rejected():
    first, second, third = records(3)
    gap, replay, order = receiver(), receiver(), receiver()
    gap.open(first)
    assert_rejected(gap, third)
    replay.open(first)
    assert_rejected(replay, first)
    assert_rejected(order, second)


def test_after_one_bad_record_even_the_right_one_is_rejected():
    first, second = records(2)
    opened = receiver()
    assert_rejected(opened, second)
    assert_rejected(opened, first)


@pytest.mark.parametrize(
    "other",
    [receiver(direction=b"C"), receiver(mailbox=b"n" * 32), receiver(key=b"l" * 32)],
    ids=["reflected", "another mailbox", "another key"],
)
def test_a_reflection_another_mailbox_and_another_key_are_rejected(other):
    assert_rejected(other, records(1)[0])


def test_every_changed_bit_and_every_shorter_record_is_rejected():
    record = records(1)[0]
    for bit in range(len(record) * 8):
        changed = bytearray(record)
        changed[bit // 8] ^= 1 << bit % 8
        assert_rejected(receiver(), bytes(changed))
    for length in range(len(record)):
        assert_rejected(receiver(), record[:length])


def test_the_wire_form_is_the_one_in_the_protocol():
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher = ChaCha20Poly1305(KEY)
    expected = [
        cipher.encrypt(bytes(4) + count.to_bytes(8, "big"), b"record %d" % count, MAILBOX + b"T" + count.to_bytes(8))
        for count in range(2)
    ]
    assert records(2) == expected
