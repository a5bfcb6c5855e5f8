"""Probes of mailboxes: open the calendar or another folder, list events, ask when people are busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.tenants.common.ews_facts import busy_facts, calendar_facts, event_facts, success
from calconnect.tenants.common.observing import Question, Reply, Scribe
from calconnect.tenants.common.soap import MESSAGES, TYPES, child_text
from calconnect.tenants.common.wire import busy_shares
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.ews import Request
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.interface import Window

Ask = Callable[[Request], Reply]
"""Sends a request as the service account; where it cannot, the reply says why."""


def open_calendar(
    ask: Ask, scribe: Scribe, mailbox: str | None, service_account: str, mode: Mode = Mode.IMPERSONATED
) -> Observation:
    """Open the calendar folder; details ``folder_class``, ``folder_name_is_default``, ``items``, and the rights."""
    acting = Mode.SERVICE_ACCOUNT if mailbox is None else mode
    question = Question("open-calendar", "GetFolder", acting, mailbox or service_account)
    reply = ask(questions.get_calendar(mailbox, mode))
    return scribe.observe(question, reply, calendar_facts(reply.answer))


def open_folder(ask: Ask, scribe: Scribe, mailbox: str, folder: str) -> Observation:
    """Open a folder as the service account itself; details ``folder``."""
    question = Question("open-folder", "GetFolder", Mode.DELEGATE, mailbox)
    return scribe.observe(question, ask(questions.get_folder(mailbox, folder)), {"folder": folder})


def event_rights(ask: Ask, scribe: Scribe, mailbox: str) -> Observation:
    """See what may be done with a few events; details ``events``, ``changeable``, ``deletable`` (counts)."""
    question = Question("event-rights", "FindItem", Mode.DELEGATE, mailbox)
    reply = ask(questions.find_event_rights(mailbox))
    details: dict[str, Fact] = {}
    if (soap := success(reply.answer)) is not None:
        folder = soap.find(f"{MESSAGES}RootFolder")
        items = folder.find(f"{TYPES}Items") if folder is not None else None
        rights = [] if items is None else [item.find(f"{TYPES}EffectiveRights") for item in items]
        told = [one for one in rights if one is not None]
        details["events"] = len(told)
        details["changeable"] = sum(child_text(one, f"{TYPES}Modify") == "true" for one in told)
        details["deletable"] = sum(child_text(one, f"{TYPES}Delete") == "true" for one in told)
    return scribe.observe(question, reply, details)


def list_events(ask: Ask, scribe: Scribe, mailbox: str, window: Window, mode: Mode = Mode.IMPERSONATED) -> Observation:
    """Count the events in a window; details ``events`` and ``complete`` (whether the server had no more)."""
    question = Question("list-events", "FindItem", mode, mailbox)
    reply = ask(questions.find_events(mailbox, window.start, window.end, mode))
    return scribe.observe(question, reply, event_facts(reply.answer))


def free_busy(ask: Ask, scribe: Scribe, mailboxes: Sequence[str], window: Window) -> Iterator[Observation]:
    """Ask when mailboxes are busy, as many at once as the server allows; one observation a mailbox, in their order.

    Details: ``busy`` (blocks that are not free), ``view`` (as granted), ``days`` (how much of the window was asked).
    """
    longest = timedelta(days=limits().availability_window)
    end = min(window.end, window.start + longest)
    days = round((end - window.start) / timedelta(days=1), 3)
    size = limits().mailboxes_per_availability_request
    for first in range(0, len(mailboxes), size):
        batch = mailboxes[first : first + size]
        reply = ask(questions.get_availability(batch, window.start, end))
        for mailbox, answer in zip(batch, busy_shares(reply.answer, len(batch)), strict=True):
            question = Question("free-busy", "GetUserAvailability", Mode.SERVICE_ACCOUNT, mailbox)
            details: dict[str, Fact] = {"days": days, **busy_facts(answer)}
            yield scribe.observe(question, replace(reply, answer=answer), details)


def free_busy_view(ask: Ask, scribe: Scribe, mailbox: str, window: Window) -> Observation:
    """See how much a free/busy view tells, asking for a day with its details; details ``view`` (as granted).

    Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/freebusyviewtype
    """
    end = min(window.end, window.start + timedelta(days=1))
    reply = ask(questions.get_detailed_availability([mailbox], window.start, end))
    (answer,) = busy_shares(reply.answer, 1)
    question = Question("free-busy-view", "GetUserAvailability", Mode.SERVICE_ACCOUNT, mailbox)
    details: dict[str, Fact] = {}
    if answer.code == "NoError" and answer.soap is not None:
        details["view"] = answer.soap.text(f"{TYPES}FreeBusyViewType")
    return scribe.observe(question, replace(reply, answer=answer), details)
