"""Mailboxes that the list names by another address than their primary one, recognised by what the tenant answers.

Exchange Server names the primary address in its refusal, Graph the owner of a calendar that opened. Where Graph finds
nobody under the address, its directory may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key
from calconnect.sweep.store_reading import Result
from calconnect.tenants.online_interface import BATCH, OnlineTenant

_NOBODY_ONLINE = ("ErrorInvalidUser", "Request_ResourceNotFound", "ResourceNotFound")
SIGNS = ('"primary_smtp":', *(f'"code":"{code}"' for code in _NOBODY_ONLINE))
"""What stands in the JSON of answers after which an address may turn out to be an alias."""


def said_in_answer(results: Iterable[Result]) -> Iterator[tuple[int, str]]:
    """Yield number and primary address of the mailboxes whose primary address the answer has named."""
    for result in results:
        last = result.observations[-1]
        primary = last.details.get("primary_smtp")
        if isinstance(primary, str) and _differ(primary, last.target):
            yield result.number, primary


def found_online(results: Iterable[Result], online: OnlineTenant) -> Iterator[tuple[int, str, Observation]]:
    """Look mailboxes up that Graph did not find; yield number, primary address and what was observed of the aliases."""
    unknown = [result for result in results if result.observations[-1].code in _NOBODY_ONLINE]
    for start in range(0, len(unknown), BATCH):
        batch = unknown[start : start + BATCH]
        answers = online.users([result.observations[-1].target for result in batch])
        for result, answer in zip(batch, answers, strict=True):
            primary = answer.details.get("primary_smtp")
            if answer.ok and isinstance(primary, str) and "@" in primary and _differ(primary, answer.target):
                yield result.number, primary, answer


def _differ(one: str, other: str) -> bool:
    return address_key(one) != address_key(other)
