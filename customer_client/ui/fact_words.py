"""What the facts about a computer are called, in the customer's language. What is sent stays as it is. Any thread."""

import re

from customer_client.languages import _, marked
from protocol.messages.diagnostics import FactStatus

NAMES = (
    marked("System"),
    marked("Hardware"),
    marked("Network"),
    marked("Programs"),
    marked("Operating system"),
    marked("Architecture"),
    marked("Running since"),
    marked("Restart pending"),
    marked("Desktop session"),
    marked("Clock"),
    marked("Processor"),
    marked("Processor cores"),
    marked("Processor load"),
    marked("Memory"),
    marked("Swap space"),
    marked("Volumes"),
    marked("Displays"),
    marked("Largest programs"),
    marked("Network interfaces"),
    marked("Default gateway"),
    marked("Name servers"),
    marked("Volume {number}"),
    marked("Display {number}"),
    marked("Interface {number}"),
)
"""Every group and every fact that this program collects, as it names them itself."""

NOTES = (
    marked("held back: it still contained a private name"),
    marked("the computer gave an empty answer"),
    marked("nothing was found, although something should be there"),
    marked("the computer did not answer in time"),
    marked("the system did not allow this to be read"),
    marked("this volume may not be looked at"),
    marked("this volume does not answer (empty drive?)"),
    marked("no volume was found"),
    marked("no display could be opened"),
    marked("no graphical session was found"),
    marked("the system does not tell the processor's name"),
    marked("the system does not tell how many cores there are"),
    marked("the system does not tell how much swap space is used"),
    marked("the system shows no processes to this program"),
    marked("the system shows no network interfaces"),
    marked("the system keeps no list of name servers"),
    marked("the system does not tell its name"),
    marked("the system does not tell its architecture"),
    marked("this Linux does not describe itself in os-release"),
    marked("this system does not note whether it needs a restart"),
)
"""Why something could not be read."""

REASONS = {
    FactStatus.DENIED: marked("this computer did not allow reading it"),
    FactStatus.UNSUPPORTED: marked("this computer does not know it"),
    FactStatus.TIMEOUT: marked("reading it took too long"),
    FactStatus.ERROR: marked("reading it failed"),
    FactStatus.WITHHELD: marked("it is held back"),
    FactStatus.OK: "",
}

_NUMBERED = re.compile(r"(.+) (\d+)")


def said_name(name: str) -> str:
    """Return what a group or fact is called; a name that this program does not know stays as it is."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered is not None:
        words = f"{numbered[1]} {{number}}"
        return _(words).format(number=numbered[2]) if words in NAMES else name
    return _(name)


def said_missing(status: FactStatus, note: str) -> str:
    """Return why there is no value; the note of whoever looked follows in brackets."""
    words = _("No value: {why}").format(why=_(REASONS[status]))
    return f"{words} ({_(note)})" if note else words
