"""The description of the routes in OpenAPI 3.1. A test holds it to the routes and their answers."""

from __future__ import annotations

from functools import cache
from typing import Any

from synapse_bot import __version__

_ABOUT = (
    "Takes webhooks of GitHub and GitLab and enqueues reviews of pull and merge requests. "
    "Workers do the reviews; nothing is reviewed here."
)


@cache
def description() -> dict[str, Any]:
    """The whole document as plain data. Not to be changed by who gets it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "synapse-bot", "version": __version__, "description": _ABOUT},
        "paths": {
            "/webhooks/github": {
                "post": _webhook("GitHub", _GITHUB_HEADERS, {"type": "object"}, "githubSignature")
            },
            "/webhooks/gitlab": {
                "post": _webhook(
                    "GitLab", _GITLAB_HEADERS, _GITLAB_EVENT, "gitlabSignature", "gitlabToken"
                )
            },
            "/healthz": {"get": _get("healthy", "The process answers.", "Health")},
            "/readyz": {
                "get": _get("ready", "The queue can be reached.", "Readiness", unavailable=True)
            },
            "/metrics": {"get": _text("scrape", "Counters for Prometheus.", "text/plain")},
            "/openapi.json": {"get": _get("describe", "This description.", "Description")},
            "/": {"get": _text("page", "What this is.", "text/html")},
        },
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SECURITY},
    }


def _webhook(
    forge: str, headers: list[dict[str, Any]], event: dict[str, Any], *security: str
) -> dict[str, Any]:
    return {
        "operationId": f"receive{forge}",
        "summary": f"A webhook of {forge}.",
        "description": "Proven over the raw body, then enqueued or ignored.",
        "security": [{name: []} for name in security],
        "parameters": headers,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": event}},
        },
        "responses": {
            "200": _answer("Nothing to do, or what was under way is cancelled.", "Settled"),
            "202": _answer("Enqueued; the same delivery again has the same id.", "Enqueued"),
            "400": _answer("Proven, but no event.", "Error"),
            "401": _answer("Not proven to be the forge's.", "Error"),
            "408": _answer("The body did not come in time.", "Error"),
            "413": _answer("The body is too large.", "Error"),
            "415": _answer("The content type is not JSON.", "Error"),
            "429": _later("Too much waits, or the tenant's quota is used up."),
            "503": _later("The queue is out of reach."),
        },
    }


def _get(name: str, summary: str, schema: str, *, unavailable: bool = False) -> dict[str, Any]:
    responses = {"200": _answer("As said.", schema)}
    if unavailable:
        responses["503"] = _answer("It cannot.", "Error")
    return {"operationId": name, "summary": summary, "responses": responses}


def _text(name: str, summary: str, media: str) -> dict[str, Any]:
    content = {media: {"schema": {"type": "string"}}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "As said.", "content": content}},
    }


def _answer(about: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": about, "content": {"application/json": {"schema": reference}}}


def _later(about: str) -> dict[str, Any]:
    header = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
    return {**_answer(about, "Error"), "headers": {"Retry-After": header}}


def _header(name: str, about: str, pattern: str = "") -> dict[str, Any]:
    """Required where it has a ``pattern``."""
    schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
    found = {"name": name, "in": "header", "description": about, "schema": schema}
    return {**found, "required": True} if pattern else found


def _closed(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


_GITHUB_HEADERS = [
    _header("X-GitHub-Event", "The kind of event.", "^[a-z0-9_]{1,40}$"),
    _header("X-GitHub-Delivery", "For the log alone: it is not signed."),
]
_GITLAB_HEADERS = [
    _header("webhook-id", "The delivery; signed."),
    _header("webhook-timestamp", "Seconds since the epoch; signed."),
]

_GITLAB_EVENT = {
    "type": "object",
    "required": ["object_kind"],
    "properties": {"object_kind": {"type": "string", "examples": ["merge_request", "note"]}},
}

_SCHEMAS: dict[str, Any] = {
    "Enqueued": _closed(
        id={"type": "string", "description": "Of the run: synapse-bot runs show ID."},
        change={"type": "string", "examples": ["github:team/shop#7"]},
    ),
    "Settled": {
        "oneOf": [
            _closed(ignored={"type": "string", "description": "Why there is nothing to do."}),
            _closed(cancelled={"type": "integer", "minimum": 0}),
        ]
    },
    "Health": _closed(status={"const": "ok"}),
    "Readiness": _closed(
        status={"const": "ok"},
        configuration={
            "enum": ["ok", "edit refused"],
            "description": "Whether what lies there holds, or an older one: the log says why.",
        },
    ),
    "Error": _closed(error={"type": "string"}),
    "Description": {"type": "object", "required": ["openapi", "paths"]},
}

_SECURITY: dict[str, Any] = {
    "githubSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hub-Signature-256",
        "description": "sha256= and the HMAC of the raw body in hex.",
    },
    "gitlabSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "v1, and the HMAC of id, time and raw body in base64.",
    },
    "gitlabToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Gitlab-Token",
        "description": "The webhook's secret, in plain.",
    },
}
