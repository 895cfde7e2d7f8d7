"""What customers say when a session is over. Their right is the mailbox's token, so strangers can write nothing."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, QueryParameter

from protocol.errors import PeerError
from protocol.messages.feedback_api import FeedbackKept, NewReport, NewSurvey, ReportPage
from relay.accounts.permissions import Action
from relay.accounts.rate_limits import JoinLimits
from relay.accounts.tokens import token_hash
from relay.clock import Clock, iso_utc
from relay.storage.feedback import FeedbackStore
from relay.web.guarding import WITH_A_SESSION_TOKEN, doing

PER_MINUTE = 10
"""Attempts of one subscriber; ten times that for a neighbourhood."""

Before = Annotated[int, QueryParameter(ge=0, le=2**63 - 1)]


def feedback_routes(feedback: FeedbackStore, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the routes of reports and surveys."""
    limits = JoinLimits(PER_MINUTE)

    @post(
        "/api/v1/reports",
        status_code=201,
        opt=WITH_A_SESSION_TOKEN,
        security=[{}],
        summary="Report abuse, as the customer of a session",
        tags=["feedback"],
    )
    async def report(request: Request[Any, Any, Any], data: JSONBody[NewReport]) -> FeedbackKept:
        now_ms = admitted(request)
        await feedback.report(data.session, token_hash(data.token), data.text, now_ms)
        return FeedbackKept(at=iso_utc(now_ms))

    @post(
        "/api/v1/surveys",
        status_code=201,
        opt=WITH_A_SESSION_TOKEN,
        security=[{}],
        summary="Say how it was, as the customer of a session",
        tags=["feedback"],
    )
    async def survey(request: Request[Any, Any, Any], data: JSONBody[NewSurvey]) -> FeedbackKept:
        now_ms = admitted(request)
        await feedback.survey(data.session, token_hash(data.token), data.stars, data.text, now_ms)
        return FeedbackKept(at=iso_utc(now_ms))

    @get("/api/v1/reports", opt=doing(Action.READ_REPORTS), summary="Reports of abuse", tags=["feedback"])
    async def reports(before: Before = 0) -> ReportPage:
        return await feedback.reports(before)

    def admitted(request: Request[Any, Any, Any]) -> int:
        now_ms = clock()
        address = request.client.host if request.client else "unknown"
        if not limits.admit(address, now_ms):
            raise PeerError(
                "too much feedback from one place",
                code="too_many_requests",
                user_text="That was too often. Please try again in a minute.",
            )
        return now_ms

    return [report, survey, reports]
