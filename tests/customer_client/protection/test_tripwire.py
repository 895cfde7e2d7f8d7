"""The tripwire stops for a window about money, and goes on only as far as the customer said."""

from dataclasses import dataclass, field

import pytest

from customer_client.capture.source import Display, Picture
from customer_client.protection.guarded_source import GuardedDamageSource, GuardedSource, guarded
from customer_client.protection.money import FrontWindow, MoneyKind
from customer_client.protection.tripwire import Tripwire
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect

NOTES = FrontWindow("Notes", "gedit")
BANK = FrontWindow("Example Bank - Log in", "firefox")
BANK_LATER = FrontWindow("Example Bank - Your accounts", "firefox")
SHOP = FrontWindow("Gift cards - Shop", "firefox")


@dataclass
class Desk:
    """Windows in front, set by the test."""

    front: tuple[FrontWindow, ...] = (NOTES,)
    gone: bool = False
    looks: int = 0
    closed: bool = field(default=False)

    def look(self) -> tuple[FrontWindow, ...]:
        self.looks += 1
        if self.gone:
            raise EnvironmentFault("gone", code="display_gone")
        return self.front

    def close(self) -> None:
        self.closed = True


def test_it_stops_while_a_window_about_money_is_in_front() -> None:
    desk = Desk()
    tripwire = Tripwire(desk)
    assert tripwire.check() is None
    desk.front = (NOTES, BANK)
    assert tripwire.check() is MoneyKind.BANK
    assert tripwire.check() is MoneyKind.BANK
    desk.front = (NOTES,)
    assert tripwire.check() is None


def test_going_on_lasts_until_something_else_was_in_front() -> None:
    desk = Desk((BANK,))
    tripwire = Tripwire(desk)
    assert tripwire.check() is MoneyKind.BANK
    tripwire.pass_by(never_again=False)
    assert tripwire.check() is None
    desk.front = (BANK_LATER,)
    assert tripwire.check() is None, "the next page of the same bank"
    desk.front = (SHOP,)
    assert tripwire.check() is MoneyKind.GIFT_CARD, "something else about money"
    desk.front = (NOTES,)
    assert tripwire.check() is None
    desk.front = (BANK,)
    assert tripwire.check() is MoneyKind.BANK, "again"


def test_what_is_not_about_money_is_never_asked_about_again_but_everything_else_is() -> None:
    desk = Desk((BANK,))
    tripwire = Tripwire(desk)
    tripwire.check()
    tripwire.pass_by(never_again=True)
    for front in ((NOTES,), (BANK,)):
        desk.front = front
        assert tripwire.check() is None
    desk.front = (NOTES,)
    tripwire.check()
    desk.front = (BANK_LATER,)
    assert tripwire.check() is MoneyKind.BANK


def test_a_tripwire_that_has_not_stopped_itself_passes_by_what_is_in_front() -> None:
    desk = Desk((BANK,))
    tripwire = Tripwire(desk)
    tripwire.pass_by(never_again=False)
    assert tripwire.check() is None


def test_a_display_that_cannot_be_asked_gives_no_picture() -> None:
    desk = Desk(gone=True)
    tripwire = Tripwire(desk)
    with pytest.raises(EnvironmentFault):
        tripwire.check()
    desk.gone = False
    assert tripwire.check() is None


class OnePicture:
    """A source of one picture; `on_read` is what happens on the desktop while it is read."""

    def __init__(self, on_read: object = None) -> None:
        self.picture = Picture(1, 1, 4, b"\1\2\3\0")
        self.on_read = on_read

    def displays(self) -> tuple[Display, ...]:
        return (self.shared_display(),)

    def shared_display(self) -> Display:
        return Display("one", 0, 0, 1, 1, primary=True)

    def share(self, names: frozenset[str]) -> None: ...

    def listen(self, displays_changed: object) -> None: ...

    def grab(self) -> Picture:
        if callable(self.on_read):
            self.on_read()
        return self.picture

    def close(self) -> None: ...


class OneDamaged(OnePicture):
    def take(self, *, everything: bool = False) -> tuple[Picture, tuple[Rect, ...]]:
        return self.grab(), (Rect(0, 0, 1, 1),)

    def wait_for_damage(self, timeout_s: float | None) -> bool:
        return True

    def wake(self) -> None: ...


@pytest.mark.parametrize("kind", [OnePicture, OneDamaged])
def test_a_picture_that_was_read_while_money_came_to_the_front_reaches_nobody(kind: type[OnePicture]) -> None:
    desk, stopped = Desk(), []
    source = guarded(kind(lambda: setattr(desk, "front", (BANK,))), Tripwire(desk), stopped.append)
    read = source.take if isinstance(source, GuardedDamageSource) else source.grab
    with pytest.raises(EnvironmentFault) as fault:
        read()
    assert fault.value.code == "money_in_front"
    assert stopped == [MoneyKind.BANK]
    source.close()
    assert desk.closed


def test_a_guarded_source_knows_damage_only_if_its_source_does() -> None:
    assert type(guarded(OnePicture(), Tripwire(Desk()), print)) is GuardedSource
    damaged = guarded(OneDamaged(), Tripwire(Desk()), print)
    assert isinstance(damaged, GuardedDamageSource)
    assert damaged.take()[1] == (Rect(0, 0, 1, 1),)
