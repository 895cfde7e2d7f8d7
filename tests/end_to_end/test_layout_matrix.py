"""Whatever the two keyboards are set to: what the technician types is what a program at the customer's reads.

Real keys on a real X server with a real layout go through Qt, the view, the protocol, the injector and a second X
server with another layout into xterm or an entry field. 60 strings for each technician's layout: sentences, and every
character the layout has by Shift, AltGr, dead keys and Caps Lock. libxkbcommon says what should come out.
"""

import contextlib
import random
import shutil
import subprocess
import threading

import pytest
from Xlib import X

from demo.virtual_display import virtual_display
from tests.support.typing_stage import carry, customer_input, entry_field, set_layout, technician_view, terminal
from tests.support.x11_window import NotingWindow
from tests.support.xkb_keyboard import CAPS_LOCK, ENTER, Layout, PressedKeyboard, Stroke

TOOLS = ("Xvfb", "openbox", "setxkbmap", "xterm")
pytestmark = pytest.mark.skipif(not all(shutil.which(tool) for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}")

LAYOUTS = ("us", "de", "fr", "ru", "gr", "tr")
STRINGS = 60
CAPITALS = 8
"""So many of the strings are typed with Caps Lock on at the technician's, and as many with the customer's on."""

MENU, HOME = 135, 110
"""Keycodes of the menu key and of Home, for which the keypad's 7 stands while Num Lock is off."""

SENTENCES = {
    "us": ("Hello, World! (50%) #1 @home", "ls -la ~/*.txt | grep -v '^#' && echo $?", 'C:\\Users\\x "quoted" <a@b.c>'),
    "de": (
        "Grüße aus Köln: 50 € für Öl, Äpfel & Süßes!",
        "[a] {b} \\ | ~ @ µ ² ³ ° §",
        "café à la crème, naïve Ångström",
    ),
    "fr": ("L'été, ça va où ? À Noël, 100 % gratuit : æ", "~#{[|`\\^@]} €", "Être ou ne pas être; où ça?"),
    "ru": ("Привет, мир! Ёлка стоит 5 рублей?", "Съешь ещё этих мягких французских булок", 'Да; "нет": 100% (№7)'),
    "gr": ("Καλημέρα, τι κάνεις; Πώς πάει;", "ΑΒΓ αβγ άέήίόύώ ϊϋ ς σ", "Ύψος: 5 € (περίπου)"),
    "tr": ("Şişli'de ığdır, İzmir çok güzel!", "İI ıi Ğğ Üü Şş Öö Çç", "@ # $ { [ ] } \\ | ~ €"),
}
PAIRS = [(technician, LAYOUTS[(place + step) % 6]) for place, technician in enumerate(LAYOUTS) for step in (0, 1)]


def strings_of(layout: Layout) -> list[tuple[Stroke, ...]]:
    """Return 60 strings: letters and digits, the sentences, every character of the layout, the same ones shuffled.

    The first ones are typed with Caps Lock: with marks and signs every toolkit has an opinion of its own about that.
    """
    characters = [character for character in layout.strokes if character not in "\u0323\u0309"]
    chance = random.Random(layout.name)
    plain = [
        one for one in characters if one.isalnum() and not layout.strokes[one][0].level3 and one not in layout.composed
    ]
    parts = ["".join(chance.choices([one for one in plain if one not in "ςΣ"], k=12)) for _ in range(CAPITALS)]
    parts += SENTENCES[layout.name]
    size = max(8, -(-len(characters) // (STRINGS - len(parts))))
    parts += ["".join(characters[start : start + size]) for start in range(0, len(characters), size)]
    while len(parts) < STRINGS:
        parts.append("".join(chance.choices(characters, k=12)))
    return [layout.sentence(part) for part in parts]


def type_all(technician: PressedKeyboard, customer: PressedKeyboard, layout: Layout, program) -> list[tuple[str, str]]:
    """Type every string, some of them with Caps Lock on here or there; return what differs."""
    wrong = []
    for number, strokes in enumerate(strings_of(layout)):
        capitals, elsewhere = number < CAPITALS, CAPITALS // 2 <= number < CAPITALS + CAPITALS // 2
        _tap_lock(technician, capitals)
        _tap_lock(customer, elsewhere)
        technician.strike((*strokes, Stroke(ENTER)))
        expected, came = layout.typed(strokes, caps_lock=capitals), program.line()
        _tap_lock(technician, capitals)
        _tap_lock(customer, elsewhere)
        if came != expected:
            wrong.append((expected, came))
    return wrong


def _tap_lock(keyboard: PressedKeyboard, wanted: bool) -> None:
    if wanted:
        keyboard.strike((Stroke(CAPS_LOCK),))


@pytest.fixture(scope="module")
def technician():
    with technician_view() as (name, view):
        yield name, view


@pytest.fixture(scope="module")
def customer():
    with virtual_display(640, 400) as name:
        yield name


@pytest.fixture(scope="module")
def carried(technician, customer):
    """Everything the technician's view sends is injected on the customer's display."""
    with customer_input(customer) as remote_input:
        thread = threading.Thread(target=carry, args=(technician[1], remote_input), daemon=True)
        thread.start()
        yield


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_a_terminal_reads_what_was_typed_whatever_the_layouts(technician, customer, carried, here, there, tmp_path):
    set_layout(technician[0], here)
    set_layout(customer, there)
    with (
        PressedKeyboard(technician[0]) as hands,
        PressedKeyboard(customer) as others,
        terminal(customer, tmp_path) as program,
    ):
        wrong = type_all(hands, others, Layout(here), program)
    assert wrong == []


@pytest.mark.parametrize(("here", "there"), [("de", "us"), ("fr", "us,ru"), ("gr", "tr")])
def test_an_entry_field_reads_the_sentences_also_beside_a_second_layout(
    technician, customer, carried, here, there, tmp_path
):
    set_layout(technician[0], here)
    set_layout(customer, there)
    layout = Layout(here)
    with PressedKeyboard(technician[0]) as hands, entry_field(customer, tmp_path) as program:
        for sentence in SENTENCES[here]:
            hands.strike((*layout.sentence(sentence), Stroke(ENTER)))
            assert program.line() == sentence


def test_while_the_second_of_two_layouts_is_in_use_text_is_typed_as_it_is(technician, customer, carried, tmp_path):
    set_layout(technician[0], "de")
    subprocess.run(
        ["setxkbmap", "-display", customer, "-layout", "us,ru", "-option", "grp:menu_toggle"], check=True, timeout=20
    )
    layout = Layout("de")
    with PressedKeyboard(technician[0]) as hands, PressedKeyboard(customer) as others:
        others.strike((Stroke(MENU),))
        with terminal(customer, tmp_path) as program:
            hands.strike((*layout.sentence("Grüße: zq@x.de {€}"), Stroke(ENTER)))
            assert program.line() == "Grüße: zq@x.de {€}"
        others.strike((Stroke(MENU),))
    subprocess.run(["setxkbmap", "-display", customer, "-option", ""], check=True, timeout=20)


@pytest.mark.parametrize(("here", "there"), [("fr", "us"), ("ru", "de"), ("us", "gr")])
def test_shortcuts_and_navigation_arrive_as_physical_keys(technician, customer, carried, here, there):
    set_layout(technician[0], here)
    set_layout(customer, there)
    control, alt, shift, super_key, key_z, key_c, key_b, up, keypad_7 = 37, 64, 50, 133, 52, 54, 56, 111, 79
    with PressedKeyboard(technician[0]) as hands, contextlib.closing(NotingWindow(customer)) as window:
        hands.chord(control, key_c)
        hands.chord(control, shift, key_z)
        hands.chord(alt, key_b)
        hands.chord(super_key)
        hands.chord(up)
        hands.chord(keypad_7)
        pressed = [event.detail for event in window.events(10, X.KeyPress)]
    assert pressed == [control, key_c, control, shift, key_z, alt, key_b, super_key, up, HOME]
