"""Who may do what at the relay: one table, action by role, and whatever is not in it is refused. Pure.

Every route and every WebSocket names its action (`relay.web.guarding`). `OWN` and `EVERY` are about the sessions (and
their records) an action touches: a technician's own, or everybody's. Leads see every session: there are no teams yet.
"""

from collections.abc import Mapping
from enum import Enum

from protocol.errors import PeerError
from relay.accounts.people import Person, Role


class Reach(Enum):
    """Whose sessions an action may be about."""

    OWN = "own"
    EVERY = "every"


class Action(Enum):
    """Everything that can be asked of the relay."""

    WITHOUT_SIGNING_IN = "without_signing_in"
    """What strangers may ask: health, signing in, the join page, the log's public files, the API's description."""
    WITH_A_SESSION_TOKEN = "with_a_session_token"  # noqa: S105 (the name of an action)
    """What the two programs of a session do: their right is the mailbox's token, not an account."""

    KNOW_MYSELF = "know_myself"
    READ_ORGANISATION = "read_organisation"
    ENROL_DEVICE = "enrol_device"
    READ_CERTIFICATES = "read_certificates"

    READ_TICKETS = "read_tickets"
    CHANGE_TICKETS = "change_tickets"
    READ_ATTACHMENTS = "read_attachments"

    OPEN_SESSION = "open_session"
    JOIN_SESSION = "join_session"
    DELIVER_EVENTS = "deliver_events"
    DEPOSIT_KEY = "deposit_key"
    READ_RECORD = "read_record"
    """The record file, whose bodies are withheld."""
    READ_RECEIPTS = "read_receipts"

    UPLOAD_RECORDING = "upload_recording"
    READ_RECORDING = "read_recording"

    SEARCH_SESSIONS = "search_sessions"
    REVIEW_SESSION = "review_session"
    """Sealed bodies and the keys to them."""
    SIGN_SESSION = "sign_session"
    NOTE_EXPORT = "note_export"

    READ_REPORTS = "read_reports"
    """Reports of abuse."""
    HOLD_SESSION = "hold_session"
    ERASE_SESSION = "erase_session"
    MANAGE_RETENTION = "manage_retention"


_STAFF = (Role.TECHNICIAN, Role.LEAD)
_READERS = (*_STAFF, Role.AUDITOR)
_EVERYBODY = (*_READERS, Role.ADMINISTRATOR)


def _reach(*roles: Role, own: tuple[Role, ...] = ()) -> Mapping[Role, Reach]:
    return dict.fromkeys(own, Reach.OWN) | dict.fromkeys(roles, Reach.EVERY)


OPEN_TO_STRANGERS = frozenset({Action.WITHOUT_SIGNING_IN, Action.WITH_A_SESSION_TOKEN})
"""Actions that need no account."""

TABLE: Mapping[Action, Mapping[Role, Reach]] = {
    Action.WITHOUT_SIGNING_IN: _reach(*_EVERYBODY),
    Action.WITH_A_SESSION_TOKEN: _reach(*_EVERYBODY),
    Action.KNOW_MYSELF: _reach(*_EVERYBODY),
    Action.READ_ORGANISATION: _reach(*_EVERYBODY),
    Action.ENROL_DEVICE: _reach(*_EVERYBODY),
    Action.READ_CERTIFICATES: _reach(*_EVERYBODY),
    Action.READ_TICKETS: _reach(*_EVERYBODY),
    Action.CHANGE_TICKETS: _reach(*_STAFF),
    Action.READ_ATTACHMENTS: _reach(*_READERS),
    Action.OPEN_SESSION: _reach(*_STAFF),
    Action.JOIN_SESSION: _reach(*_STAFF),
    # What a session's own device wrote comes from its own technician, whoever else may read it.
    Action.DELIVER_EVENTS: _reach(own=_STAFF),
    Action.DEPOSIT_KEY: _reach(own=_STAFF),
    Action.UPLOAD_RECORDING: _reach(own=_STAFF),
    Action.READ_RECORD: _reach(Role.LEAD, Role.AUDITOR, Role.ADMINISTRATOR, own=(Role.TECHNICIAN,)),
    Action.READ_RECEIPTS: _reach(Role.LEAD, Role.AUDITOR, Role.ADMINISTRATOR, own=(Role.TECHNICIAN,)),
    Action.SEARCH_SESSIONS: _reach(Role.LEAD, Role.AUDITOR, Role.ADMINISTRATOR, own=(Role.TECHNICIAN,)),
    Action.READ_RECORDING: _reach(Role.LEAD, Role.AUDITOR, own=(Role.TECHNICIAN,)),
    Action.REVIEW_SESSION: _reach(Role.LEAD, Role.AUDITOR, own=(Role.TECHNICIAN,)),
    Action.SIGN_SESSION: _reach(Role.LEAD, Role.AUDITOR, own=(Role.TECHNICIAN,)),
    Action.NOTE_EXPORT: _reach(Role.LEAD, Role.AUDITOR, own=(Role.TECHNICIAN,)),
    Action.READ_REPORTS: _reach(Role.ADMINISTRATOR),
    Action.HOLD_SESSION: _reach(Role.ADMINISTRATOR),
    Action.ERASE_SESSION: _reach(Role.ADMINISTRATOR),
    Action.MANAGE_RETENTION: _reach(Role.ADMINISTRATOR),
}


def reach_of(role: Role, action: Action) -> Reach | None:
    """Return whose sessions `role` may do `action` with; None when it may not do it at all."""
    return TABLE.get(action, {}).get(role)


def check_may(person: Person | None, action: Action | None) -> None:
    """Check that `person` (None: nobody signed in) may do `action` at all. No action named: nobody may.

    Raises:
        PeerError: not allowed (`permission_denied`).
    """
    if action in OPEN_TO_STRANGERS:
        return
    if person is None or action is None or reach_of(person.role, action) is None:
        raise _denied("Your account may not do this.")


def check_may_with(person: Person, action: Action, owner_id: str) -> None:
    """Check that `person` may do `action` with a session of the technician `owner_id`.

    Raises:
        PeerError: not with this session, or not at all (`permission_denied`).
    """
    check_may(person, action)
    if reach_of(person.role, action) is not Reach.EVERY and person.id != owner_id:
        raise _denied("This session belongs to another technician.")


def _denied(sentence: str) -> PeerError:
    return PeerError("not in the table of permissions", code="permission_denied", user_text=sentence)
