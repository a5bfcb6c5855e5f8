"""Everybody whom an Exchange Server's directory shows: asked for by the beginnings of addresses, which grow.

An answer names a hundred people at most. Where there are more, each longer beginning is asked for, until every answer
is complete. ``smtp:`` before a beginning makes Exchange look among addresses alone. Sources:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/1a9177f4-0272-4ab8-aa22-3c3eafd39e4b
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from calconnect.evidence.observation import Fact, Observation
from calconnect.settings.addresses import address_key
from calconnect.sweep.answers import because
from calconnect.tenants.interface import Tenant

_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.-_@'+"
"""What an address is taken to go on with. Others are rare; who has one is missing only where more than a hundred others
begin alike."""
_LONGEST = 64
"""Characters of a beginning that is still grown."""
_MOST_QUESTIONS = 50_000
_FAILURES = 5
"""After so many questions in a row that came to nothing, the search ends."""


@dataclass(slots=True)
class Everyone:
    """Who was found."""

    addresses: list[str] = field(default_factory=list)
    """Primary ones, each once."""
    observations: list[Observation] = field(default_factory=list)
    """One a question; in the place of addresses, how many there were."""
    caveat: str = ""
    """One sentence or more: who may be missing."""


def everyone_on_server(server: Tenant) -> Everyone:
    """Ask an Exchange Server for all mailboxes that its address lists show. It must have been signed in to."""
    found = Everyone()
    known: set[str] = set()
    waiting = deque(_CHARACTERS)
    open_ends, failures = 0, 0
    failed: Observation | None = None
    while waiting and len(found.observations) < _MOST_QUESTIONS and failures < _FAILURES:
        beginning = waiting.popleft()
        answer = server.find_names(f"smtp:{beginning}")
        found.observations.append(counted(answer))
        mailboxes = answer.details.get("mailboxes")
        if not answer.ok or not isinstance(mailboxes, list):
            failures, failed = failures + 1, answer
            open_ends += 1
            continue
        failures = 0
        for address in mailboxes:
            if (key := address_key(address)) not in known:
                known.add(key)
                found.addresses.append(address)
        if answer.details.get("complete") is False:
            if len(beginning) >= _LONGEST:
                open_ends += 1
            else:
                waiting.extend(beginning + character for character in _CHARACTERS)
    found.caveat = "Of the Exchange Server it has whom the address lists show; mailboxes that are hidden there are not."
    if failed is not None:
        found.caveat += f" Some beginnings of addresses were not answered: {because(failed)}"
    if open_ends or waiting:
        found.caveat += " The directory was not read to its end."
    return found


def counted(answer: Observation) -> Observation:
    """Return the observation with the count of the addresses in their place: the list has them."""
    mailboxes = answer.details.get("mailboxes")
    if not isinstance(mailboxes, list):
        return answer
    details: dict[str, Fact] = {**answer.details, "mailboxes": len(mailboxes)}
    return replace(answer, details=details)
