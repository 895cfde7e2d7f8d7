from customer_client.picture.films import HITS, FilmWatch, even
from protocol.picture.geometry import Rect

SCREEN = Rect(0, 0, 1001, 701)
PLACE = Rect(100, 100, 321, 241)


def test_what_changes_often_enough_becomes_a_film_of_even_size() -> None:
    watch = FilmWatch(SCREEN)
    found = [watch.changed([PLACE], 125 * number) for number in range(HITS)]
    assert found[:-1] == [[]] * (HITS - 1)
    assert found[-1] == [Rect(100, 100, 322, 242)]


def test_what_changes_now_and_then_is_no_film() -> None:
    watch = FilmWatch(SCREEN)
    assert not any(watch.changed([PLACE], 300 * number) for number in range(30))


def test_small_places_are_no_film() -> None:
    watch = FilmWatch(SCREEN)
    assert not any(watch.changed([Rect(0, 0, 100, 60)], 40 * number) for number in range(30))


def test_two_films_side_by_side_are_told_apart() -> None:
    watch, other = FilmWatch(SCREEN), PLACE.moved(400, 0)
    found = [film for number in range(HITS) for film in watch.changed([PLACE, other], 40 * number)]
    assert found == [Rect(100, 100, 322, 242), Rect(500, 100, 322, 242)]


def test_an_even_rectangle_stays_on_the_screen() -> None:
    assert even(Rect(0, 0, 1001, 701), SCREEN) == Rect(0, 0, 1000, 700)
    assert even(Rect(980, 0, 21, 10), SCREEN) == Rect(979, 0, 22, 10)
    assert even(Rect(0, 0, 1, 5), Rect(0, 0, 1, 5)) is None
