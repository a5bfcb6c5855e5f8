"""What somebody may do in whose mailbox: own mailbox, FullAccess, folder permissions.

Permission levels: https://learn.microsoft.com/powershell/module/exchange/add-mailboxfolderpermission
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from calconnect.mock_tenant.state.directory import MailboxState, Recipient, mailbox_holder
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import ThingId
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox
from calconnect.mock_tenant.state.organization import Organization


class Right(Flag):
    """What can be done in a folder."""

    NONE = 0
    FREE_BUSY = auto()
    FREE_BUSY_DETAILS = auto()
    VISIBLE = auto()
    READ = auto()
    CREATE = auto()
    EDIT_OWN = auto()
    DELETE_OWN = auto()
    EDIT_ALL = auto()
    DELETE_ALL = auto()
    CREATE_SUBFOLDERS = auto()
    OWNER = auto()


_BUSY = Right.FREE_BUSY
_DETAILS = _BUSY | Right.FREE_BUSY_DETAILS
_READER = _DETAILS | Right.VISIBLE | Right.READ
_NONEDITING = _READER | Right.CREATE | Right.DELETE_OWN
_AUTHOR = _READER | Right.CREATE | Right.EDIT_OWN | Right.DELETE_OWN
_EDITOR = _AUTHOR | Right.EDIT_ALL | Right.DELETE_ALL
LEVELS: dict[str, Right] = {
    "None": Right.NONE,
    "AvailabilityOnly": _BUSY,
    "LimitedDetails": _DETAILS,
    "Contributor": _BUSY | Right.VISIBLE | Right.CREATE,
    "Reviewer": _READER,
    "NonEditingAuthor": _NONEDITING,
    "Author": _AUTHOR,
    "PublishingAuthor": _AUTHOR | Right.CREATE_SUBFOLDERS,
    "Editor": _EDITOR,
    "PublishingEditor": _EDITOR | Right.CREATE_SUBFOLDERS,
    "Owner": _EDITOR | Right.CREATE_SUBFOLDERS | Right.OWNER,
}
EVERYTHING = LEVELS["Owner"]
SINGLE_RIGHTS: dict[str, Right] = {
    "CreateItems": Right.CREATE,
    "CreateSubfolders": Right.CREATE_SUBFOLDERS,
    "DeleteAllItems": Right.DELETE_OWN | Right.DELETE_ALL,
    "DeleteOwnedItems": Right.DELETE_OWN,
    "EditAllItems": Right.EDIT_OWN | Right.EDIT_ALL,
    "EditOwnedItems": Right.EDIT_OWN,
    "FolderOwner": Right.OWNER,
    "FolderVisible": Right.VISIBLE,
    "ReadItems": _DETAILS | Right.READ,
}
"""What a permission can be made of that is no level."""


def rights_of(permission: str) -> Right:
    """Return the rights in a permission: a level, or several of levels and single rights, with commas between."""
    found = Right.NONE
    for name in permission.split(","):
        found |= LEVELS.get(name.strip()) or SINGLE_RIGHTS.get(name.strip(), Right.NONE)
    return found


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of one recipient (None: an account without a mailbox) in an organisation."""

    organization: Organization
    acting: Recipient | None

    def own_mailbox(self) -> Mailbox:
        """Return the acting recipient's own mailbox.

        Raises:
            EwsError: ``ErrorMissingEmailAddress``, ``ErrorNonExistentMailbox`` or the mailbox's state.
        """
        if self.acting is None:
            raise EwsError(
                "ErrorMissingEmailAddress",
                "When making a request as an account that does not have a mailbox, you must specify the mailbox "
                "primary SMTP address for any distinguished folder Ids.",
            )
        return self.organization.mailbox(self.acting)

    def mailbox_of(self, address: str) -> Mailbox:
        """Return the mailbox with this primary SMTP address. What may be done in it is asked folder by folder.

        Raises:
            EwsError: ``ErrorNonExistentMailbox``, ``ErrorNonPrimarySmtpAddress`` or the mailbox's state.
        """
        return self.organization.mailbox(mailbox_holder(self.organization.directory, address))

    def mailbox_by_id(self, thing: ThingId) -> Mailbox:
        """Return the mailbox that an id leads to.

        Raises:
            EwsError: ``ErrorItemNotFound`` or the mailbox's state.
        """
        recipient = self.organization.directory.by_guid(thing.mailbox)
        if recipient is None or recipient.state is MailboxState.SOFT_DELETED:
            raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")
        return self.organization.mailbox(recipient)

    def rights(self, mailbox: Mailbox, folder: Folder) -> Right:
        """Return what may be done in a folder."""
        if self.acting is mailbox.recipient:
            return EVERYTHING
        address = self.acting.email.lower() if self.acting is not None else "anonymous"
        if address in mailbox.full_access:
            return EVERYTHING
        default = "AvailabilityOnly" if folder.distinguished == "calendar" else "None"
        level = folder.permissions.get(address) or folder.permissions.get("default") or default
        return rights_of(level)

    def demand(self, mailbox: Mailbox, folder: Folder, right: Right, code: str = "ErrorAccessDenied") -> None:
        """Make sure that everything in ``right`` may be done in a folder.

        Raises:
            EwsError: ``ErrorAccessDenied``, or the code given.
        """
        if right & ~self.rights(mailbox, folder):
            raise EwsError(code, "Access is denied. Check credentials and try again.")

    def demand_sight(self, mailbox: Mailbox, folder: Folder) -> None:
        """Make sure that a folder is not kept from the caller altogether: who has no right in it cannot tell that it
        is there. Who may only see free and busy times has one, and is refused by ``demand``.

        https://learn.microsoft.com/exchange/client-developer/exchange-web-services/handling-delegation-related-errors-in-ews-in-exchange

        Raises:
            EwsError: ``ErrorFolderNotFound``.
        """
        if not self.rights(mailbox, folder):
            raise EwsError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
