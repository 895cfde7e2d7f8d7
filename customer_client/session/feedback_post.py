"""Hands a report or the answers to the support server, over HTTP with the mailbox's token. Blocks: in a thread only."""

import http.client
import urllib.error
import urllib.request

import msgspec

from customer_client.languages import marked
from customer_client.session.relay_requests import ANSWER_BYTES, TIMEOUT_S, relay_opener
from protocol.errors import EnvironmentFault
from protocol.messages.feedback_api import NewReport, NewSurvey
from protocol.messages.relay_api import Problem
from protocol.transport.mailbox_client import relay_origin

_PATHS = {NewReport: "/api/v1/reports", NewSurvey: "/api/v1/surveys"}


def post_feedback(relay: str, message: NewReport | NewSurvey) -> None:
    """Return when the relay at `relay` (http or https) has it on disk.

    Raises:
        EnvironmentFault: it cannot be reached, or did not take it (`feedback_failed`).
    """
    opener = relay_opener(relay)
    request = urllib.request.Request(  # noqa: S310  `relay_opener` has refused everything but http and https
        relay_origin(relay) + _PATHS[type(message)],
        data=msgspec.json.encode(message),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with opener.open(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        with error:
            raise _failed(f"answered {error.code}", _detail(error.read(ANSWER_BYTES))) from error
    except (OSError, http.client.HTTPException) as error:
        raise _failed(str(error), marked("The support server cannot be reached now. Please try again.")) from error


def _detail(answer: bytes) -> str:
    try:
        return msgspec.json.decode(answer, type=Problem).detail
    except msgspec.DecodeError:
        return marked("The support server did not take it. Please try again later.")


def _failed(detail: str, sentence: str) -> EnvironmentFault:
    return EnvironmentFault(f"feedback: {detail}", code="feedback_failed", user_text=sentence)
