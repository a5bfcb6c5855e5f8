"""Following a calendar by its changes, as a program that synchronises does: a link to later changes, then the changes.

A link whose state the server has lost is answered with HTTP 410; everything is read anew then. Source:
https://learn.microsoft.com/graph/delta-query-overview#synchronization-reset
"""

from __future__ import annotations

from dataclasses import replace

from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest
from calconnect.tenants.exchange_online.paging import FOREIGN, UNEXPECTED, Pages, all_pages
from calconnect.tenants.exchange_online.session import GraphSession
from calconnect.tenants.exchange_online.shapes import UnexpectedShape, text

_LOOKS = 3
"""How often changes are asked for before an event is said not to be among them: they may come a moment late."""
_BETWEEN_LOOKS = 2.0
"""Seconds."""
NOT_SHOWN = "not-in-changes"


class Follower:
    """Follows one calendar from the moment at which it is made."""

    def __init__(self, session: GraphSession, request: GraphRequest) -> None:
        """Read everything once, for the link to what comes later."""
        self._session = session
        self._request = request
        self._pages = all_pages(session, request)

    def look_for(self, event: str) -> GraphReply:
        """Ask for changes until ``event`` is among them; the code is ``not-in-changes`` where it never is.

        Details: ``resync`` (true: the server had lost the state, and everything was read anew).
        """
        if not self._pages.reply.ok:
            return self._pages.reply
        link, resync = self._pages.delta_link, False
        reply = self._pages.reply
        for look in range(_LOOKS):
            if look:
                self._session.pause(_BETWEEN_LOOKS)
            path = self._session.below(link) if link else None
            if path is None:
                return reply.but(FOREIGN if link else UNEXPECTED)
            pages = all_pages(self._session, replace(self._request, path=path))
            if pages.reply.reply.answer.status == 410:
                pages, resync = all_pages(self._session, self._request), True
            reply = replace(pages.reply, details={**pages.reply.details, **({"resync": True} if resync else {})})
            if not reply.ok:
                return reply
            if _shows(pages, event):
                return reply
            link = pages.delta_link
        return reply.but(NOT_SHOWN)


def _shows(pages: Pages, event: str) -> bool:
    try:
        return any(text(one, "id") == event and "@removed" not in one for one in pages.items)
    except UnexpectedShape:
        return False
