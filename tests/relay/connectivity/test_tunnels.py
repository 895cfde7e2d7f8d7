from relay.connectivity.tunnels import BURST_BYTES, BYTES_PER_S, Allowance, Mouth, Tunnels
from relay.signaling.mailbox import Side

ONE, OTHER = bytes(32), b"\x01" * 32


class End:
    """A mouth, and what came of it."""

    def __init__(self, side: Side, mailbox: bytes = ONE) -> None:
        self.given: list[bytes] = []
        self.left = False
        self.mouth = Mouth(mailbox, side, self.given.append, self._leave, Allowance(0.0))

    def _leave(self) -> None:
        self.left = True


def test_a_datagram_comes_out_at_the_other_side_of_the_same_mailbox_only() -> None:
    tunnels = Tunnels()
    customer, technician, stranger = End(Side.CUSTOMER), End(Side.TECHNICIAN), End(Side.TECHNICIAN, OTHER)
    for end in (customer, technician, stranger):
        tunnels.enter(end.mouth)
    tunnels.pass_on(customer.mouth, b"hello", 0.0)
    tunnels.pass_on(stranger.mouth, b"nobody there", 0.0)
    assert (customer.given, technician.given, stranger.given) == ([], [b"hello"], [])
    assert (customer.mouth.passed, stranger.mouth.refused) == (1, 1)


def test_a_second_connection_of_a_side_takes_its_place() -> None:
    tunnels = Tunnels()
    customer, first, second = End(Side.CUSTOMER), End(Side.TECHNICIAN), End(Side.TECHNICIAN)
    for end in (customer, first, second):
        tunnels.enter(end.mouth)
    assert (first.left, second.left) == (True, False)
    tunnels.exit(first.mouth)
    tunnels.pass_on(customer.mouth, b"x", 0.0)
    assert second.given == [b"x"]


def test_nothing_is_left_of_tunnels_that_were_closed() -> None:
    tunnels = Tunnels()
    customer, technician = End(Side.CUSTOMER), End(Side.TECHNICIAN)
    tunnels.enter(customer.mouth)
    tunnels.enter(technician.mouth)
    tunnels.exit(customer.mouth)
    tunnels.close(ONE)
    assert technician.left
    assert not customer.left
    assert tunnels.mouths_open == 0


def test_a_side_that_sends_too_much_loses_what_is_too_much_and_recovers() -> None:
    tunnels = Tunnels()
    customer, technician = End(Side.CUSTOMER), End(Side.TECHNICIAN)
    tunnels.enter(customer.mouth)
    tunnels.enter(technician.mouth)
    frame = bytes(1000)
    for _ in range(2 * BURST_BYTES // 1000):
        tunnels.pass_on(customer.mouth, frame, 0.0)
    assert len(technician.given) == BURST_BYTES // 1000
    for _ in range(2 * BYTES_PER_S // 10_000):
        tunnels.pass_on(customer.mouth, frame, 0.1)
    assert len(technician.given) == BURST_BYTES // 1000 + BYTES_PER_S // 10_000
