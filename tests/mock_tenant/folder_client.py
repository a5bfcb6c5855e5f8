"""Folder operations in one mailbox, for the tests of folders."""

from __future__ import annotations

from calconnect.mock_tenant.state.ids import decode_id
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox
from tests.mock_tenant.raw_client import Answer, RawClient

ROOT = '<t:DistinguishedFolderId Id="msgfolderroot"/>'


class Folders:
    """Folder operations in one mailbox, impersonated."""

    def __init__(self, soap: RawClient, mailbox: Mailbox) -> None:
        self.soap, self.mailbox, self.user = soap, mailbox, mailbox.recipient.email

    def __call__(self, body: str, version: str = "Exchange2016") -> Answer:
        return self.soap(body, impersonate=self.user, version=version)

    def create(self, name: str, parent: str = ROOT, kind: str = "Folder", more: str = "", before: str = "") -> Answer:
        return self(
            f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders>"
            f"<t:{kind}>{before}<t:DisplayName>{name}</t:DisplayName>{more}</t:{kind}></m:Folders></m:CreateFolder>"
        )

    def created(self, name: str, parent: str = ROOT, kind: str = "Folder", more: str = "") -> str:
        answer = self.create(name, parent, kind, more)
        assert answer.codes == ["NoError"]
        return f'<t:FolderId Id="{answer.one("//t:FolderId").get("Id")}"/>'

    def find(
        self,
        parents: str = ROOT,
        traversal: str = "Shallow",
        shape: str = "<t:BaseShape>Default</t:BaseShape>",
        view: str = "",
        restriction: str = "",
    ) -> Answer:
        wanted = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
        return self(
            f'<m:FindFolder Traversal="{traversal}"><m:FolderShape>{shape}</m:FolderShape>{view}{wanted}'
            f"<m:ParentFolderIds>{parents}</m:ParentFolderIds></m:FindFolder>"
        )

    def names(self, *arguments: str, **named: str) -> list[str]:
        return [one.text or "" for one in self.find(*arguments, **named).all("//t:DisplayName")]

    def update(self, folder: str, *updates: str) -> Answer:
        return self(
            f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates>{''.join(updates)}</t:Updates>"
            "</t:FolderChange></m:FolderChanges></m:UpdateFolder>"
        )

    def delete(self, folder: str, how: str = "HardDelete") -> Answer:
        return self(f'<m:DeleteFolder DeleteType="{how}"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>')

    def folder(self, element: str) -> Folder:
        return self.mailbox.folder(decode_id(element.split('"')[1]).number)


def field(uri: str) -> str:
    return f'<t:FieldURI FieldURI="folder:{uri}"/>'


def add_item(mailbox: Mailbox, folder: Folder) -> Item:
    return mailbox.add_item(folder, Item(mailbox.next_number(), 0, "Message", properties={"Subject": "x"}))
