"""Query strings (Advanced Query Syntax): words, phrases, properties, AND, OR, NOT and brackets.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/querystring-querystringtype
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from calconnect.mock_tenant.ews.items.computed_item import plain_text
from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.state.calendar import Appointment
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import Address, Attendee

Test = Callable[[ItemView], bool]
_TOKEN = re.compile(r'\(|\)|(?:[A-Za-z]+:)?(?:[<>]=?)?"[^"]*"|[^\s()]+')
_DATE = re.compile(r"(<=|>=|<|>)?(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4})")
_KINDS = {
    "email": ("Message",),
    "meetings": ("CalendarItem", "MeetingRequest", "MeetingResponse", "MeetingCancellation"),
    "contacts": ("Contact", "DistributionList"),
    "tasks": ("Task",),
    "notes": ("PostItem",),
}


def read_query(text: str) -> Test:
    """Turn a query string into a test on items.

    Raises:
        EwsError: ``ErrorInvalidArgument``: its brackets do not match.
    """
    tokens = _TOKEN.findall(text)
    if not tokens:
        return lambda _: True
    test, rest = _either(tokens)
    if rest:
        raise EwsError("ErrorInvalidArgument", "The query string cannot be read.")
    return test


def _either(tokens: list[str]) -> tuple[Test, list[str]]:
    first, tokens = _both(tokens)
    tests = [first]
    while tokens and tokens[0].upper() == "OR":
        other, tokens = _both(tokens[1:])
        tests.append(other)
    return (lambda view: any(test(view) for test in tests)), tokens


def _both(tokens: list[str]) -> tuple[Test, list[str]]:
    tests: list[Test] = []
    while tokens and tokens[0] != ")" and tokens[0].upper() != "OR":
        if tokens[0].upper() == "AND":
            tokens = tokens[1:]
            continue
        test, tokens = _one(tokens)
        tests.append(test)
    return (lambda view: all(test(view) for test in tests)), tokens


def _one(tokens: list[str]) -> tuple[Test, list[str]]:
    token, rest = tokens[0], tokens[1:]
    if token.upper() == "NOT" and rest:
        inner, rest = _one(rest)
        return (lambda view: not inner(view)), rest
    if token == "(":  # noqa: S105
        inner, rest = _either(rest)
        if not rest or rest[0] != ")":
            raise EwsError("ErrorInvalidArgument", "The query string cannot be read.")
        return inner, rest[1:]
    name, colon, value = token.partition(":")
    if colon and not value and rest[:1] == ["("]:
        end = rest.index(")") if ")" in rest else len(rest)
        return _one([_within(name, one) for one in rest[:end]] + rest[end:])
    if colon and name.lower() in _SEARCHES:
        return _SEARCHES[name.lower()](value.strip('"')), rest
    return _anywhere(token.strip('"')), rest


def _within(name: str, word: str) -> str:
    """Let a word inside ``subject:(…)`` be looked for in that property."""
    return word if word == "(" or word.upper() in ("AND", "OR", "NOT") else f"{name}:{word}"


def _names(view: ItemView, *properties: str) -> Iterable[str]:
    for name in properties:
        value = view.stored(name)
        for one in value if isinstance(value, list) else [value] if value else []:
            address: Address = one.address if isinstance(one, Attendee) else one
            yield f"{address.name} {address.email}"
    if "From" in properties and isinstance(view.item.calendar, Appointment):
        yield f"{view.item.calendar.organizer.name} {view.item.calendar.organizer.email}"


def _body(view: ItemView) -> str:
    body = view.stored("Body")
    return "" if body is None else plain_text(body)


_TO = ("ToRecipients", "RequiredAttendees")
_CC = ("CcRecipients", "OptionalAttendees")


def _matches(text: str, wanted: str) -> bool:
    """Whether every word wanted begins a word of the text; a ``*`` at the end changes nothing."""
    wanted = wanted.rstrip("*").casefold()
    folded = text.casefold()
    return re.search(rf"(?<!\w){re.escape(wanted)}", folded) is not None


def _search(texts: Callable[[ItemView], Iterable[str]]) -> Callable[[str], Test]:
    def make(wanted: str) -> Test:
        return lambda view: any(_matches(text, wanted) for text in texts(view))

    return make


def _everything(view: ItemView) -> Iterable[str]:
    yield str(view.stored("Subject", ""))
    yield _body(view)
    yield str(view.stored("Location", ""))
    yield str(view.stored("DisplayName", ""))
    yield from _names(view, "From", *_TO, *_CC)
    yield from (one.name for one in view.item.attachments.values())
    yield from view.stored("Categories", ())


_anywhere = _search(_everything)


def _flag(read: Callable[[ItemView], bool]) -> Callable[[str], Test]:
    def make(wanted: str) -> Test:
        expected = wanted.lower() in ("true", "yes", "1")
        return lambda view: read(view) is expected

    return make


def _kind(wanted: str) -> Test:
    kinds = _KINDS.get(wanted.lower(), ())
    return lambda view: view.item.kind in kinds


def _date(read: Callable[[ItemView], datetime]) -> Callable[[str], Test]:
    def make(wanted: str) -> Test:
        found = _DATE.fullmatch(wanted)
        if found is None:
            return lambda _: False
        sign, text = found.groups()
        form = "%m/%d/%Y" if "/" in text else "%Y-%m-%d"
        try:
            day = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            return lambda _: False
        after = day + timedelta(days=1)
        tests: dict[str | None, Test] = {
            None: lambda view: day <= read(view) < after,
            ">": lambda view: read(view) >= after,
            ">=": lambda view: read(view) >= day,
            "<": lambda view: read(view) < day,
            "<=": lambda view: read(view) < after,
        }
        return tests[sign]

    return make


_received = _date(lambda view: view.stored("DateTimeReceived", view.created))
_sent = _date(lambda view: view.stored("DateTimeSent", view.created))
_SEARCHES: dict[str, Callable[[str], Test]] = {
    "subject": _search(lambda view: [str(view.stored("Subject", ""))]),
    "body": _search(lambda view: [_body(view)]),
    "location": _search(lambda view: [str(view.stored("Location", ""))]),
    "from": _search(lambda view: _names(view, "From", "Sender")),
    "to": _search(lambda view: _names(view, *_TO)),
    "cc": _search(lambda view: _names(view, *_CC)),
    "participants": _search(lambda view: _names(view, "From", *_TO, *_CC)),
    "category": _search(lambda view: list(view.stored("Categories", ()))),
    "attachment": _search(lambda view: [one.name for one in view.item.attachments.values()]),
    "hasattachment": _flag(lambda view: bool(view.item.attachments)),
    "isread": _flag(lambda view: bool(view.stored("IsRead", True))),
    "kind": _kind,
    "received": _received,
    "sent": _sent,
}
