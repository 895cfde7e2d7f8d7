from protocol.pairing.attempts import PinAttempts


def test_a_new_pin_may_be_shown_after_one_and_two_failures():
    attempts = PinAttempts()
    assert attempts.may_show(0.0)
    attempts.failed(1.0)
    attempts.failed(2.0)
    assert attempts.may_show(2.0)
    assert attempts.left(2.0) == 1
    assert attempts.pause_until == 0.0


def test_the_third_failure_begins_a_pause_of_sixty_seconds():
    attempts = PinAttempts()
    for now in (1.0, 2.0, 100.0):
        attempts.failed(now)
    assert attempts.pause_until == 160.0
    assert attempts.left(100.0) == 0
    assert not attempts.may_show(159.9)
    assert attempts.may_show(160.0)
    assert attempts.left(160.0) == 3


def test_a_pause_follows_every_three_failures():
    attempts = PinAttempts()
    pauses = set()
    for number in range(9):
        attempts.failed(100.0 * number)
        pauses.add(attempts.pause_until)
    assert pauses == {0.0, 260.0, 560.0, 860.0}
