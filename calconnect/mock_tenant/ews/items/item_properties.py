"""The properties of every item, and those that messages and posts add, in the order of the schema.

Order: types.xsd, ItemType and MessageType. Shapes: tables 3 and 4 of
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/property-sets-and-response-shapes-in-ews-in-exchange
"""

from __future__ import annotations

from dataclasses import replace

from calconnect.mock_tenant.ews.items.codecs import (
    BINARY,
    BOOLEAN,
    INTEGER,
    MOMENT,
    TEXT,
    BodyText,
    Codec,
    Computed,
    Kept,
    Strings,
    choice,
)
from calconnect.mock_tenant.ews.items.people_codecs import People, Person
from calconnect.mock_tenant.ews.items.property import Property

IMPORTANCE = choice("Low", "Normal", "High")
SENSITIVITY = choice("Normal", "Personal", "Private", "Confidential")
BODY = BodyText()
KEPT = Kept()
COMPUTED = Computed()
STRINGS = Strings()
PERSON = Person()
PEOPLE = People()


def row(prefix: str, name: str, codec: Codec, marks: str = "") -> Property:
    """Return the property ``<prefix>:<name>``; see ``Property`` for the marks."""
    return Property(name, f"{prefix}:{name}", codec, marks)


def with_default(properties: tuple[Property, ...], *names: str) -> tuple[Property, ...]:
    """Return the properties with those that a kind shows in its Default shape marked so, and only those."""
    unknown = set(names) - {one.name for one in properties}
    if unknown:
        raise ValueError(f"no such properties: {sorted(unknown)}")
    return tuple(
        replace(one, marks=one.marks + "d" if one.name in names else one.marks.replace("d", "a")) for one in properties
    )


_ROWS: tuple[tuple[str, Codec, str], ...] = (
    ("MimeContent", KEPT, "gk"),
    ("ItemId", COMPUTED, "rd"),
    ("ParentFolderId", COMPUTED, "ra"),
    ("ItemClass", TEXT, "ak"),
    ("Subject", TEXT, "a"),
    ("Sensitivity", SENSITIVITY, "ak"),
    ("Body", BODY, "ag+"),
    ("Attachments", COMPUTED, "ag"),
    ("DateTimeReceived", MOMENT, "ra"),
    ("Size", INTEGER, "ra"),
    ("Categories", STRINGS, "a"),
    ("Importance", IMPORTANCE, "ak"),
    ("InReplyTo", TEXT, "a"),
    ("IsSubmitted", BOOLEAN, "raf"),
    ("IsDraft", BOOLEAN, "raf"),
    ("IsFromMe", BOOLEAN, "raf"),
    ("IsResend", BOOLEAN, "raf"),
    ("IsUnmodified", BOOLEAN, "raf"),
    ("InternetMessageHeaders", COMPUTED, "rag"),
    ("DateTimeSent", MOMENT, "ra"),
    ("DateTimeCreated", MOMENT, "ra"),
    ("ResponseObjects", COMPUTED, "rag"),
    ("ReminderDueBy", MOMENT, "a"),
    ("ReminderIsSet", BOOLEAN, "ak"),
    ("ReminderNextTime", MOMENT, ""),
    ("ReminderMinutesBeforeStart", INTEGER, "a"),
    ("DisplayCc", TEXT, "ra"),
    ("DisplayTo", TEXT, "ra"),
    ("DisplayBcc", TEXT, "r"),
    ("HasAttachments", BOOLEAN, "ra"),
    ("ExtendedProperty", KEPT, "a"),
    ("Culture", TEXT, "ak"),
    ("EffectiveRights", COMPUTED, "ra"),
    ("LastModifiedName", TEXT, "ra"),
    ("LastModifiedTime", MOMENT, "ra"),
    ("IsAssociated", BOOLEAN, "ak"),
    ("WebClientReadFormQueryString", TEXT, "ra"),
    ("WebClientEditFormQueryString", TEXT, "ra"),
    ("ConversationId", COMPUTED, "ra"),
    ("UniqueBody", BODY, "rg"),
    ("Flag", KEPT, "a"),
    ("StoreEntryId", BINARY, "rg"),
    ("InstanceKey", BINARY, "r"),
    ("NormalizedBody", BODY, "rg"),
    ("EntityExtractionResult", KEPT, "rg"),
    ("PolicyTag", KEPT, ""),
    ("ArchiveTag", KEPT, ""),
    ("RetentionDate", MOMENT, "r"),
    ("Preview", TEXT, "r"),
    ("RightsManagementLicenseData", KEPT, "rg"),
    ("PredictedActionReasons", KEPT, "r"),
    ("IsClutter", BOOLEAN, "r"),
    ("BlockStatus", BOOLEAN, "g"),
    ("HasBlockedImages", BOOLEAN, "g"),
    ("TextBody", BODY, "rg"),
    ("IconIndex", TEXT, "r"),
    ("SearchKey", BINARY, "r"),
    ("SortKey", INTEGER, "r"),
    ("Hashtags", STRINGS, ""),
    ("Mentions", KEPT, ""),
    ("MentionedMe", BOOLEAN, ""),
    ("MentionsPreview", KEPT, ""),
    ("MentionsEx", KEPT, ""),
    ("AppliedHashtags", KEPT, ""),
    ("AppliedHashtagsPreview", KEPT, ""),
    ("Likes", KEPT, ""),
    ("LikesPreview", KEPT, ""),
    ("PendingSocialActivityTagIds", STRINGS, ""),
    ("AtAllMention", BOOLEAN, ""),
    ("CanDelete", BOOLEAN, "r"),
    ("InferenceClassification", TEXT, ""),
)
ITEM: tuple[Property, ...] = tuple(row("item", *one) for one in _ROWS)

_MESSAGE_ROWS: tuple[tuple[str, Codec, str], ...] = (
    ("Sender", PERSON, "a"),
    ("ToRecipients", PEOPLE, "ag+"),
    ("CcRecipients", PEOPLE, "ag+"),
    ("BccRecipients", PEOPLE, "ag+"),
    ("IsReadReceiptRequested", BOOLEAN, "ak"),
    ("IsDeliveryReceiptRequested", BOOLEAN, "ak"),
    ("ConversationIndex", BINARY, "a"),
    ("ConversationTopic", TEXT, "ra"),
    ("From", PERSON, "a"),
    ("InternetMessageId", TEXT, "a"),
    ("IsRead", BOOLEAN, "akf"),
    ("IsResponseRequested", BOOLEAN, "ak"),
    ("References", TEXT, "a"),
    ("ReplyTo", PEOPLE, "ag+"),
    ("ReceivedBy", PERSON, "a"),
    ("ReceivedRepresenting", PERSON, "a"),
    ("ApprovalRequestData", KEPT, "rg"),
    ("VotingInformation", KEPT, "rg"),
    ("ReminderMessageData", KEPT, "g"),
    ("SenderSMTPAddress", TEXT, "r"),
    ("MailboxGuids", KEPT, "r"),
)
MESSAGE: tuple[Property, ...] = ITEM + tuple(row("message", *one) for one in _MESSAGE_ROWS)

_MESSAGE_BY_NAME = {one.name: one for one in MESSAGE}
POST: tuple[Property, ...] = (
    *ITEM,
    *(_MESSAGE_BY_NAME[name] for name in ("ConversationIndex", "ConversationTopic", "From", "InternetMessageId")),
    _MESSAGE_BY_NAME["IsRead"],
    row("postitem", "PostedTime", MOMENT, "ra"),
    _MESSAGE_BY_NAME["References"],
    _MESSAGE_BY_NAME["Sender"],
)
