"""A flaky server at work: strikes requests as the tenant's faults have it, and spoils answers."""

from __future__ import annotations

import re

from calconnect.mock_tenant.reply import Breakdown, Reply
from calconnect.mock_tenant.state.faults import FaultKind, Faults
from calconnect.mock_tenant.wire.request import HttpRequest

_IMPERSONATED = re.compile(rb"<(?:\w+:)?(?:PrimarySmtpAddress|SmtpAddress|PrincipalName)>\s*([^<\s]+)")
"""In the envelope's ``ConnectingSID``."""


class Flaky:
    """Counts requests, and says which of them fail."""

    def __init__(self) -> None:
        self._worked = 0
        self._attempts: dict[str, int] = {}
        self._busy = 0

    def strike(self, faults: Faults, mailbox: str) -> FaultKind | None:
        """Count a request of a client that has signed in, and return how it fails; None: it does not.

        Args:
            faults: how the tenant fails.
            mailbox: the lower-case address that the request is about; empty: none in particular.
        """
        if not faults.any:
            return None
        self._worked += 1
        if faults.hangs(mailbox):
            return FaultKind.TIMEOUT
        if faults.every and self._worked % faults.every == 0:
            return faults.kind
        if not faults.percent:
            return None
        attempt = self._attempts[mailbox] = self._attempts.get(mailbox, 0) + 1
        return faults.drawn(mailbox, attempt)

    def back_off(self, faults: Faults, usual: str) -> str:
        """Return what the next busy answer asks a client to wait.

        Args:
            faults: how the tenant fails.
            usual: what it says if the faults have nothing odd left.
        """
        self._busy += 1
        return faults.back_off[self._busy - 1] if self._busy <= len(faults.back_off) else usual


def mailbox_of(request: HttpRequest) -> str:
    """Return the lower-case address that an EWS request is about: its anchor, else whom it impersonates."""
    anchor = request.headers.get("x-anchormailbox", "")
    if not anchor:
        found = _IMPERSONATED.search(request.body)
        anchor = "" if found is None else found.group(1).decode("utf-8", "replace")
    return anchor.lower()


def broken(kind: FaultKind) -> Reply:
    """Return how a request ends that is never answered."""
    return Reply(503, never=Breakdown.RESET if kind is FaultKind.RESET else Breakdown.SILENCE)


def spoil(reply: Reply, kind: FaultKind | None) -> Reply:
    """Spoil an answer, if that is how its request fails; a stream is left as it is."""
    if kind is FaultKind.TRUNCATED:
        reply.body = reply.body[: len(reply.body) // 2]
    elif kind is FaultKind.CUT_OFF:
        reply.cut_off = True
    return reply
