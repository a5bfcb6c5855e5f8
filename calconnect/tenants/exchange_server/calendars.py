"""Probes of mailboxes: open the calendar or another folder, list events, ask when people are busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.tenants.common.observing import Question, Reply, Scribe
from calconnect.tenants.common.soap import MESSAGES, TYPES, SoapAnswer, child_text
from calconnect.tenants.common.wire import busy_shares
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.ews import Request
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.interface import Window

Ask = Callable[[Request], Reply]
"""Sends a request as the service account; where it cannot, the reply says why."""

_DEFAULT_NAME = "Calendar"
_RIGHTS = {"read": "Read", "create": "CreateContents", "view_private": "ViewPrivateItems"}
"""Details, and the elements of a folder's EffectiveRights that they come from. Modify and Delete are left out: they are
about the folder itself. Source:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/effectiverights"""


def open_calendar(
    ask: Ask, scribe: Scribe, mailbox: str | None, service_account: str, mode: Mode = Mode.IMPERSONATED
) -> Observation:
    """Open the calendar folder; details ``folder_class``, ``folder_name_is_default``, ``items``, and the rights."""
    acting = Mode.SERVICE_ACCOUNT if mailbox is None else mode
    question = Question("open-calendar", "GetFolder", acting, mailbox or service_account)
    reply = ask(questions.get_calendar(mailbox, mode))
    details: dict[str, Fact] = {}
    if (soap := _success(reply)) is not None:
        details["folder_class"] = soap.text(f"{TYPES}FolderClass")
        details["folder_name_is_default"] = soap.text(f"{TYPES}DisplayName") == _DEFAULT_NAME
        details["items"] = _number(soap.text(f"{TYPES}TotalCount"))
        rights = soap.find(f"{TYPES}EffectiveRights")
        if rights is not None:
            told = {name: child_text(rights, f"{TYPES}{element}") for name, element in _RIGHTS.items()}
            details.update({name: text == "true" for name, text in told.items() if text})
    return scribe.observe(question, reply, details)


def open_folder(ask: Ask, scribe: Scribe, mailbox: str, folder: str) -> Observation:
    """Open a folder as the service account itself; details ``folder``."""
    question = Question("open-folder", "GetFolder", Mode.DELEGATE, mailbox)
    return scribe.observe(question, ask(questions.get_folder(mailbox, folder)), {"folder": folder})


def event_rights(ask: Ask, scribe: Scribe, mailbox: str) -> Observation:
    """See what may be done with a few events; details ``events``, ``changeable``, ``deletable`` (counts)."""
    question = Question("event-rights", "FindItem", Mode.DELEGATE, mailbox)
    reply = ask(questions.find_event_rights(mailbox))
    details: dict[str, Fact] = {}
    if (soap := _success(reply)) is not None:
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
    details: dict[str, Fact] = {}
    if (soap := _success(reply)) is not None:
        folder = soap.find(f"{MESSAGES}RootFolder")
        items = folder.find(f"{TYPES}Items") if folder is not None else None
        details["events"] = 0 if items is None else len(items)
        details["complete"] = folder is None or folder.get("IncludesLastItemInRange", "true") != "false"
    return scribe.observe(question, reply, details)


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
            details: dict[str, Fact] = {"days": days}
            if answer.code == "NoError" and answer.soap is not None:
                details["view"] = answer.soap.text(f"{TYPES}FreeBusyViewType")
                details["busy"] = sum(
                    1 for block in answer.soap.find_all(f"{TYPES}BusyType") if (block.text or "").strip() != "Free"
                )
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


def _success(reply: Reply) -> SoapAnswer | None:
    return reply.answer.soap if reply.answer.code == "NoError" else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
