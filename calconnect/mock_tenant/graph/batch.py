"""``$batch``: up to 20 requests in one. Source: https://learn.microsoft.com/graph/json-batching

The answers come in another order than the requests, as they may: clients have to go by the ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calconnect.mock_tenant.graph.dispatch import Call, Shared, perform
from calconnect.mock_tenant.graph.errors import GraphError, bad_request
from calconnect.mock_tenant.graph.limits import MOST_PARTS
from calconnect.mock_tenant.graph.request import GRAPH_JSON, GraphResponse, Json

PART_HEADERS = {
    "Cache-Control": "no-cache",
    "OData-Version": "4.0",
    "Content-Type": GRAPH_JSON,
}
_BODIES = frozenset({"POST", "PATCH", "PUT"})
_METHODS = _BODIES | {"GET", "DELETE"}


@dataclass(frozen=True, slots=True)
class _Part:
    id: str
    call: Call
    depends_on: tuple[str, ...]


def answer_batch(body: Any, shared: Shared, request_id: str) -> GraphResponse:
    """Answer all parts of a batch, each after those that it depends on.

    Args:
        body: the parsed body.
        shared: what all calls have in common.
        request_id: the answer's own id.

    Raises:
        GraphError: 400: the batch as a whole cannot be understood.
    """
    parts = _read(body, shared.version_url)
    shared.told.operation = "$batch"
    if shared.half.faults.whole_batches:
        shared.limits.take_requests(shared.half, shared.caller.application.app_id, len(parts))
        shared.is_counted = True
    done: dict[str, Json] = {}
    waiting = list(parts)
    while waiting:
        ready = [part for part in waiting if all(one in done for one in part.depends_on)]
        if not ready:
            raise bad_request("The batch has dependencies that lead round in a circle.")
        for part in ready:
            failed = any(done[one]["status"] >= 400 for one in part.depends_on)
            done[part.id] = _answer(part, shared, request_id, failed=failed)
        waiting = [part for part in waiting if part.id not in done]
    return GraphResponse({"responses": [done[part.id] for part in reversed(parts)]})


def _answer(part: _Part, shared: Shared, request_id: str, *, failed: bool) -> Json:
    try:
        if failed:
            raise GraphError(424, "FailedDependency", "A request that this one depends on has failed.")
        response = perform(part.call, shared)
        status, body, headers = response.status, response.body, response.headers
    except GraphError as error:
        shared.told.codes += (error.code,)
        given = part.call.headers.get("client-request-id", request_id)
        status, body, headers = error.status, error.body(shared.at, request_id, given), error.headers
    if body is None:
        plain = {name: value for name, value in PART_HEADERS.items() if name != "Content-Type"}
        return {"id": part.id, "status": status, "headers": plain | dict(headers)}
    return {"id": part.id, "status": status, "headers": PART_HEADERS | dict(headers), "body": body}


def _read(body: Any, service: str) -> list[_Part]:
    requests = body.get("requests") if isinstance(body, Mapping) else None
    if not isinstance(requests, list) or not requests:
        raise bad_request("Invalid batch payload format.")
    if len(requests) > MOST_PARTS:
        raise bad_request(f"Number of batch request steps exceeds the maximum value of {MOST_PARTS}.")
    parts: list[_Part] = []
    for one in requests:
        part = _read_part(one, service)
        if any(part.id == other.id for other in parts):
            raise bad_request(f"Request Id {part.id} has to be unique in a batch.")
        parts.append(part)
    known = {part.id for part in parts}
    for part in parts:
        if not known.issuperset(part.depends_on):
            raise bad_request(f"Invalid dependency: request {part.id} depends on one that is not in the batch.")
    return parts


def _read_part(one: Any, service: str) -> _Part:
    if not isinstance(one, Mapping):
        raise bad_request("Invalid batch payload format.")
    name, method, url = one.get("id"), one.get("method"), one.get("url")
    headers, depends_on = one.get("headers") or {}, one.get("dependsOn") or []
    if not (isinstance(name, str) and name and isinstance(method, str) and isinstance(url, str)):
        raise bad_request("Invalid batch payload format.")
    url = url.removeprefix(service)  # Microsoft's own libraries write the whole address
    if not isinstance(headers, Mapping) or not isinstance(depends_on, list):
        raise bad_request("Invalid batch payload format.")
    if method.upper() not in _METHODS or "://" in url.partition("?")[0] or url.strip("/").lower() == "$batch":
        raise bad_request(f"Invalid request in the batch: request {name} has a method or URL that cannot stand there.")
    lowered = {str(key).lower(): str(value) for key, value in headers.items()}
    if method.upper() in _BODIES and ("body" not in one or "content-type" not in lowered):
        raise bad_request(f"Write request id : {name} does not contain Content-Type header or body.")
    return _Part(name, Call(method.upper(), url, lowered, one.get("body")), tuple(map(str, depends_on)))
