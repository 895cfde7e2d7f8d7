"""Every page and window a customer can come to see, each with an ordinary state and a sentence about it. Pure.

`demo.photographs` takes their pictures for `docs/customer_pages.md`; tests show them in every language.
"""

from dataclasses import replace

from customer_client.changes.difference import Difference
from customer_client.languages import _
from customer_client.protection.alarms import alarm_of
from customer_client.protection.contact import ContactShown, Step
from customer_client.session.ending import ENDINGS
from customer_client.session.farewell_state import FarewellShown
from customer_client.session.relay_state import RelayShown
from customer_client.session.session_account import duration_words
from customer_client.session.state import (
    ChatShown,
    Colleague,
    CustomerViewState,
    Page,
)
from customer_client.session.troubles import said_of
from demo.session_pages import bars, windows
from demo.shown_page import NOW, ORGANISATION, RELAY, TECHNICIAN, TICKET, ShownPage, bar, question
from protocol.errors import EnvironmentFault
from protocol.messages.consent import Capability
from protocol.transport.session_link import Reason

_EVERYTHING_FIRST = tuple(each for each in Capability if each is not Capability.CHAT)


def customer_pages() -> tuple[ShownPage, ...]:
    """Return every page in the order of a session; what the program says by itself is in the language in use."""
    return (
        *_before(),
        *_first_question(),
        *_system_dialog(),
        *_questions(),
        *bars(),
        *windows(),
        *_end(),
    )


def _before() -> tuple[ShownPage, ...]:
    """Return what comes before anybody is there."""
    return (
        ShownPage(
            "contact",
            "Who contacted whom",
            "The first question, before anything goes to the network. Neither answer has the keyboard.",
            CustomerViewState(Page.CONTACT),
        ),
        ShownPage(
            "caller",
            "A stranger called",
            "Whoever was called reads what such calls mostly are. End is the answer that is easy to give.",
            CustomerViewState(Page.CONTACT, contact=ContactShown(Step.WARNED)),
        ),
        ShownPage(
            "caller-typing",
            "Going on all the same",
            "It takes a wait and a typed sentence.",
            CustomerViewState(Page.CONTACT, contact=ContactShown(Step.DOUBTED, NOW)),
        ),
        ShownPage(
            "route",
            "The code",
            "Where the code did not come along with the file, it is typed here.",
            CustomerViewState(Page.ROUTE, relay="support.example.org"),
        ),
        ShownPage(
            "relay",
            "Which support server",
            "A Deskside that is made for no organisation in particular asks before it connects to anybody.",
            CustomerViewState(Page.RELAY, relay_asked=RelayShown("support.example.org", noted=True)),
        ),
        ShownPage(
            "connecting",
            "Connecting",
            "One sentence that says what is being waited for.",
            CustomerViewState(Page.CONNECTING, text="Connecting to the support server …"),
        ),
        ShownPage(
            "pin",
            "The number to read aloud",
            "It proves that the person on the telephone is the one who is about to connect.",
            CustomerViewState(Page.PIN, pin="493 027 158"),
        ),
        ShownPage(
            "pin-failed",
            "The number did not match",
            "A new number, and how many tries are left.",
            CustomerViewState(Page.PIN, pin="208 516 943", attempts_left=1),
        ),
        ShownPage(
            "pin-pause",
            "Three numbers did not match",
            "A pause, so that nobody can guess.",
            CustomerViewState(Page.PIN, attempts_left=0, pause_until=NOW + 52.0),
        ),
    )


def _first_question() -> tuple[ShownPage, ...]:
    """Return the question with which it begins."""
    return (
        ShownPage(
            "consent",
            "May this person see your screen",
            "Who asks, through which server, about what. The keyboard is on the no; Allow opens after three seconds.",
            CustomerViewState(Page.CONSENT, question=question(Capability.SEE), relay=RELAY),
        ),
        ShownPage(
            "consent-plan",
            "Several things at once",
            "A box for each thing and one time for all. At most seeing is ticked in advance.",
            CustomerViewState(
                Page.CONSENT,
                question=question(*_EVERYTHING_FIRST, ticked=frozenset({Capability.SEE, Capability.POINT})),
                relay=RELAY,
                chat=ChatShown(TECHNICIAN, (), 0, True),
            ),
        ),
        ShownPage(
            "consent-tools",
            "Another remote-control program runs here",
            "It is named in the same yellow card.",
            CustomerViewState(Page.CONSENT, question=question(Capability.SEE), relay=RELAY, tools=("AnyDesk",)),
        ),
    )


def _system_dialog() -> tuple[ShownPage, ...]:
    return (
        ShownPage(
            "system-dialog",
            "On Wayland, the computer asks as well",
            "Shown after the yes, beside the question of the system itself.",
            CustomerViewState(Page.SYSTEM_DIALOG, dialog_open=True),
        ),
        ShownPage(
            "system-dialog-closed",
            "The system's question was closed",
            "Nothing is shared, and the session is not lost.",
            CustomerViewState(
                Page.SYSTEM_DIALOG, text="You have closed the question of your computer. Nothing is shared."
            ),
        ),
    )


def _questions() -> tuple[ShownPage, ...]:
    """Return what is asked during the session."""
    return (
        ShownPage(
            "control",
            "Using mouse and keyboard",
            "A question of its own during the session; the bar stays above it.",
            CustomerViewState(
                Page.SESSION,
                question=question(Capability.CONTROL, reason="I would like to remove the stuck print job for you."),
                bar=bar(),
            ),
        ),
        ShownPage(
            "recording",
            "Recording",
            "Nothing is recorded as a film without this yes.",
            CustomerViewState(
                Page.SESSION,
                question=question(Capability.RECORDING, reason="For the training of new colleagues."),
                bar=bar(),
            ),
        ),
        ShownPage(
            "colleague",
            "A second technician",
            "Who would like to join, and who invited them.",
            CustomerViewState(
                Page.SESSION,
                question=replace(
                    question(Capability.SEE, reason="Ben knows this printer."),
                    technician="Ben Ortiz",
                    colleague=Colleague(TECHNICIAN, True),
                ),
                bar=bar(),
            ),
        ),
    )


def _end() -> tuple[ShownPage, ...]:
    """Return what comes when it is over, or did not work."""
    farewell = FarewellShown(
        changes=Difference({}).lines(),
        kept=(_("Everything this program kept about the session was removed from this computer."),),
        can_save=True,
        can_tell=True,
    )
    trouble = said_of(EnvironmentFault(code="no_network"), CustomerViewState(Page.PROBLEM, relay=RELAY))
    return (
        ShownPage(
            "ended",
            "The end",
            "What was done, what changed, what is left. The receipt is kept only where the customer saves it.",
            CustomerViewState(
                Page.ENDED, text=ENDINGS[Reason.STOPPED_BY_CUSTOMER], summary=_what_was_done(), farewell=farewell
            ),
        ),
        ShownPage(
            "report",
            "Reporting abuse",
            "It goes to the people who are responsible for the technicians, not to the technician.",
            CustomerViewState(Page.REPORT, farewell=farewell),
        ),
        ShownPage(
            "problem",
            "Something did not work",
            "What happened, and what to do now.",
            CustomerViewState(Page.PROBLEM, **trouble),
        ),
        ShownPage(
            "alarm",
            "Somebody may be deceiving you",
            "In red, in words, and with no way to go on.",
            CustomerViewState(
                Page.PROBLEM, alarm=alarm_of("certificate_untrusted"), farewell=FarewellShown(can_tell=True)
            ),
        ),
    )


def _what_was_done() -> tuple[str, ...]:
    who = _("{name} of {organisation}").format(name=TECHNICIAN, organisation=ORGANISATION)
    return (
        _("{who} could see your screen.").format(who=who),
        _("You also allowed them to {what}.").format(what=_("use your mouse and keyboard")),
        _("It was about ticket {number}.").format(number=TICKET),
        _("Both sides have signed the record of this session."),
        _("It lasted {time}, from {start} to {end}.").format(time=duration_words(720), start="14:02", end="14:14"),
    )
