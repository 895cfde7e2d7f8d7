"""Our parts for Windows on a desktop that wine makes: seen, pressed, typed, copied, listed. One session for all.

What wine cannot show (the secure desktop, scales, displays side by side, Windows' own timing) is not shown here.
"""

import time

import pytest
from Xlib import X

from setup.system_packages import unmet, windows_client_needs
from tests.support.wine_desktop import SIZE, Silence, WineDesktop, wine_desktop

pytestmark = pytest.mark.long

LEFT, TOP = 100, 80
INSIDE = (LEFT + 50, TOP + 50)
OUTSIDE = (900, 600)

STRINGS = (
    *("Hello, World!", "abc ABC 123", "{}[]()<>", "\\|/~`^°", "@#$%&*", "\"quoted\" 'single'", "a+b=c", "-_.,;:!?"),
    *("äöüÄÖÜß", "€ £ ¥ ¢", "àâçéèêëîïôùûüÿ", "ÀÂÇÉÈÊ", "œŒæÆ", "ñÑ¿¡", "åÅøØ", "þðÞÐ", "łŁżŻźŹ", "čšžČŠŽ", "ěřůĚŘŮ"),
    *("őűŐŰ", "ğışĞİŞ", "ąęįų", "țșȚȘ", "Привет, мир", "ЁЖЪЫЭЮЯ", "Українська їєґ", "Български", "Ωλ φάντασμα"),
    *("ΆΈΉΊΌΎΏ", "שלום", "العربية", "فارسی می\u200cخواهم", "हिन्दी", "தமிழ்", "ไทย", "ქართული", "հայերեն", "አማርኛ"),
    *("中文字符", "日本語テスト", "ひらがなカタカナ", "한국어 조선말", "Tiếng Việt ệ", "e\u0301 a\u0308", "½ ¼ ¾ ²³"),
    *("« » „ “ ” ‘ ’", "– — …", "← ↑ → ↓", "∑ ∏ √ ∞ ≠", "♠ ♥ ♦ ♣", "😀", "👍🏽", "👩\u200d💻", "🇩🇪", "𝔘𝔫𝔦", "𠮷野家"),
    *("a😀b😀c", "passwort: Straße 5", "C:\\Users\\müller", "x" * 60, "two  spaces"),
)


@pytest.fixture(scope="module")
def desktop():
    lacking = unmet(windows_client_needs())
    if lacking:
        pytest.skip(f"wine needs {', '.join(need.name for need in lacking)}")
    with wine_desktop() as ours:
        yield ours


def move_to(x: int, y: int) -> tuple[int, int]:
    return (X.MotionNotify, x << 16 | y)


def press(*keycodes: int) -> tuple[tuple[int, int], ...]:
    return (*((X.KeyPress, one) for one in keycodes), *((X.KeyRelease, one) for one in reversed(keycodes)))


def noticed(desktop: WineDesktop) -> int:
    """Return how much of the customer's own input was noticed, once there is some."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        count = desktop.ask("activity")
        if count:
            return count
    return 0


def test_the_displays_are_told_in_real_pixels(desktop):
    assert desktop.ask("pixels") == "per_monitor"
    assert desktop.ask("displays") == [[0, 0, *SIZE, True]]


def test_the_picture_is_what_was_drawn(desktop):
    for colour in ("#123456", "#ff0000", "#00ff00", "#0000ff", "#fedcba"):
        desktop.ask("paint", colour)
        seen = desktop.ask("colours", [LEFT, TOP], INSIDE, [LEFT + 399, TOP + 299], [LEFT + 400, TOP])
        assert seen[:3] == [colour] * 3
        assert seen[3] != colour


def test_a_small_picture_for_choosing_is_the_same_desktop(desktop):
    desktop.ask("paint", "#00ff00")
    width, height, colour = desktop.ask("thumbnail")
    assert max(width, height) <= 128
    assert colour == "#00ff00"


def test_the_pointer_is_in_the_picture_where_that_is_wanted(desktop):
    desktop.hand(move_to(LEFT + 200, TOP + 200))
    assert desktop.ask("pointer_drawn", LEFT + 200, TOP + 200) is True


def test_the_pointers_shape_and_place_are_told(desktop):
    desktop.hand(move_to(LEFT + 100, TOP + 100))
    desktop.ask("watch_cursor", "xterm")
    desktop.hand(move_to(LEFT + 120, TOP + 130))
    shapes, moves = desktop.ask("cursor_told", LEFT + 120, TOP + 130)
    assert shapes
    assert all(0 < width <= 128 and 0 < height <= 128 and seen for width, height, seen in shapes)
    assert moves[-1] == [LEFT + 120, TOP + 130, True]


def test_no_picture_is_taken_while_another_desktop_is_shown(desktop):
    """Wine shows one desktop only, but a thread can be on another one: that is how it looks from there."""
    assert desktop.ask("secure") == [False, True, "secure_desktop"]


def test_the_pointer_goes_to_the_very_pixel(desktop):
    places = [[0, 0], [1, 1], [2, 3], [17, 501], [639, 399], [1000, 7], [1278, 798], [1279, 799]]
    assert desktop.ask("move", *places) == places


def test_sixty_strings_arrive_as_they_are(desktop):
    assert len(STRINGS) >= 60
    arrived = desktop.ask("typed", *STRINGS)
    assert [(text, got) for text, got in zip(STRINGS, arrived, strict=True) if got != text] == []


def test_physical_keys_arrive_as_the_keys_they_are(desktop):
    codes = {"KeyA": 65, "Digit7": 55, "Enter": 13, "ArrowUp": 38, "Home": 36, "NumLock": 144, "Pause": 19, "F5": 116}
    assert desktop.ask("press", *codes) == [["key", number] for number in codes.values()]
    desktop.ask("press", "NumLock")


def test_buttons_and_wheel_arrive(desktop):
    told = desktop.ask("mouse")
    assert [each[1] for each in told] == [1, 3, 2, -120, 120]
    assert told[0] == ["button", 1, 50, 60]


def test_everything_held_is_let_go(desktop):
    assert desktop.ask("held") == ["KeyQ", "ShiftLeft"]


def test_nothing_is_pressed_in_our_own_windows(desktop):
    before = desktop.ask("click_ourselves")[1]
    told, dropped = desktop.ask("click_ourselves")
    assert told == []
    assert dropped == before + 2


def test_a_window_that_lets_clicks_through_hides_none_of_ours(desktop):
    assert desktop.ask("overlay") == [True, False]
    assert desktop.ask("own", *INSIDE) is True
    assert desktop.ask("own", *OUTSIDE) is False


def test_only_hands_count_as_the_customers_own_input(desktop):
    desktop.ask("activity")
    desktop.ask("press", "KeyA", "KeyB")
    desktop.ask("mouse")
    assert desktop.ask("activity") == 0
    desktop.hand(move_to(*INSIDE))
    assert noticed(desktop)
    desktop.hand((X.ButtonPress, 1), (X.ButtonRelease, 1))
    assert noticed(desktop)
    desktop.hand(*press(38))
    assert noticed(desktop)


def test_text_goes_over_the_clipboard_both_ways(desktop):
    for text in ("plain", "Zeile 1\nZeile 2", "π 😀 日本語", "x" * 5000):
        assert desktop.ask("clipboard", text) == text
    assert desktop.ask("clipboard_from_tk", "von woanders ü") == "von woanders ü"
    assert desktop.ask("clipboard_empty") == {"fault": "clipboard_empty"}


def test_what_a_password_manager_marked_is_not_read(desktop):
    assert desktop.ask("clipboard_marked") == {"fault": "clipboard_protected"}


def test_windows_of_other_programs_are_known_by_title_and_program(desktop):
    title = desktop.ask("program", "notepad.exe")
    assert title
    assert desktop.ask("front") == [[title, "notepad.exe"]]
    listed = {shown: (program, own, place) for shown, program, own, place in desktop.ask("listed")}
    assert listed[title][:2] == ("notepad.exe", False)
    assert listed["Deskside stage"][1:] == (True, [LEFT, TOP, 400, 300])
    x, y, width, height = listed[title][2]
    assert desktop.ask("described", x + width // 2, y + height // 2) == [title, "notepad.exe"]


def test_the_watchdog_lets_go_of_keys_when_the_program_hangs(desktop):
    words = desktop.ask("watchdog_releases")
    assert words == ["ready", "released"]


def test_the_panic_keys_stop_everything_from_another_process(desktop):
    assert desktop.ask("watchdog_waits_for_panic") is True
    desktop.hand(move_to(*INSIDE), (X.ButtonPress, 1), (X.ButtonRelease, 1))
    desktop.ask("activity")
    desktop.hand(*press(37, 64, 50, 115))
    try:
        assert desktop.ask("guard_words", "stop") == ["ready", "block", "stop"]
    except Silence:
        assert desktop.was_ended(), "a program that does not stop within 150 ms, on a busy computer, is ended"
