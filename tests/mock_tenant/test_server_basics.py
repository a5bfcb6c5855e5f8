from __future__ import annotations

from tests.mock_tenant.raw_client import RawClient

GET_CALENDAR = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)


def test_get_folder_by_impersonation(soap: RawClient) -> None:
    answer = soap(GET_CALENDAR, impersonate="alice@contoso.test")
    assert answer.status == 200
    assert answer.codes == ["NoError"]
    assert answer.text("//t:CalendarFolder/t:DisplayName") == "Calendar"
