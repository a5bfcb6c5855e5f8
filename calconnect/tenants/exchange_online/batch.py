"""Many requests in one: JSON batches of 20, each part waiting and asked again for itself.

Source: https://learn.microsoft.com/graph/json-batching
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from calconnect.tenants.common.observing import Reply
from calconnect.tenants.common.wire import Answer, failed
from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest, read_parsed
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.patience import PASSING, Patience
from calconnect.tenants.exchange_online.session import GraphSession
from calconnect.tenants.exchange_online.shapes import Object, UnexpectedShape, items, objects
from calconnect.tenants.exchange_online.tokens import NoToken

_NOT_ANSWERED = "no-answer-in-batch"


@dataclass(slots=True)
class _Part:
    """One request on its way through one batch or several."""

    request: GraphRequest
    patience: Patience
    attempts: int = 0
    first: str = ""
    """What the first attempt came to, if there was a second one."""
    renewed: bool = False
    due: float = 0.0
    """Seconds of waiting, counted from the beginning of the whole, after which it may be asked again."""
    done: GraphReply | None = field(default=None, repr=False)


def ask_many(session: GraphSession, requests: Sequence[GraphRequest]) -> list[GraphReply]:
    """Ask several requests and return their replies in their order. Never raises for what Graph or the network does.

    At most ``limits().concurrent_per_mailbox`` parts of one batch go to the same mailbox. A part that is throttled is
    asked again after its own ``Retry-After``; one whose token has expired is asked again with a fresh one.
    """
    if len(requests) == 1:
        return [session.ask(requests[0])]
    parts = [_Part(request, Patience(session.pause, once=session.once)) for request in requests]
    waited = 0.0
    while waiting := [part for part in parts if part.done is None]:
        due = min(part.due for part in waiting)
        if due > waited:
            session.pause(due - waited)
            waited = due
        _send(session, _chosen([part for part in waiting if part.due <= waited]), waited)
    return [part.done for part in parts if part.done is not None]


def _chosen(waiting: Sequence[_Part]) -> list[_Part]:
    """Return those that go into the next batch."""
    chosen: list[_Part] = []
    mailboxes: Counter[str] = Counter()
    for part in waiting:
        mailbox = part.request.mailbox.lower()
        if mailbox and mailboxes[mailbox] >= limits().concurrent_per_mailbox:
            continue
        mailboxes[mailbox] += 1
        chosen.append(part)
        if len(chosen) == limits().requests_in_batch:
            break
    return chosen


def _send(session: GraphSession, parts: Sequence[_Part], waited: float) -> None:
    """Ask parts in one batch, and note for each that it is done, or when it is due again."""
    body = {"requests": [_written(number, part.request) for number, part in enumerate(parts, 1)]}
    try:
        token = session.token()
    except NoToken as error:
        for part in parts:
            part.done = session.without_token(error, session.base + part.request.path)
        return
    with session.in_flight.slots(part.request.mailbox for part in parts):
        whole = session.ask_holding(GraphRequest("/$batch", "POST", body))
    answers = _answers(whole)
    stale = []
    for number, part in enumerate(parts, 1):
        part.attempts += 1
        reply = _share(session, whole, answers.get(str(number)), part)
        status = reply.reply.answer.status
        again = part.patience.seconds(part.attempts, reply.reply.answer.retry_after) if status in PASSING else None
        if not whole.ok:
            part.done = reply
        elif status == 401 and not part.renewed:
            stale.append(part)
            part.renewed = True
            part.first = part.first or reply.code or "HTTP 401"
        elif again is not None:
            part.first = part.first or reply.code or f"HTTP {status}"
            part.due = waited + again
        else:
            part.done = reply
    if stale:
        try:
            session.renew(token)
        except NoToken as error:
            for part in stale:
                part.done = session.without_token(error, session.base + part.request.path)


def _written(number: int, request: GraphRequest) -> Object:
    headers = dict(request.headers)
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    written: dict[str, object] = {"id": str(number), "method": request.method, "url": request.path}
    if headers:
        written["headers"] = headers
    if request.body is not None:
        written["body"] = request.body
    return written


def _answers(whole: GraphReply) -> Mapping[str, Object]:
    """Return the parts of an answer by their ids."""
    if not whole.ok:
        return {}
    try:
        items({"value": whole.body.get("responses")})
        return {str(one.get("id")): one for one in objects(whole.body, "responses")}
    except UnexpectedShape:
        return {}


def _share(session: GraphSession, whole: GraphReply, found: Object | None, part: _Part) -> GraphReply:
    """Return one part's reply."""
    carrier = whole.reply
    reply = Reply(
        carrier.answer,
        carrier.at,
        session.base + part.request.path,
        carrier.duration_ms,
        part.attempts - 1 + carrier.attempts,
        part.first or carrier.retried_after,
    )
    if not whole.ok:
        return GraphReply(reply, details=whole.details)
    status = None if found is None else found.get("status")
    if found is None or isinstance(status, bool) or not isinstance(status, int):
        missing = replace(failed(_NOT_ANSWERED), request_id=carrier.answer.request_id)
        return GraphReply(replace(reply, answer=missing))
    headers = found.get("headers")
    named = headers if isinstance(headers, dict) else {}
    fields = {str(name).lower(): value for name, value in named.items() if isinstance(value, str)}
    body = found.get("body")
    answer, read, details = read_parsed(status, fields, {} if body is None else body, session.clock())
    return GraphReply(replace(reply, answer=_named(answer, carrier.answer)), read, details)


def _named(answer: Answer, carrier: Answer) -> Answer:
    """Give a part the request ids of the batch where it has none of its own."""
    headers = {**{name: value for name, value in carrier.headers.items() if name == "client-request-id"}}
    return replace(answer, request_id=answer.request_id or carrier.request_id, headers={**headers, **answer.headers})
