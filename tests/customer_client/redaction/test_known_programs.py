import pytest

from customer_client.redaction.known_programs import NameList, password_managers
from customer_client.redaction.painting import PANEL, paint
from protocol.picture.geometry import Rect


@pytest.mark.parametrize(
    "name", ["KeePassXC", "Bitwarden", "1Password", "dashlane", "Seahorse", "kwalletd6", "pinentry-gtk-2"]
)
def test_known_windows_are_known_whatever_their_case(name):
    assert password_managers().has_class(("x", name))


@pytest.mark.parametrize("name", ["keepassxc", "KeePass.exe", "Bitwarden.exe", "1Password-8.AppImage", "qtpass"])
def test_known_programs_are_known_by_their_file_name(name):
    assert password_managers().has_program(name)


@pytest.mark.parametrize("name", ["", "firefox", "keep", "secretsanta", "passwordgame", "bitwardenish"])
def test_other_names_are_not(name):
    assert not password_managers().has_program(name)
    assert not password_managers().has_class((name,))


def test_a_beginning_is_only_what_ends_in_a_star():
    names = NameList.of(["kwallet*", "seahorse"])
    assert names.has("KWalletD5")
    assert not names.has("seahorse-daemon")


def test_painting_overwrites_exactly_the_area_and_writes_the_words_where_they_fit():
    width, height = 400, 100
    stride = width * 4
    pixels = bytearray(b"\x11" * stride * height)
    area = Rect(50, 20, 300, 60)
    paint(pixels, stride, (area, Rect(0, 95, 8, 5)))
    ink = set()
    for y in range(height):
        for x in range(width):
            pixel = bytes(pixels[y * stride + x * 4 : y * stride + x * 4 + 4])
            inside = area.contains(Rect(x, y, 1, 1)) or Rect(0, 95, 8, 5).contains(Rect(x, y, 1, 1))
            assert (pixel != b"\x11" * 4) == inside
            if inside:
                ink.add(pixel)
    assert bytes(PANEL) in ink
    assert len(ink) > 10


def test_painting_some_rows_only_gives_the_same_as_painting_all():
    stride, area = 300 * 4, Rect(0, 0, 300, 40)
    whole, parts = bytearray(stride * 40), bytearray(stride * 40)
    paint(whole, stride, (area,))
    paint(parts, stride, (area,), [range(0, 16), range(16, 40)])
    assert whole == parts
