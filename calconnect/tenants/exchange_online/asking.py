"""What every question has: a session, a scribe, addresses in paths, and one observation for each reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.tenants.common.observing import Question, Scribe
from calconnect.tenants.exchange_online.answers import GraphReply
from calconnect.tenants.exchange_online.paging import UNEXPECTED
from calconnect.tenants.exchange_online.permissions import naming_permission
from calconnect.tenants.exchange_online.session import GraphSession
from calconnect.tenants.exchange_online.shapes import Object, UnexpectedShape

Read = Callable[[Object], Mapping[str, Fact]]
"""Returns the details of a body; raises UnexpectedShape where it is not what was asked for."""
INVALID = "invalid-address"

_Reply = TypeVar("_Reply")


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are put, and answers written down."""

    session: GraphSession
    scribe: Scribe

    def observe(
        self,
        question: tuple[str, str, str],
        reply: GraphReply,
        details: Mapping[str, Fact] | Read | None = None,
    ) -> Observation:
        """Return the observation of a reply.

        Args:
            question: probe, operation, target.
            reply: what came back.
            details: those of a success, or a function that takes them out of its body.
        """
        found: Mapping[str, Fact] = {}
        if reply.ok and details is not None:
            try:
                found = details(reply.body) if callable(details) else details
            except UnexpectedShape:
                reply = reply.but(UNEXPECTED)
        probe, operation, target = question
        asked = Question(probe, operation, Mode.APPLICATION, target)
        return naming_permission(self.scribe.observe(asked, reply.reply, {**reply.details, **found}, reply.said))

    def not_asked(self, question: tuple[str, str, str], code: str = INVALID) -> Observation:
        """Return the observation of a question that could not be put."""
        probe, operation, target = question
        return self.scribe.not_asked(Question(probe, operation, Mode.APPLICATION, target), code)


def is_address(text: str) -> bool:
    """Say whether a text can be put into a request as an address."""
    return text.isprintable() and text.count("@") >= 1 and not text.startswith(("@", "$")) and len(text) <= 320


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="@")


def literal(text: str) -> str:
    """Return a text as OData writes it in an expression, percent-encoded. Source:
    https://learn.microsoft.com/graph/query-parameters"""
    return quote("'" + text.replace("'", "''") + "'", safe="@'")


def ask_through(
    mailboxes: Sequence[str], ask: Callable[[str], _Reply], is_its_own: Callable[[_Reply], bool]
) -> list[tuple[str, _Reply]]:
    """Ask about many mailboxes through one, and through the next where that one cannot be used.

    Args:
        mailboxes: who can be asked through, in this order.
        ask: asks about all of them through one.
        is_its_own: whether a reply is a refusal that is about the mailbox asked through, and not about the others.

    Returns:
        Each mailbox that was tried, and the reply. The last one's holds for those that were not tried, too.
    """
    tried = []
    for mailbox in mailboxes:
        reply = ask(mailbox)
        tried.append((mailbox, reply))
        if not is_its_own(reply):
            break
    return tried
