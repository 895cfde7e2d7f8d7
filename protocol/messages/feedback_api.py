"""What a customer tells the relay when a session is over: a report of abuse, and two answers. JSON bodies of HTTP.

Their right is the mailbox's token, as in `attach`; paths and rules are in docs/protocol.md, "HTTP".
"""

from typing import Annotated

import msgspec

from protocol.messages.relay_api import Body, BodyText

SURVEY_CHARS = 1000
MOST_STARS = 5
SessionId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Stars = Annotated[int, msgspec.Meta(ge=1, le=MOST_STARS)]
SurveyText = Annotated[str, msgspec.Meta(max_length=SURVEY_CHARS)]


class NewReport(Body, frozen=True):
    """POST /api/v1/reports: something about this session was not right. At most three for a session."""

    session: SessionId
    token: Token
    text: BodyText


class NewSurvey(Body, frozen=True):
    """POST /api/v1/surveys: how it was, 1 to 5 stars and a few words. One for a session; a later one replaces it."""

    session: SessionId
    token: Token
    stars: Stars
    text: SurveyText = ""


class FeedbackKept(Body, frozen=True):
    """The answer to both: it is on disk."""

    at: str


class Report(Body, frozen=True):
    """A report of abuse as administrators read it. `technician` is whose session it was."""

    id: int
    at: str
    session: str
    ticket: str
    technician: str
    text: str


class ReportPage(Body, frozen=True):
    """GET /api/v1/reports: the newest first, at most 50; `next_before` is the next page's `before`, 0 for none."""

    reports: tuple[Report, ...]
    next_before: int
