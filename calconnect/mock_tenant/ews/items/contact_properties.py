"""The properties of contacts, distribution lists and tasks, in the order of the schema.

Order: types.xsd, ContactItemType, DistributionListType, TaskType.
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.items.codecs import (
    BINARY,
    BOOLEAN,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    Codec,
    Strings,
    choice,
)
from calconnect.mock_tenant.ews.items.item_properties import COMPUTED, ITEM, KEPT, PEOPLE, PERSON, STRINGS, row
from calconnect.mock_tenant.ews.items.people_codecs import EmailEntries, Entries, PostalAddresses
from calconnect.mock_tenant.ews.items.property import Property
from calconnect.mock_tenant.ews.items.recurrence_xml import RecurrenceCodec

FILE_AS = choice(
    "None",
    "LastCommaFirst",
    "FirstSpaceLast",
    "Company",
    "LastCommaFirstCompany",
    "CompanyLastFirst",
    "LastFirst",
    "LastFirstCompany",
    "CompanyLastCommaFirst",
    "LastFirstSuffix",
    "LastSpaceFirstCompany",
    "CompanyLastSpaceFirst",
    "LastSpaceFirst",
    "DisplayName",
    "FirstName",
    "LastFirstMiddleSuffix",
    "LastName",
    "Empty",
)
SOURCE = choice("ActiveDirectory", "Store")
EMAILS = EmailEntries("EmailAddress1", "EmailAddress2", "EmailAddress3")
IMS = Entries("ImAddress1", "ImAddress2", "ImAddress3")
PHONES = Entries(
    "AssistantPhone",
    "BusinessFax",
    "BusinessPhone",
    "BusinessPhone2",
    "Callback",
    "CarPhone",
    "CompanyMainPhone",
    "HomeFax",
    "HomePhone",
    "HomePhone2",
    "Isdn",
    "MobilePhone",
    "OtherFax",
    "OtherTelephone",
    "Pager",
    "PrimaryPhone",
    "RadioPhone",
    "Telex",
    "TtyTddPhone",
    "BusinessMobile",
    "IPPhone",
    "Mms",
    "Msn",
)
POSTAL = PostalAddresses("Home", "Business", "Other")
POSTAL_INDEX = choice("None", "Business", "Home", "Other")
CERTIFICATES = Strings("Base64Binary")

_CONTACT_ROWS: tuple[tuple[str, Codec, str], ...] = (
    ("FileAs", TEXT, "a"),
    ("FileAsMapping", FILE_AS, "a"),
    ("DisplayName", TEXT, "a"),
    ("GivenName", TEXT, "a"),
    ("Initials", TEXT, "a"),
    ("MiddleName", TEXT, "a"),
    ("Nickname", TEXT, "a"),
    ("CompleteName", COMPUTED, "ra"),
    ("CompanyName", TEXT, "a"),
    ("EmailAddresses", EMAILS, "a"),
    ("AbchEmailAddresses", KEPT, ""),
    ("PhysicalAddresses", POSTAL, "a"),
    ("PhoneNumbers", PHONES, "a"),
    ("AssistantName", TEXT, "a"),
    ("Birthday", MOMENT, "a"),
    ("BusinessHomePage", TEXT, "a"),
    ("Children", STRINGS, "a"),
    ("Companies", STRINGS, "a"),
    ("ContactSource", SOURCE, "ra"),
    ("Department", TEXT, "a"),
    ("Generation", TEXT, "a"),
    ("ImAddresses", IMS, "a"),
    ("JobTitle", TEXT, "a"),
    ("Manager", TEXT, "a"),
    ("Mileage", TEXT, "a"),
    ("OfficeLocation", TEXT, "a"),
    ("PostalAddressIndex", POSTAL_INDEX, "a"),
    ("Profession", TEXT, "a"),
    ("SpouseName", TEXT, "a"),
    ("Surname", TEXT, "a"),
    ("WeddingAnniversary", MOMENT, "a"),
    ("HasPicture", BOOLEAN, "ra"),
    ("PhoneticFullName", TEXT, "r"),
    ("PhoneticFirstName", TEXT, "r"),
    ("PhoneticLastName", TEXT, "r"),
    ("Alias", TEXT, "r"),
    ("Notes", TEXT, "r"),
    ("Photo", BINARY, "rg"),
    ("UserSMIMECertificate", CERTIFICATES, "g"),
    ("MSExchangeCertificate", CERTIFICATES, "g"),
    ("DirectoryId", TEXT, "r"),
    ("ManagerMailbox", PERSON, "r"),
    ("DirectReports", PEOPLE, "r"),
)
_CONTACT_LATER: tuple[tuple[str, Codec], ...] = (
    ("AccountName", TEXT),
    ("IsAutoUpdateDisabled", BOOLEAN),
    ("IsMessengerEnabled", BOOLEAN),
    ("Comment", TEXT),
    ("ContactShortId", INTEGER),
    ("ContactType", TEXT),
    ("Gender", TEXT),
    ("IsHidden", BOOLEAN),
    ("ObjectId", TEXT),
    ("PassportId", INTEGER),
    ("IsPrivate", BOOLEAN),
    ("SourceId", TEXT),
    ("TrustLevel", INTEGER),
    ("CreatedBy", TEXT),
    ("Urls", KEPT),
    ("Cid", INTEGER),
    ("SkypeAuthCertificate", TEXT),
    ("SkypeContext", TEXT),
    ("SkypeId", TEXT),
    ("SkypeRelationship", TEXT),
    ("YomiNickname", TEXT),
    ("XboxLiveTag", TEXT),
    ("InviteFree", BOOLEAN),
    ("HidePresenceAndProfile", BOOLEAN),
    ("IsPendingOutbound", BOOLEAN),
    ("SupportGroupFeeds", BOOLEAN),
    ("UserTileHash", TEXT),
    ("UnifiedInbox", BOOLEAN),
    ("Mris", STRINGS),
    ("Wlid", TEXT),
    ("AbchContactId", TEXT),
    ("NotInBirthdayCalendar", BOOLEAN),
    ("ShellContactType", TEXT),
    ("ImMri", TEXT),
    ("PresenceTrustLevel", INTEGER),
    ("OtherMri", TEXT),
    ("ProfileLastChanged", TEXT),
    ("MobileIMEnabled", BOOLEAN),
    ("PartnerNetworkProfilePhotoUrl", TEXT),
    ("PartnerNetworkThumbnailPhotoUrl", TEXT),
    ("PersonId", TEXT),
    ("ConversationGuid", TEXT),
)
_CONTACT = tuple(row("contacts", *one) for one in _CONTACT_ROWS)
CONTACT: tuple[Property, ...] = ITEM + _CONTACT + tuple(row("contacts", *one) for one in _CONTACT_LATER)
_BY_NAME = {one.name: one for one in _CONTACT}
DISTRIBUTION_LIST: tuple[Property, ...] = (
    *ITEM,
    _BY_NAME["DisplayName"],
    _BY_NAME["FileAs"],
    _BY_NAME["ContactSource"],
    row("distributionlist", "Members", KEPT, "g+"),
)

TASK_STATUS = choice("NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred")
DELEGATION = choice("NoMatch", "OwnNew", "Owned", "Accepted", "Declined", "Max")
_TASK_ROWS: tuple[tuple[str, Codec, str], ...] = (
    ("ActualWork", INTEGER, "a"),
    ("AssignedTime", MOMENT, "ra"),
    ("BillingInformation", TEXT, "a"),
    ("ChangeCount", INTEGER, "ra"),
    ("Companies", STRINGS, "a"),
    ("CompleteDate", MOMENT, "a"),
    ("Contacts", STRINGS, "a"),
    ("DelegationState", DELEGATION, "ra"),
    ("Delegator", TEXT, "ra"),
    ("DueDate", MOMENT, "a"),
    ("IsAssignmentEditable", INTEGER, "ra"),
    ("IsComplete", BOOLEAN, "ra"),
    ("IsRecurring", BOOLEAN, "ra"),
    ("IsTeamTask", BOOLEAN, "ra"),
    ("Mileage", TEXT, "a"),
    ("Owner", TEXT, "ra"),
    ("PercentComplete", NUMBER, "ak"),
    ("Recurrence", RecurrenceCodec(regenerating=True), "ag"),
    ("StartDate", MOMENT, "a"),
    ("Status", TASK_STATUS, "ak"),
    ("StatusDescription", TEXT, "ra"),
    ("TotalWork", INTEGER, "a"),
)
TASK: tuple[Property, ...] = ITEM + tuple(row("task", *one) for one in _TASK_ROWS)
