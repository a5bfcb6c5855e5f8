"""What clients did to the server, in numbers: counters that stay small and cheap over millions of requests."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from calconnect.mock_tenant.reply import Told

TURNED_AWAY = frozenset(
    {"ErrorServerBusy", "ErrorExceededConnectionCount", "ApplicationThrottled", "TooManyRequests"},
)
"""Codes of answers that turn a client away for load."""


@dataclass(slots=True)
class AccountMeter:
    """What one account did. A part of a batch counts as a question of its own."""

    requests: int = 0
    questions: int = 0
    refused: int = 0
    """Questions that were turned away for load."""
    in_flight: int = 0
    most_in_flight: int = 0
    """Requests at once, each from its arrival to the end of its answer."""
    seconds: dict[int, list[int]] = field(default_factory=dict)
    """Second since the beginning → requests, questions, refused."""


class Meters:
    """Counts requests by account and second, by operation and mailbox, and refused sign-ins."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._began = time.monotonic()
        self.accounts: dict[str, AccountMeter] = {}
        """By the account's first login; of an application by its App ID."""
        self.mailboxes: dict[str, Counter[str]] = {}
        """Operation → lower-case address → how often it was asked. Only what reached the operation is counted."""
        self.refused_sign_ins: Counter[str] = Counter()
        """By the login that was tried: answers 401 to a request that came with credentials."""

    def take(self, told: Told, status: int, anchor: str) -> AccountMeter | None:
        """Count a request that was answered, or will be.

        Args:
            told: what is known of it.
            status: of the answer; 0: there never is one.
            anchor: its ``X-AnchorMailbox``, for requests that impersonate nobody.

        Returns:
            The meter of the account that sent it; None: nobody has signed in.
        """
        if not told.account:
            if status == 401 and told.login:
                self.refused_sign_ins[told.login] += 1
            return None
        asked = told.asked or (((told.operation, told.target or anchor),) if told.operation else ())
        for operation, mailbox in asked:
            if mailbox:
                counts = self.mailboxes.get(operation)
                if counts is None:
                    counts = self.mailboxes[operation] = Counter()
                counts[mailbox.lower()] += 1
        questions = max(1, len(asked))
        refused = min(questions, sum(code in TURNED_AWAY for code in told.codes))
        meter = self.accounts.get(told.account)
        if meter is None:
            meter = self.accounts[told.account] = AccountMeter()
        meter.requests += 1
        meter.questions += questions
        meter.refused += refused
        second = meter.seconds.setdefault(int(time.monotonic() - self._began), [0, 0, 0])
        second[0] += 1
        second[1] += questions
        second[2] += refused
        meter.most_in_flight = max(meter.most_in_flight, meter.in_flight + 1)
        return meter

    def as_json(self) -> dict[str, Any]:
        """Return all figures; of mailboxes how many there were and how often the most asked one was."""
        return {
            "accounts": {
                name: {
                    "requests": one.requests,
                    "questions": one.questions,
                    "refused": one.refused,
                    "in_flight": one.in_flight,
                    "most_in_flight": one.most_in_flight,
                    "seconds": [[second, *counts] for second, counts in one.seconds.items()],
                }
                for name, one in self.accounts.items()
            },
            "operations": {
                name: {"questions": counts.total(), "mailboxes": len(counts), "most": max(counts.values())}
                for name, counts in self.mailboxes.items()
            },
            "refused_sign_ins": dict(self.refused_sign_ins),
        }
