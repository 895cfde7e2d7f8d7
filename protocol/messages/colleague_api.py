"""The JSON bodies of the relay's HTTP API about colleagues who join a session (docs/protocol.md, section 8)."""

from typing import Annotated

import msgspec

from protocol.messages.colleague import MAX_INVITATION_BYTES, ColleaguePurpose
from protocol.messages.relay_api import Body, OpenedSession

InvitationBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_INVITATION_BYTES)]


class NewColleague(Body, frozen=True):
    """POST /api/v1/sessions/{session}/colleagues: carry `invitation` to the holder of `certificate`."""

    certificate: Annotated[bytes, msgspec.Meta(min_length=1, max_length=2048)]
    purpose: ColleaguePurpose
    invitation: InvitationBytes


class AwaitedColleague(Body, frozen=True):
    """The session opened for the colleague, and the route of its mailbox, for the customer's program."""

    session: str
    route: str
    expires_at: str


class ColleagueInvitation(Body, frozen=True):
    """One invitation that waits for whoever asks. `joins` is the session to join, `technician` who invites."""

    session: str
    joins: str
    ticket: str
    subject: str
    technician: str
    purpose: ColleaguePurpose
    invitation: bytes
    expires_at: str


class ColleagueInvitations(Body, frozen=True):
    """GET /api/v1/invitations: what waits for whoever asks, newest first."""

    invitations: tuple[ColleagueInvitation, ...]


class JoinedSession(Body, frozen=True):
    """POST /api/v1/invitations/{session}/join: the technician's side of the joined session's mailbox."""

    opened: OpenedSession
