import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import Event, actor_of, parse_event
from protocol.audit.session_numbers import MissingSessions, check_counters
from protocol.errors import LocalError
from tests.support.relay_events import LaneWriter

DEVICE, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))


def name(key: Ed25519PrivateKey) -> str:
    return actor_of(key.public_key().public_bytes_raw())


def opening(number: int, key: Ed25519PrivateKey = DEVICE, session: int | None = None) -> Event:
    sid = f"{number if session is None else session:032x}"
    return parse_event(LaneWriter(sid, "T", key).write(tseq=number).event)


def test_sessions_that_follow_each_other_leave_no_gap() -> None:
    report = check_counters([opening(number) for number in (3, 1, 2)] + [opening(1, OTHER)])
    assert (report.missing, report.repeated, report.uncounted) == ((), (), ())


def test_one_dropped_session_of_many_is_named() -> None:
    report = check_counters(opening(number) for number in range(1, 2001) if number != 777)
    assert report.missing == (MissingSessions(name(DEVICE), 777, 777, f"{776:032x}", f"{778:032x}"),)


def test_each_device_counts_for_itself() -> None:
    report = check_counters([opening(1), opening(2), opening(1, OTHER, 91), opening(4, OTHER, 94)])
    assert report.missing == (MissingSessions(name(OTHER), 2, 3, f"{91:032x}", f"{94:032x}"),)


def test_a_number_used_twice_and_an_opening_without_one_are_told() -> None:
    bare = parse_event(LaneWriter("f" * 32, "T", DEVICE).write().event)
    report = check_counters([opening(5), opening(5, session=6), bare])
    assert [(one.number, one.sessions) for one in report.repeated] == [(5, (f"{5:032x}", f"{6:032x}"))]
    assert report.uncounted == ("f" * 32,)


def test_only_a_technicians_opening_is_numbered() -> None:
    with pytest.raises(LocalError):
        LaneWriter("0" * 32, "C", DEVICE).write(tseq=1)
    writer = LaneWriter("0" * 32, "T", DEVICE)
    writer.write(tseq=1)
    with pytest.raises(LocalError):
        writer.write(tseq=2)
