"""Every error of the HTTP API as an RFC 9457 problem document with a stable code: translated here and nowhere else."""

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from protocol.errors import DesksideError, PeerError
from protocol.messages.relay_api import Problem

_log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"

STATUS_OF_CODE = {
    "bad_credentials": 401,
    "token_invalid": 401,
    "token_expired": 401,
    "permission_denied": 403,
    "not_found": 404,
    "ticket_closed": 409,
    "ticket_number_malformed": 400,
    "invalid_request": 400,
    "request_too_large": 413,
    "too_many_requests": 429,
    "device_not_certified": 409,
    "event_conflict": 409,
    "event_gap": 409,
    "event_invalid": 400,
    "organisation_missing": 409,
    "session_over": 409,
    "invitation_expired": 409,
    "password_wrong": 403,
    "session_on_hold": 409,
    "session_running": 409,
    "hold_unchanged": 409,
    "signature_malformed": 400,
    "signature_invalid": 400,
    "signature_of_another_record": 409,
    "signature_refused": 409,
    "signature_kept": 409,
    "recording_gap": 409,
    "recording_conflict": 409,
    "recording_erased": 409,
    "quota_reached": 413,
}

_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    429: "Too many requests",
    500: "Internal error",
}

# Where an argument cannot have the name of the query field it takes.
_FIELDS_OF_ARGUMENTS = {"in_state": "state", "opened_from": "from", "opened_to": "to"}

_CODE_OF_STATUS = {401: "token_invalid", 403: "permission_denied", 404: "not_found", 413: "request_too_large"}
_SENTENCE_OF_STATUS = {
    404: "There is nothing at this address.",
    405: "This address does not take this kind of request.",
    413: "The request is larger than the relay accepts.",
}


def problem_response(status: int, code: str, detail: str) -> Response[bytes]:
    """Return the problem document with this HTTP status, stable code and sentence for a person."""
    problem = Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail, code=code)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(msgspec.json.encode(problem), status_code=status, media_type=PROBLEM_JSON, headers=headers)


def answer_deskside_error(request: Request[Any, Any, Any], error: DesksideError) -> Response[bytes]:
    """Answer an error of ours: the caller's fault by its code, anything else as an internal error."""
    if error.code in STATUS_OF_CODE:
        return problem_response(STATUS_OF_CODE[error.code], error.code, error.user_text)
    if isinstance(error, PeerError):
        return problem_response(400, "invalid_request", error.user_text)
    return answer_unexpected(request, error)


def answer_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: no such route, wrong method, a value out of range, too large."""
    status = error.status_code
    if status >= 500:
        return answer_unexpected(request, error)
    if isinstance(error, ValidationException):
        return problem_response(400, "invalid_request", _sentence(error))
    code = _CODE_OF_STATUS.get(status, "invalid_request")
    return problem_response(status, code, _SENTENCE_OF_STATUS.get(status, "The relay cannot read this request."))


def answer_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a failure on our side: the log has the cause, the caller only learns that it was ours."""
    _log.error("request failed", exc_info=error, extra={"path": request.scope.get("path_template", "")})
    return problem_response(500, "internal", DesksideError.user_text)


def strictly_checked(body: bytes, expected: Any) -> None:
    """Check that `body` is the JSON of `expected`, without the conversions the framework would make.

    Raises:
        PeerError: malformed, an unknown or missing field, a value out of range (`invalid_request`).
    """
    try:
        msgspec.json.decode(body, type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PeerError(str(error), code="invalid_request", user_text=_name_the_field(str(error))) from error


def _sentence(error: ValidationException) -> str:
    problems = error.extra if isinstance(error.extra, list) else []
    parts = [f"{_field_name(problem)}: {problem.get('message', '')}" for problem in problems]
    return "; ".join(parts) + "." if parts else "The relay cannot read this request."


def _field_name(problem: dict[str, Any]) -> str:
    name = str(problem.get("key", "request"))
    return _FIELDS_OF_ARGUMENTS.get(name, name)


def _name_the_field(message: str) -> str:
    """Turn msgspec's `Expected ... - at `$.subject`` into `subject: expected ...`."""
    text, _, place = message.partition(" - at ")
    field = place.strip("`").removeprefix("$").removeprefix(".") or "request"
    return f"{field}: {text[:1].lower()}{text[1:]}."


HANDLERS: dict[int | type[Exception], Any] = {
    DesksideError: answer_deskside_error,
    HTTPException: answer_http_exception,
    Exception: answer_unexpected,
}
