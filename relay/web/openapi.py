"""The OpenAPI document at `/schema/openapi.json`, made from the routes and the messages themselves."""

from typing import Any

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.router import Router

from protocol.messages import relay_api, review_api
from relay.web.errors import PROBLEM_JSON
from relay.web.guarding import PUBLIC

API_VERSION = "1"

_REFERENCE = "#/components/schemas/{name}"
_PROBLEM = {
    "description": "A problem document with a stable `code`",
    "content": {PROBLEM_JSON: {"schema": {"$ref": _REFERENCE.format(name="Problem")}}},
}


class ExactDocument(JsonRenderPlugin):
    """Serves the document with the schemas of the messages as msgspec reads them.

    The framework would describe its own error body, and binary values as plain text.
    """

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
        return super().render(request, exact(openapi_schema))


def exact(document: dict[str, Any]) -> dict[str, Any]:
    """Return the framework's document with our schemas, our errors and what is public marked as such."""
    said = vars(relay_api) | vars(review_api)
    messages = [kind for kind in said.values() if isinstance(kind, type) and _is_message(kind)]
    _, schemas = msgspec.json.schema_components(messages, ref_template=_REFERENCE)
    components = document["components"] | {"schemas": document["components"]["schemas"] | schemas}
    paths = {
        path: {method: _with_problems(operation) for method, operation in operations.items()}
        for path, operations in document["paths"].items()
    }
    return document | {"components": components, "paths": paths}


def openapi_config() -> OpenAPIConfig:
    """Return the document's settings: JSON only, no page that would load scripts."""
    bearer = SecurityScheme(type="http", scheme="bearer", description="The token from POST /api/v1/sign-in.")
    return OpenAPIConfig(
        title="Deskside relay",
        version=API_VERSION,
        description="Tickets, sessions and the record. Errors are RFC 9457 problem documents with a stable `code`.",
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        render_plugins=[ExactDocument()],
        openapi_router=Router(path="/schema", route_handlers=[], include_in_schema=False, opt=PUBLIC),
    )


def _with_problems(operation: dict[str, Any]) -> dict[str, Any]:
    answers = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    return operation | {"responses": answers | {"default": _PROBLEM}}


def _is_message(kind: type) -> bool:
    return issubclass(kind, msgspec.Struct) and kind is not relay_api.Body
