"""Pages: followed to their end, with a bound, and nowhere else than to Graph.

Source: https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest
from calconnect.tenants.exchange_online.batch import ask_many
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.session import GraphSession
from calconnect.tenants.exchange_online.shapes import Object, UnexpectedShape, items, text

UNEXPECTED = "unexpected-answer"
ENDLESS = "endless-pages"
FOREIGN = "foreign-next-link"


@dataclass(slots=True)
class Pages:
    """All pages of one answer."""

    reply: GraphReply
    """The last page's; its code says where the pages could not be followed to their end."""
    items: list[Object] = field(default_factory=list, repr=False)
    complete: bool = True
    """Whether there are no more."""
    delta_link: str = field(default="", repr=False)
    """Where changes can be asked for from now on; only of a delta query."""


def all_pages(session: GraphSession, request: GraphRequest, *, enough: int | None = None) -> Pages:
    """Ask for all pages of an answer, or for as many as have ``enough`` items."""
    return all_pages_of_many(session, [request], enough=enough)[0]


def all_pages_of_many(
    session: GraphSession, requests: Sequence[GraphRequest], *, enough: int | None = None
) -> list[Pages]:
    """Ask for all pages of several answers, in batches; one result for each, in their order.

    A link that leads round in a circle, or more than ``limits().pages`` pages, is ``endless-pages``. A link that leads
    away from Graph is ``foreign-next-link``, and nothing is sent there.
    """
    following = dict(enumerate(requests))
    seen: dict[int, set[str]] = {number: {request.path} for number, request in following.items()}
    found: dict[int, Pages] = {}
    while following:
        numbers = list(following)
        for number, reply in zip(numbers, ask_many(session, list(following.values())), strict=True):
            pages = found.setdefault(number, Pages(reply))
            pages.reply = reply
            request = following.pop(number)
            link = _take(pages, reply)
            if not link:
                continue
            path = session.below(link)
            if path is None:
                pages.reply = reply.but(FOREIGN)
            elif enough is not None and len(pages.items) >= enough:
                pages.complete = False
                continue
            elif path in seen[number] or len(seen[number]) >= limits().pages:
                pages.reply = reply.but(ENDLESS)
            else:
                seen[number].add(path)
                following[number] = replace(request, path=path)
                continue
            pages.complete = False
    return [found[number] for number in range(len(requests))]


def _take(pages: Pages, reply: GraphReply) -> str:
    """Add a page's items, and return the link to the next one; empty if there is none."""
    if not reply.ok:
        pages.complete = False
        return ""
    try:
        pages.items += items(reply.body)
        pages.delta_link = text(reply.body, "@odata.deltaLink")
        return text(reply.body, "@odata.nextLink")
    except UnexpectedShape:
        pages.reply, pages.complete = reply.but(UNEXPECTED), False
        return ""
