"""The kinds of items that EWS knows, by element name."""

from __future__ import annotations

from types import MappingProxyType

from calconnect.mock_tenant.ews.items.calendar_properties import (
    CALENDAR_ITEM,
    MEETING_CANCELLATION,
    MEETING_MESSAGE,
    MEETING_REQUEST,
    MEETING_RESPONSE,
)
from calconnect.mock_tenant.ews.items.contact_properties import CONTACT, DISTRIBUTION_LIST, TASK
from calconnect.mock_tenant.ews.items.item_properties import ITEM, MESSAGE, POST, with_default
from calconnect.mock_tenant.ews.items.property import Kind, Property

_MAIL_DEFAULT = (
    "ItemId",
    "Subject",
    "Sensitivity",
    "Body",
    "Size",
    "DateTimeSent",
    "DateTimeCreated",
    "ResponseObjects",
    "HasAttachments",
    "IsAssociated",
    "ToRecipients",
    "IsReadReceiptRequested",
    "IsDeliveryReceiptRequested",
    "From",
    "IsRead",
)
_MEETING_DEFAULT = (
    *_MAIL_DEFAULT,
    "AssociatedCalendarItemId",
    "IsDelegated",
    "IsOutOfDate",
    "HasBeenProcessed",
    "ResponseType",
)


def _kind(name: str, item_class: str, properties: tuple[Property, ...], *default: str) -> Kind:
    return Kind(name, item_class, with_default(properties, *default))


_ALL = (
    _kind("Item", "IPM", ITEM, "ItemId", "Subject", "ResponseObjects", "HasAttachments", "IsAssociated"),
    _kind("Message", "IPM.Note", MESSAGE, *_MAIL_DEFAULT),
    Kind(
        "CalendarItem",
        "IPM.Appointment",
        with_default(
            CALENDAR_ITEM,
            "ItemId",
            "Subject",
            "ResponseObjects",
            "HasAttachments",
            "IsAssociated",
            "Start",
            "End",
            "LegacyFreeBusyStatus",
            "Location",
            "CalendarItemType",
            "Organizer",
        ),
        "IPF.Appointment",
        "ErrorCannotCreateCalendarItemInNonCalendarFolder",
    ),
    Kind(
        "Contact",
        "IPM.Contact",
        with_default(
            CONTACT,
            "ItemId",
            "HasAttachments",
            "FileAs",
            "CompleteName",
            "CompanyName",
            "EmailAddresses",
            "PhysicalAddresses",
            "PhoneNumbers",
            "ImAddresses",
            "JobTitle",
        ),
        "IPF.Contact",
        "ErrorCannotCreateContactInNonContactFolder",
    ),
    Kind(
        "DistributionList",
        "IPM.DistList",
        with_default(DISTRIBUTION_LIST, "ItemId", "HasAttachments", "DisplayName", "FileAs"),
        "IPF.Contact",
        "ErrorCannotCreateContactInNonContactFolder",
    ),
    _kind("MeetingMessage", "IPM.Schedule.Meeting", MEETING_MESSAGE, *_MEETING_DEFAULT),
    _kind(
        "MeetingRequest",
        "IPM.Schedule.Meeting.Request",
        MEETING_REQUEST,
        *_MEETING_DEFAULT,
        "MeetingRequestType",
        "IntendedFreeBusyStatus",
        "Start",
        "End",
        "Location",
        "Organizer",
    ),
    _kind("MeetingResponse", "IPM.Schedule.Meeting.Resp.Pos", MEETING_RESPONSE, *_MEETING_DEFAULT),
    _kind("MeetingCancellation", "IPM.Schedule.Meeting.Canceled", MEETING_CANCELLATION, *_MEETING_DEFAULT),
    Kind(
        "Task",
        "IPM.Task",
        with_default(TASK, "ItemId", "Subject", "HasAttachments", "DueDate", "PercentComplete", "StartDate", "Status"),
        "IPF.Task",
        "ErrorCannotCreateTaskInNonTaskFolder",
    ),
    Kind(
        "PostItem",
        "IPM.Post",
        with_default(POST, "ItemId", "Subject", "HasAttachments", "IsAssociated", "From", "IsRead"),
        "IPF.Note",
        "ErrorCannotCreatePostItemInNonMailFolder",
    ),
)
KINDS = MappingProxyType({kind.name: kind for kind in _ALL})
"""In the order of ``ArrayOfRealItemsType``."""
PROPERTIES = MappingProxyType(
    {one.uri: one for kind in _ALL for one in kind.properties if one.name != "ExtendedProperty"}
)
"""Every property that some kind of item has, by its path."""
