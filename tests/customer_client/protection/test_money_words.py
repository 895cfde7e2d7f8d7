"""Windows about money are recognised in four languages by whole words; what only sounds like it is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.protection.money import FrontWindow, MoneyKind, money_words

BANK, PAYMENT, WALLET, GIFT_CARD = MoneyKind.BANK, MoneyKind.PAYMENT, MoneyKind.WALLET, MoneyKind.GIFT_CARD


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Bank of America - Log In — Mozilla Firefox", BANK),
        ("ONLINE BANKING | Example - Google Chrome", BANK),
        ("Sparkasse Musterstadt – Kontostand", BANK),
        ("Überweisung · Volksbank eG - Chromium", BANK),
        ("UBERWEISUNG", BANK),
        ("Deutsche Bank: Anmeldung", BANK),
        ("Banca en línea | BBVA", BANK),
        ("CaixaBank - Inicio", BANK),
        ("Virement bancaire — Crédit Agricole", BANK),
        ("Mon espace bancaire", BANK),
        ("Log in to your PayPal account", PAYMENT),
        ("Western Union: send money", PAYMENT),
        ("Coinbase – Buy Bitcoin", WALLET),
        ("MetaMask", WALLET),
        ("Amazon.com: Gift Cards", GIFT_CARD),
        ("Google Play Geschenkkarte kaufen", GIFT_CARD),
        ("Tarjetas regalo - El Corte Inglés", GIFT_CARD),
        ("Carte cadeau Fnac", GIFT_CARD),
        ("B\u200bank of Examples", BANK),
        ("ＢＡＮＫ of wide letters", BANK),
    ],
)
def test_a_title_about_money_is_recognised(title: str, kind: MoneyKind) -> None:
    assert money_words().kind_of(FrontWindow(title, "firefox")) is kind


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Bankruptcy law - Wikipedia",
        "Embankment station - Maps",
        "How to charge a power bank",
        "Red Cross: give blood! Find a blood bank",
        "Gartenbank bauen - Anleitung",
        "Banco de alimentos: voluntarios",
        "Bank holidays 2027",
        "Zelle formatieren - Excel",
        "GitKraken Desktop",
        "Wallet-sized photos - Printing",
        "Playing cards - Patience",
        "Printer settings",
        "Transferencias de archivos - FTP",
        "Deskside: your screen is shared",
    ],
)
def test_what_only_sounds_like_it_is_left_alone(title: str) -> None:
    assert money_words().kind_of(FrontWindow(title, "firefox")) is None


@pytest.mark.parametrize("program", ["electrum", "Electrum", "STARMONEY.exe", "Ledger Live"])
def test_a_program_about_money_is_recognised_whatever_its_title(program: str) -> None:
    assert money_words().kind_of(FrontWindow("Untitled", program)) is not None


@given(st.text(max_size=2000), st.text(max_size=50))
def test_any_title_is_judged_without_trouble(title: str, program: str) -> None:
    kind = money_words().kind_of(FrontWindow(title, program))
    assert kind is None or isinstance(kind, MoneyKind)


def test_a_title_as_long_as_a_book_is_judged_at_once() -> None:
    assert money_words().kind_of(FrontWindow("bankbank " * 200_000, "")) is None
