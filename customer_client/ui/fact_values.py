"""The values of facts about a computer, in the customer's language. What is sent stays as it is. Any thread."""

import re

from customer_client.filled_sentences import SIZE, filled, size_said
from customer_client.languages import _, counted, marked

SENTENCES = (
    marked("{number} cores, {threads} threads"),
    marked("{threads} threads"),
    marked("{number} % busy"),
    marked("{free} available of {total}"),
    marked("{used} used of {total}"),
    marked("{place} ({kind}): {free} free of {total} ({number} %)"),
    marked("{width} x {height}, primary"),
    marked("{name}, kernel {version}"),
    marked("{name}, version {version}"),
    marked("{name}, {number}-bit program"),
    marked("{name}: up, {speed}, {addresses}"),
    marked("{name}: up, {addresses}"),
    marked("{name}: down, {speed}, {addresses}"),
    marked("{name}: down, {addresses}"),
    marked("present ({families})"),
    marked("{time} (unknown zone, UTC{offset})"),
)
"""The facts that are a sentence with something filled in."""

ALONE = (
    marked("yes"),
    marked("no"),
    marked("none"),
    marked("none configured"),
    marked("none: there is no way to the internet"),
    marked("no address"),
    marked("unknown file system"),
    marked("IPv4 and IPv6"),
    marked("Windows desktop"),
    marked("macOS desktop"),
    marked("less than a minute"),
)
"""Those that are always the same."""

_PROGRAM = re.compile(rf"(.+) ({SIZE.pattern})")
_PERIOD = re.compile(r"(\d+) (day|hour|minute)s?")


def said_value(value: str) -> str:
    """Return the value of a fact as the customer reads it; names, addresses and numbers stay as they are."""
    if value in ALONE:
        return _(value)
    periods = list(_PERIOD.finditer(value))
    if periods and " ".join(found[0] for found in periods) == value:
        return " ".join(_period(int(found[1]), found[2]) for found in periods)
    said = filled(value, _, SENTENCES)
    programs = [_PROGRAM.fullmatch(entry) for entry in value.split(", ")]
    if said is value and all(programs):
        return ", ".join(f"{found[1]} {size_said(found[2], _)}" for found in programs if found is not None)
    return said


def _period(number: int, unit: str) -> str:
    if unit == "day":
        return counted("{number} day", "{number} days", number)
    if unit == "hour":
        return counted("{number} hour", "{number} hours", number)
    return counted("{number} minute", "{number} minutes", number)
