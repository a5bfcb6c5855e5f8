"""The system query options that most resources share, pages, and ``@odata.context``.

Source: https://learn.microsoft.com/graph/query-parameters and https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from calconnect.mock_tenant.graph.errors import GraphError, bad_request, unsupported_query
from calconnect.mock_tenant.graph.filter import comparable, parse_filter, value_at
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json

_PATH_SAFE = "/@$'()=,:!*"
_QUERY_SAFE = "$,'():/@"
_TOKEN_PREFIX = b"page "
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Paging:
    """How a resource pages."""

    usual: int
    """Items of a page where ``$top`` does not say."""
    most: int
    """The largest ``$top``."""
    directory: bool = False
    """Pages by ``$skiptoken`` and knows no ``$skip``; ``ne``, ``not``, ``endswith`` and ``$count`` need
    ``ConsistencyLevel: eventual``: https://learn.microsoft.com/graph/aad-advanced-queries"""


DIRECTORY = Paging(100, 999, directory=True)
"""https://learn.microsoft.com/graph/api/user-list"""
OUTLOOK = Paging(10, 1000)
"""https://learn.microsoft.com/graph/api/user-list-events"""


def context(request: GraphRequest, what: str) -> str:
    """Return ``@odata.context`` of an answer; ``what``: ``users/$entity``. Selected names are put in brackets."""
    names = ",".join(selected(request) or ())
    if names:
        head, slash, tail = what.partition("/$")
        what = f"{head}({names}){slash}{tail}"
    return f"{request.version_url}/$metadata#{what}"


def selected(request: GraphRequest) -> tuple[str, ...] | None:
    """Return the names in ``$select``; None: there is none, or it is ``*``."""
    names = tuple(name for part in request.query.get("$select", "").split(",") if (name := part.strip()))
    return None if not names or "*" in names else names


def choose(
    request: GraphRequest, item: Mapping[str, Any], *, usual: Sequence[str] | None = None, always: Sequence[str] = ()
) -> Json:
    """Return what is wanted of an item.

    Args:
        request: whose ``$select`` counts.
        item: all of it.
        usual: the properties that come without ``$select``; None: all.
        always: the properties that come with every ``$select``.
    """
    names = selected(request)
    if names is not None:
        wanted = {name.partition("/")[0] for name in names} | set(always)
    elif usual is not None:
        wanted = set(usual)
    else:
        return dict(item)
    return {name: value for name, value in item.items() if name in wanted or name.startswith("@")}


def entity(
    request: GraphRequest,
    what: str,
    item: Mapping[str, Any],
    *,
    usual: Sequence[str] | None = None,
    always: Sequence[str] = (),
    status: int = 200,
) -> GraphResponse:
    """Answer with one object: ``$select`` applied, ``@odata.context`` in front. ``what``: ``users/$entity``."""
    head = {"@odata.context": context(request, what)}
    return GraphResponse(head | choose(request, item, usual=usual, always=always), status)


def collection(
    request: GraphRequest,
    what: str,
    items: Iterable[Json],
    paging: Paging = OUTLOOK,
    *,
    usual: Sequence[str] | None = None,
    always: Sequence[str] = (),
) -> GraphResponse:
    """Answer with a page of objects: ``$filter``, ``$orderby``, ``$count``, ``$skip``, ``$top``, ``$select`` applied.

    Args:
        request: the request.
        what: what the context names, such as ``users``.
        items: all objects, whole, in the resource's own order.
        paging: how the resource pages.
        usual, always: see :func:`choose`.

    Raises:
        GraphError: 400: an option cannot be understood, or is not offered here.
    """
    return page_of(request, what, narrowed(request, items, paging), paging, usual=usual, always=always)


def narrowed(request: GraphRequest, items: Iterable[Json], paging: Paging = OUTLOOK) -> list[Json]:
    """Return the items that ``$filter`` leaves, in the order of ``$orderby``.

    Raises:
        GraphError: 400: an option cannot be understood, or is not offered here.
    """
    query = request.query
    if "$search" in query:
        raise bad_request("$search is not supported here.")
    if paging.directory and "$expand" in query:
        raise bad_request("Parsing OData Select and Expand failed: $expand is not supported here.")
    eventual = request.headers.get("consistencylevel", "").lower() == "eventual"
    wants_count = query.get("$count", "").lower() == "true"
    if paging.directory and wants_count and not eventual:
        raise unsupported_query("$count is not currently supported.")
    found = list(items)
    if text := query.get("$filter", "").strip():
        condition = parse_filter(text)
        if condition.advanced and paging.directory and not (eventual and wants_count):
            raise unsupported_query("Operator is not supported without ConsistencyLevel:eventual and $count=true.")
        found = [item for item in found if condition.matches(item)]
    for part in reversed([one.split() for one in query.get("$orderby", "").split(",") if one.strip()]):
        name, falling = part[0], part[1:] == ["desc"]
        if part[1:] not in ([], ["asc"], ["desc"]):
            raise bad_request("Invalid $orderby: a name, and asc or desc after it.")
        found.sort(key=lambda item, name=name: _sortable(value_at(item, name)), reverse=falling)  # type: ignore[misc]
    return found


def page_of(
    request: GraphRequest,
    what: str,
    found: Sequence[Json],
    paging: Paging = OUTLOOK,
    *,
    usual: Sequence[str] | None = None,
    always: Sequence[str] = (),
) -> GraphResponse:
    """Answer with the page of ``found`` that the request asks for; see :func:`collection`."""
    start, size = _start(request, paging), _size(request, paging)
    body: Json = {"@odata.context": context(request, what)}
    if request.query.get("$count", "").lower() == "true":
        body["@odata.count"] = len(found)
    page = found[start : start + size]
    if request.half.faults.endless_pages:
        body["@odata.nextLink"] = _page_link(request, 0, paging)
    elif start + size < len(found):
        body["@odata.nextLink"] = _page_link(request, start + size, paging)
    body["value"] = [choose(request, item, usual=usual, always=always) for item in page]
    return GraphResponse(body)


def link(request: GraphRequest, changes: Mapping[str, str | None], path: str = "") -> str:
    """Return the request's own URL with other parameters; None takes one away. ``path``: another one."""
    query = {name: value for name, value in (dict(request.query) | dict(changes)).items() if value is not None}
    tail = f"?{urlencode(query, safe=_QUERY_SAFE, quote_via=quote)}" if query else ""
    return f"{request.version_url}/{quote(path or request.path, safe=_PATH_SAFE)}{tail}"


def page_token(start: int) -> str:
    """Return an opaque token for the page that begins with an item."""
    return base64.urlsafe_b64encode(_TOKEN_PREFIX + str(start).encode()).decode().rstrip("=")


def read_page_token(token: str) -> int:
    """Return the item that a page begins with.

    Raises:
        GraphError: 400 ``Directory_ExpiredPageToken``: it is no token of this service.
    """
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        data = b""
    number = data.removeprefix(_TOKEN_PREFIX)
    if data == number or not number.isdigit() or len(number) > _MOST_DIGITS:
        raise GraphError(
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        )
    return int(number)


def _page_link(request: GraphRequest, start: int, paging: Paging) -> str:
    changes = {"$skiptoken": page_token(start)} if paging.directory else {"$skip": str(start)}
    return link(request, changes)


def _start(request: GraphRequest, paging: Paging) -> int:
    query = request.query
    if token := query.get("$skiptoken"):
        return read_page_token(token)
    text = query.get("$skip")
    if text is None:
        return 0
    if paging.directory:
        raise bad_request("'$skip' is not supported by the service.", "Request_BadRequest")
    number = _number(text)
    if number is None:
        raise bad_request(f"Invalid value '{text}' for $skip query option found.")
    return number


def _size(request: GraphRequest, paging: Paging) -> int:
    text = request.query.get("$top")
    if text is None:
        wish = None if paging.directory else _number(request.preferences.get("odata.maxpagesize", ""))
        return min(wish, paging.most) if wish else paging.usual
    number = _number(text)
    if number is None:
        raise bad_request(f"Invalid value '{text}' for $top query option found.")
    if not 1 <= number <= paging.most:
        raise bad_request(
            f"Invalid page size specified: '{text}'. Must be between 1 and {paging.most} inclusive.",
            "Request_BadRequest" if paging.directory else "ErrorInvalidRequest",
        )
    return number


def _number(text: str) -> int | None:
    """Return a number of items; None: it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _sortable(value: Any) -> tuple[int, Any]:
    """Return what orders values of any kind: null first, as OData has it."""
    shown = comparable(value)
    return (0, "") if shown is None else (1, shown if isinstance(shown, (int, float)) else str(shown))
