"""Bodies of requests about items, as tests write them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.mock_tenant.raw_client import Answer

BERLIN_CONTEXT = '<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>'
CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'


def event(
    subject: str = "Event", start: str = "2026-11-25T10:00:00Z", end: str = "2026-11-25T11:00:00Z", **parts: str
) -> str:
    """Return a ``t:CalendarItem``; ``before`` and ``after`` stand around its times."""
    return (
        f"<t:CalendarItem><t:Subject>{subject}</t:Subject>{parts.get('before', '')}"
        f"<t:Start>{start}</t:Start><t:End>{end}</t:End>{parts.get('after', '')}</t:CalendarItem>"
    )


def daily(start: str, count: int, interval: int = 1) -> str:
    """Return a ``t:Recurrence``: every so many days, so many times."""
    return (
        f"<t:Recurrence><t:DailyRecurrence><t:Interval>{interval}</t:Interval></t:DailyRecurrence>"
        f"<t:NumberedRecurrence><t:StartDate>{start}</t:StartDate>"
        f"<t:NumberOfOccurrences>{count}</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
    )


def create(
    items: str, *, folder: str = "", invitations: str | None = "SendToNone", disposition: str | None = "SaveOnly"
) -> str:
    """Return a CreateItem request."""
    attributes = f' SendMeetingInvitations="{invitations}"' if invitations else ""
    attributes += f' MessageDisposition="{disposition}"' if disposition else ""
    saved = f"<m:SavedItemFolderId>{folder}</m:SavedItemFolderId>" if folder else ""
    return f"<m:CreateItem{attributes}>{saved}<m:Items>{items}</m:Items></m:CreateItem>"


def shape(base: str = "IdOnly", fields: Iterable[str] = (), more: str = "", options: str = "") -> str:
    """Return ``m:ItemShape`` with FieldURIs and other paths."""
    paths = "".join(f'<t:FieldURI FieldURI="{field}"/>' for field in fields) + more
    extra = f"<t:AdditionalProperties>{paths}</t:AdditionalProperties>" if paths else ""
    return f"<m:ItemShape><t:BaseShape>{base}</t:BaseShape>{options}{extra}</m:ItemShape>"


def get(ids: Iterable[str], item_shape: str | None = None) -> str:
    """Return a GetItem request; each id is a plain id or a whole id element."""
    found = item_shape or shape("AllProperties")
    return f"<m:GetItem>{found}<m:ItemIds>{''.join(map(id_element, ids))}</m:ItemIds></m:GetItem>"


def id_element(identity: str) -> str:
    """Return a ``t:ItemId``; what is an element already stays."""
    return identity if identity.startswith("<") else f'<t:ItemId Id="{identity}"/>'


def occurrence(master: str, index: int) -> str:
    """Return a ``t:OccurrenceItemId``."""
    return f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="{index}"/>'


def update(
    identity: str,
    updates: str,
    *,
    resolution: str = "AlwaysOverwrite",
    invitations: str | None = "SendToNone",
    disposition: str | None = "SaveOnly",
) -> str:
    """Return an UpdateItem request for one item."""
    attributes = f' ConflictResolution="{resolution}"'
    attributes += f' SendMeetingInvitationsOrCancellations="{invitations}"' if invitations else ""
    attributes += f' MessageDisposition="{disposition}"' if disposition else ""
    return (
        f"<m:UpdateItem{attributes}><m:ItemChanges><t:ItemChange>{id_element(identity)}"
        f"<t:Updates>{updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )


def set_field(uri: str, content: str, kind: str = "CalendarItem") -> str:
    """Return ``t:SetItemField``."""
    return f'<t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:{kind}>{content}</t:{kind}></t:SetItemField>'


def delete_field(uri: str) -> str:
    """Return ``t:DeleteItemField``."""
    return f'<t:DeleteItemField><t:FieldURI FieldURI="{uri}"/></t:DeleteItemField>'


def append_field(uri: str, content: str, kind: str = "CalendarItem") -> str:
    """Return ``t:AppendToItemField``."""
    return f'<t:AppendToItemField><t:FieldURI FieldURI="{uri}"/><t:{kind}>{content}</t:{kind}></t:AppendToItemField>'


def delete(
    ids: Iterable[str],
    *,
    how: str = "HardDelete",
    cancellations: str | None = "SendToNone",
    tasks: str | None = "AllOccurrences",
) -> str:
    """Return a DeleteItem request."""
    attributes = f' DeleteType="{how}"'
    attributes += f' SendMeetingCancellations="{cancellations}"' if cancellations else ""
    attributes += f' AffectedTaskOccurrences="{tasks}"' if tasks else ""
    return f"<m:DeleteItem{attributes}><m:ItemIds>{''.join(map(id_element, ids))}</m:ItemIds></m:DeleteItem>"


def find(
    *,
    folder: str = CALENDAR,
    item_shape: str | None = None,
    view: str = "",
    restriction: str = "",
    order: str = "",
    query: str = "",
    traversal: str = "Shallow",
) -> str:
    """Return a FindItem request."""
    wanted = item_shape or shape(fields=["item:Subject"])
    limits = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
    sorting = f"<m:SortOrder>{order}</m:SortOrder>" if order else ""
    text = f"<m:QueryString>{query}</m:QueryString>" if query else ""
    return (
        f'<m:FindItem Traversal="{traversal}">{wanted}{view}{limits}{sorting}'
        f"<m:ParentFolderIds>{folder}</m:ParentFolderIds>{text}</m:FindItem>"
    )


def calendar_view(start: str, end: str, most: int | None = None) -> str:
    """Return ``m:CalendarView``."""
    limit = f' MaxEntriesReturned="{most}"' if most is not None else ""
    return f'<m:CalendarView{limit} StartDate="{start}" EndDate="{end}"/>'


def ids_of(answer: Answer) -> list[str]:
    """Return the ids of the items in an answer."""
    return [one.get("Id") or "" for one in answer.all("//m:Items/*/t:ItemId | //t:Items/*/t:ItemId")]


def keyed(answer: Answer) -> str:
    """Return the only item's id with its change key, as an element."""
    (one,) = answer.all("//m:Items/*/t:ItemId")
    return f'<t:ItemId Id="{one.get("Id")}" ChangeKey="{one.get("ChangeKey")}"/>'


def subjects(answer: Answer) -> list[str]:
    """Return the subjects in an answer, in order."""
    return [one.text or "" for one in answer.all("//t:Subject")]
