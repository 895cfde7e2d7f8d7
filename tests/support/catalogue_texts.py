"""What the sources say that has to be translated: the sentences in templates, and in `_()`, `marked()`, `counted()`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import InternationalizationExtension

from protocol.catalogues import Catalogue, read_catalogue

CALLS = {"_": 1, "marked": 1, "counted": 2}
"""How many of a call's first arguments are texts."""

ALL_TEXTS = {"PermissionWords", "Alarm"}
"""What is made of sentences alone; they are translated where they are shown."""

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def texts_of_templates(folder: Path) -> set[str]:
    """Return every sentence the templates in `folder` ask to be translated."""
    pages = Environment(extensions=[InternationalizationExtension])
    found: set[str] = set()
    for path in sorted(folder.rglob("*.html")):
        for _, _, message in pages.extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            found.add(message if isinstance(message, str) else message[0])
    return found


def texts_of_sources(folder: Path) -> dict[str, str]:
    """Return every sentence the Python files in `folder` ask to be translated, each with its plural or ""."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for texts in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            found[texts[0]] = texts[1] if len(texts) > 1 else ""
    return found


def _calls(tree: ast.Module) -> Iterator[list[str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if node.func.id in ALL_TEXTS:
            yield from ([text] for text in texts)
        elif node.func.id in CALLS and texts:
            yield texts[: CALLS[node.func.id]]


def catalogue_in(folder: Path, language: str) -> Catalogue:
    """Return the catalogue of `language` in `folder`."""
    return read_catalogue(language, (folder / f"{language}.po").read_text(encoding="utf-8"))


def placeholders(text: str) -> list[str]:
    """Return the names that are filled in, sorted."""
    return sorted(PLACEHOLDER.findall(text))
