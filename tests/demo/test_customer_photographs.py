"""The document about the customer's pages has every page, and each has its picture."""

import re

from PIL import Image

from demo.customer_pages import customer_pages
from demo.photographs import DOCUMENT, PICTURES, document

MOST_BYTES = 1_500_000


def test_the_document_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_every_picture_is_there_and_shown_and_all_are_small() -> None:
    shown = set(re.findall(r"images/customer/([\w-]+)\.png", document()))
    files = {path.stem: path for path in PICTURES.glob("*.png")}
    assert {page.name for page in customer_pages()} <= shown == set(files)
    assert sum(path.stat().st_size for path in files.values()) < MOST_BYTES
    for path in files.values():
        with Image.open(path) as picture:
            assert picture.mode == "P"
            assert 200 <= picture.width <= 1280
