"""The customer's words for a second technician: the question, and the list of everybody who is here. Plain English."""

from customer_client.languages import _, marked
from customer_client.session.state import Colleague, PersonHere
from customer_client.ui.permission_words import PermissionWords
from customer_client.ui.plain_text import plain_line
from protocol.messages.consent import Capability

NAME_CHARS = 40


def words_for(name: str, colleague: Colleague) -> PermissionWords:
    """Return the question whether `name` may join."""
    sees = marked("They will SEE your screen, too. They can NOT use your mouse or keyboard.")
    helps = marked("They will SEE your screen, too. To use your mouse and keyboard they have to ask you again.")
    return PermissionWords(
        question=_("May {name} join as well?").format(name=plain_line(name, NAME_CHARS)),
        meaning=helps if colleague.helps else sees,
        name=marked("See your screen, too"),
        remark=marked("a second person"),
    )


def person_words(person: PersonHere) -> str:
    """Return one line of the list: who, and what they can do now."""
    if person.unheard:
        can = _("interrupted, sees nothing new")
    elif Capability.CONTROL in person.may:
        can = _("uses mouse and keyboard")
    elif Capability.SEE in person.may:
        can = _("sees your screen")
    else:
        can = _("sees nothing now")
    return f"{plain_line(person.name, NAME_CHARS)}, {plain_line(person.organisation, NAME_CHARS)}: {can}"
