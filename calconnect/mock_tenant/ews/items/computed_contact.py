"""What the server computes for contacts, distribution lists and tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from calconnect.mock_tenant.ews.items.view import ItemView
from calconnect.mock_tenant.ews.xml import Element, t

_STATUS_TEXT = {
    "NotStarted": "Not Started",
    "InProgress": "In Progress",
    "Completed": "Completed",
    "WaitingOnOthers": "Waiting on someone else",
    "Deferred": "Deferred",
}


def _join(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)


def file_as(view: ItemView) -> str | None:
    """Return what a contact is filed as: its own text, or what its mapping makes of its names."""
    stored = view.stored("FileAs")
    if stored:
        return str(stored)
    first, last = view.stored("GivenName", ""), view.stored("Surname", "")
    company, middle = view.stored("CompanyName", ""), view.stored("MiddleName", "")
    suffix = view.stored("Generation", "")
    names = {
        "LastCommaFirst": _join(", ", last, _join(" ", first, middle)),
        "FirstSpaceLast": _join(" ", first, middle, last, suffix),
        "Company": company,
        "LastCommaFirstCompany": _join("\r\n", _join(", ", last, first), company),
        "CompanyLastFirst": _join("\r\n", company, last + first),
        "LastFirst": last + first,
        "LastFirstCompany": _join("\r\n", last + first, company),
        "CompanyLastCommaFirst": _join("\r\n", company, _join(", ", last, first)),
        "LastFirstSuffix": _join(" ", last + first, suffix),
        "LastSpaceFirstCompany": _join("\r\n", _join(" ", last, first), company),
        "CompanyLastSpaceFirst": _join("\r\n", company, _join(" ", last, first)),
        "LastSpaceFirst": _join(" ", last, first),
        "DisplayName": view.stored("DisplayName", ""),
        "FirstName": first,
        "LastFirstMiddleSuffix": _join(" ", last, first, middle, suffix),
        "LastName": last,
        "Empty": "",
    }
    made: str | None = names.get(view.stored("FileAsMapping", "None"))
    return made or None


def _display_name(view: ItemView) -> str | None:
    stored = view.stored("DisplayName")
    return stored or _join(" ", view.stored("GivenName", ""), view.stored("Surname", "")) or None


def _complete_name(view: ItemView) -> Element | None:
    names = {
        "FirstName": view.stored("GivenName"),
        "MiddleName": view.stored("MiddleName"),
        "LastName": view.stored("Surname"),
        "Suffix": view.stored("Generation"),
        "Initials": view.stored("Initials"),
        "FullName": _display_name(view),
        "Nickname": view.stored("Nickname"),
    }
    if not any(names.values()):
        return None
    return t("CompleteName", *(t(name, text=value) for name, value in names.items() if value))


def _is_complete(view: ItemView) -> bool:
    return bool(view.stored("Status", "NotStarted") == "Completed")


CONTACT: Mapping[str, Callable[[ItemView], Any]] = MappingProxyType(
    {
        "FileAs": file_as,
        "FileAsMapping": lambda view: view.stored("FileAsMapping", "None"),
        "DisplayName": _display_name,
        "CompleteName": _complete_name,
        "ContactSource": lambda _: "Store",
        "HasPicture": lambda view: any(one.is_contact_photo for one in view.item.attachments.values()),
        "PostalAddressIndex": lambda view: view.stored("PostalAddressIndex", "None"),
    }
)
"""For contacts, by element name."""
DISTRIBUTION_LIST: Mapping[str, Callable[[ItemView], Any]] = MappingProxyType(
    {
        "FileAs": lambda view: view.stored("FileAs", view.stored("DisplayName")),
        "ContactSource": lambda _: "Store",
        "Subject": lambda view: view.stored("Subject", view.stored("DisplayName")),
    }
)
"""For distribution lists."""
TASK: Mapping[str, Callable[[ItemView], Any]] = MappingProxyType(
    {
        "ChangeCount": lambda view: view.item.version,
        "DelegationState": lambda _: "NoMatch",
        "IsAssignmentEditable": lambda _: 0,
        "IsComplete": _is_complete,
        "IsRecurring": lambda view: view.stored("Recurrence") is not None,
        "IsTeamTask": lambda _: False,
        "Owner": lambda view: view.stored("Owner", view.mailbox.recipient.name),
        "PercentComplete": lambda view: view.stored("PercentComplete", 0.0),
        "Status": lambda view: view.stored("Status", "NotStarted"),
        "StatusDescription": lambda view: _STATUS_TEXT[view.stored("Status", "NotStarted")],
    }
)
"""For tasks."""
