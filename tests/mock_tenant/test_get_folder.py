"""GetFolder: shapes, ids, rights and errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import MailboxState, Recipient
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]
CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'


def get_folder(ids: str, base: str = "IdOnly", more: str = "") -> str:
    additional = f"<t:AdditionalProperties>{more}</t:AdditionalProperties>" if more else ""
    return (
        f"<m:GetFolder><m:FolderShape><t:BaseShape>{base}</t:BaseShape>{additional}</m:FolderShape>"
        f"<m:FolderIds>{ids}</m:FolderIds></m:GetFolder>"
    )


def names(answer_path: list[str]) -> list[str]:
    return [name.rpartition("}")[2] for name in answer_path]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("IdOnly", ["FolderId"]),
        ("Default", ["FolderId", "DisplayName", "TotalCount", "ChildFolderCount"]),
        (
            "AllProperties",
            [
                "FolderId",
                "ParentFolderId",
                "FolderClass",
                "DisplayName",
                "TotalCount",
                "ChildFolderCount",
                "EffectiveRights",
                "DistinguishedFolderId",
            ],
        ),
    ],
)
def test_base_shapes(soap: RawClient, base: str, expected: list[str]) -> None:
    answer = soap(get_folder(CALENDAR, base))
    assert names([str(child.tag) for child in answer.one("//t:CalendarFolder")]) == expected


@pytest.mark.parametrize(
    ("distinguished", "element"),
    [
        ("calendar", "CalendarFolder"),
        ("contacts", "ContactsFolder"),
        ("tasks", "TasksFolder"),
        ("inbox", "Folder"),
        ("root", "Folder"),
        ("msgfolderroot", "Folder"),
    ],
)
def test_kinds_of_folders(soap: RawClient, distinguished: str, element: str) -> None:
    answer = soap(get_folder(f'<t:DistinguishedFolderId Id="{distinguished}"/>', "AllProperties"))
    assert answer.codes == ["NoError"]
    assert names([str(answer.one("//m:Folders")[0].tag)]) == [element]
    assert bool(answer.all("//t:UnreadCount")) is (element in ("Folder", "TasksFolder"))


def test_additional_properties_come_in_the_order_of_the_schema(soap: RawClient) -> None:
    more = (
        '<t:FieldURI FieldURI="folder:PermissionSet"/><t:FieldURI FieldURI="folder:EffectiveRights"/>'
        '<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>'
        '<t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURI FieldURI="folder:UnreadCount"/>'
    )
    answer = soap(get_folder(CALENDAR, more=more), impersonate="alice@contoso.test")
    assert names([str(child.tag) for child in answer.one("//t:CalendarFolder")]) == [
        "FolderId",
        "FolderClass",
        "ExtendedProperty",
        "EffectiveRights",
        "PermissionSet",
    ]
    assert answer.text("//t:ExtendedProperty/t:Value") == "IPF.Appointment"


@pytest.mark.parametrize(
    ("tag", "kind", "value"),
    [
        ("0x3001", "String", "Calendar"),
        ("12289", "String", "Calendar"),
        ("0x3601", "Integer", "1"),
        ("0x3602", "Integer", "0"),
        ("0x360a", "Boolean", "false"),
        ("0x10f4", "Boolean", "false"),
        ("0x0e08", "Integer", "0"),
    ],
)
def test_properties_that_every_folder_has(soap: RawClient, new_user: NewUser, tag: str, kind: str, value: str) -> None:
    more = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
    answer = soap(get_folder(CALENDAR, more=more), impersonate=new_user().email)
    assert answer.text("//t:ExtendedProperty/t:Value") == value


def test_a_property_that_the_folder_does_not_have_is_left_out(soap: RawClient) -> None:
    more = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="x" PropertyType="String"/>'
    answer = soap(get_folder(CALENDAR, more=more))
    assert answer.codes == ["NoError"]
    assert not answer.all("//t:ExtendedProperty")


def test_a_property_named_in_a_way_that_is_not_allowed(soap: RawClient) -> None:
    more = '<t:ExtendedFieldURI PropertyTag="0x8001" PropertyType="String"/>'
    assert soap(get_folder(CALENDAR, more=more)).codes == ["ErrorNoPropertyTagForCustomProperties"]


def test_ids_lead_back_to_the_folder(soap: RawClient) -> None:
    first = soap(get_folder(CALENDAR), impersonate="alice@contoso.test").one("//t:FolderId")
    again = soap(
        get_folder(f'<t:FolderId Id="{first.get("Id")}" ChangeKey="{first.get("ChangeKey")}"/>', "Default"),
        impersonate="alice@contoso.test",
    )
    assert again.text("//t:DisplayName") == "Calendar"


def test_many_folders_are_answered_one_by_one(soap: RawClient) -> None:
    ids = f'{CALENDAR}<t:FolderId Id="nonsense"/><t:DistinguishedFolderId Id="archiveroot"/>{CALENDAR}'
    answer = soap(get_folder(ids))
    assert answer.status == 200
    assert answer.codes == ["NoError", "ErrorInvalidIdMalformed", "ErrorFolderNotFound", "NoError"]
    classes = [str(one.get("ResponseClass")) for one in answer.all("//m:GetFolderResponseMessage")]
    assert classes == ["Success", "Error", "Error", "Success"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("nobody@contoso.test", "ErrorNonExistentMailbox"),
        ("alice.alias@contoso.test", "ErrorNonPrimarySmtpAddress"),
        ("gone-to-cloud@contoso.test", "ErrorNonExistentMailbox"),
        ("bob@contoso.test", "ErrorAccessDenied"),
    ],
)
def test_other_mailboxes_without_impersonation(soap: RawClient, address: str, code: str) -> None:
    ids = (
        f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox>'
        "</t:DistinguishedFolderId>"
    )
    answer = soap(get_folder(ids), auth=("alice@contoso.test", USER_PASSWORD))
    assert answer.status == 200
    assert answer.codes == [code]


def test_the_primary_address_is_told(soap: RawClient) -> None:
    ids = (
        '<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>alice.alias@contoso.test</t:EmailAddress>'
        "</t:Mailbox></t:DistinguishedFolderId>"
    )
    answer = soap(get_folder(ids))
    assert answer.text("//m:MessageXml/t:Value[@Name='Primary']") == "alice@contoso.test"


def test_a_delegate_sees_what_the_folder_lets_him(
    soap: RawClient, tenant_server: MockTenant, new_user: NewUser
) -> None:
    owner, reader = new_user(), new_user()
    made = tenant_server.organization
    with made.lock:
        made.mailbox(owner).distinguished("calendar").permissions[reader.email] = "Reviewer"
    ids = (
        f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{owner.email}</t:EmailAddress></t:Mailbox>'
        "</t:DistinguishedFolderId>"
    )
    more = '<t:FieldURI FieldURI="folder:PermissionSet"/>'
    answer = soap(get_folder(ids, "AllProperties", more), auth=(reader.email, USER_PASSWORD))
    assert answer.text("//t:EffectiveRights/t:Read") == "true"
    assert answer.text("//t:EffectiveRights/t:CreateContents") == "false"
    assert not answer.all("//t:PermissionSet")
    owned = soap(get_folder(ids, "IdOnly", more), auth=(owner.email, USER_PASSWORD))
    levels = [one.text for one in owned.all("//t:CalendarPermissionLevel")]
    assert levels == ["FreeBusyTimeOnly", "None", "Reviewer"]
    address = owned.text("//t:CalendarPermission[3]/t:UserId/t:PrimarySmtpAddress")
    assert address == reader.email


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (MailboxState.MOVING, "ErrorMailboxMoveInProgress"),
        (MailboxState.FAILOVER, "ErrorMailboxFailover"),
        (MailboxState.STORE_DOWN, "ErrorMailboxStoreUnavailable"),
    ],
)
def test_mailboxes_that_cannot_be_opened(soap: RawClient, new_user: NewUser, state: MailboxState, code: str) -> None:
    user = new_user()
    user.state = state
    answer = soap(get_folder(CALENDAR), auth=(user.email, USER_PASSWORD))
    assert (answer.status, answer.codes) == (200, [code])


def test_names_are_written_as_text(soap: RawClient, tenant_server: MockTenant, new_user: NewUser) -> None:
    user = new_user()
    made = tenant_server.organization
    with made.lock:
        box = made.mailbox(user)
        box.add_folder(box.distinguished("calendar"), "=1+1 <b>&\u0001\u2603", "IPF.Appointment")
        folder = box.folder_id(box.children(box.distinguished("calendar"))[0])
    answer = soap(get_folder(f'<t:FolderId Id="{folder}"/>', "Default"), auth=(user.email, USER_PASSWORD))
    assert answer.text("//t:DisplayName") == "=1+1 <b>&\u2603"


# -- ConvertId


def convert(source: str, destination: str) -> str:
    return f'<m:ConvertId DestinationFormat="{destination}"><m:SourceIds>{source}</m:SourceIds></m:ConvertId>'


@pytest.mark.parametrize("form", ["EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"])
def test_ids_survive_every_format(soap: RawClient, form: str) -> None:
    original = soap(get_folder(CALENDAR)).one("//t:FolderId").get("Id")
    there = soap(convert(f'<t:AlternateId Format="EwsId" Id="{original}" Mailbox="a@contoso.test"/>', form))
    assert there.codes == ["NoError"]
    converted = there.one("//m:AlternateId")
    assert converted.get("Format") == form
    assert converted.get("Mailbox") == "a@contoso.test"
    back = soap(
        convert(f'<t:AlternateId Format="{form}" Id="{converted.get("Id")}" Mailbox="a@contoso.test"/>', "EwsId")
    )
    assert back.one("//m:AlternateId").get("Id") == original


@pytest.mark.parametrize("form", ["EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"])
@pytest.mark.parametrize("text", ["DUMMY", "", "!", "AAAA", "zz"])
def test_an_id_that_is_none_still_proves_the_sign_in(soap: RawClient, form: str, text: str) -> None:
    answer = soap(convert(f'<t:AlternateId Format="{form}" Id="{text}" Mailbox="a@contoso.test"/>', "EwsId"))
    assert answer.status == 200
    assert answer.codes == ["ErrorInvalidIdMalformed"]


def test_public_folders_are_not_there(soap: RawClient) -> None:
    answer = soap(convert('<t:AlternatePublicFolderId Format="EwsId" FolderId="x"/>', "EwsId"))
    assert answer.codes == ["ErrorPublicFolderRequestProcessingFailed"]


@pytest.mark.parametrize(
    "body",
    [
        '<m:ConvertId DestinationFormat="Nonsense"><m:SourceIds/></m:ConvertId>',
        '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds/></m:ConvertId>',
        "<m:ConvertId/>",
        convert('<t:AlternateId Format="EwsId" Id="x"/>', "EwsId"),
        convert('<t:AlternateId Format="Nonsense" Id="x" Mailbox="a"/>', "EwsId"),
    ],
)
def test_what_convert_id_does_not_allow(soap: RawClient, body: str) -> None:
    assert soap(body).codes == ["ErrorSchemaValidation"]


def test_the_recorder_knows_codes_wherever_they_stand(soap: RawClient, tenant_server: MockTenant) -> None:
    soap("<m:GetRoomLists/>", headers={"User-Agent": "codes"})
    told = [one for one in tenant_server.recorder.requests() if one.user_agent == "codes"]
    assert [one.codes for one in told] == [("NoError",)]
