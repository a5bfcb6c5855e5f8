"""Delegates: who they are, what they may do in which folder, and how that is written.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/delegate-access-and-ews-in-exchange
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.people_codecs import mailbox_node
from calconnect.mock_tenant.ews.permission_update import resolve_user
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.responses import failure, success
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, flag, m, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_FOLDERS = {
    "CalendarFolderPermissionLevel": "calendar",
    "TasksFolderPermissionLevel": "tasks",
    "InboxFolderPermissionLevel": "inbox",
    "ContactsFolderPermissionLevel": "contacts",
    "NotesFolderPermissionLevel": "notes",
    "JournalFolderPermissionLevel": "journal",
}
_LEVELS = frozenset({"None", "Editor", "Reviewer", "Author", "Custom"})
_BOOLEAN = frozenset({"true", "false", "1", "0"})
_VIEW, _COPIES = "view_private_items", "receive_copies_of_meeting_messages"

MAILBOX = Node("Mailbox", mailbox_node(required=True).children, MESSAGES)
"""Grammar of the element that says whose delegates are meant."""
_USER_ID = Node(
    "UserId",
    tuple(
        Node(name, required=False)
        for name in ("SID", "PrimarySmtpAddress", "DisplayName", "DistinguishedUser", "ExternalUserIdentity")
    ),
)
_PERMISSIONS = Node(
    "DelegatePermissions", tuple(Node(name, required=False, values=_LEVELS) for name in _FOLDERS), required=False
)
_DELEGATE_USER = Node(
    "DelegateUser",
    (
        _USER_ID,
        _PERMISSIONS,
        Node("ReceiveCopiesOfMeetingMessages", required=False, values=_BOOLEAN),
        Node("ViewPrivateItems", required=False, values=_BOOLEAN),
    ),
)


def user_ids_node(*, required: bool) -> Node:
    """Describe ``m:UserIds``."""
    return Node("UserIds", (_USER_ID,), MESSAGES, required, choice=True, at_least=1)


def delegate_users_node(*, required: bool) -> Node:
    """Describe ``m:DelegateUsers``."""
    return Node("DelegateUsers", (_DELEGATE_USER,), MESSAGES, required, choice=True, at_least=1)


def deliver_node() -> Node:
    """Describe ``m:DeliverMeetingRequests``."""
    values = frozenset({"DelegatesOnly", "DelegatesAndMe", "DelegatesAndSendInformationToMe", "NoForward"})
    return Node("DeliverMeetingRequests", namespace=MESSAGES, required=False, values=values)


def answer(operation: str, request: Request, work: Callable[[Mailbox], Iterable[Element]]) -> Element:
    """Answer an operation on delegates.

    Args:
        operation: ``GetDelegate``.
        request: who asks, and whose delegates are meant.
        work: does it and returns what stands beside the response code.
    """
    name = f"{operation}Response"
    try:
        mailbox = request.access.mailbox_of(text_of(request.body, "Mailbox", "EmailAddress") or "")
        request.access.demand(mailbox, mailbox.distinguished("root"), Right.OWNER)
        return success(name, *work(mailbox))
    except EwsError as error:
        return failure(name, error)


def messages(things: Iterable[Element], work: Callable[[Element], Element | None]) -> list[Element]:
    """Return ``m:ResponseMessages`` with one message for each delegate; an empty list if there is none.

    The EWS Managed API cannot read an empty ``ResponseMessages``: https://github.com/OfficeDev/ews-managed-api/issues/121
    """
    found = []
    for thing in things:
        try:
            found.append(success("DelegateUserResponseMessageType", work(thing)))
        except EwsError as error:
            found.append(failure("DelegateUserResponseMessageType", error))
    return [m("ResponseMessages", *found)] if found else []


def resolve_delegate(request: Request, user_id: Element | None) -> Recipient:
    """Return who a ``t:UserId`` means.

    Raises:
        EwsError: ``ErrorDistinguishedUserNotSupported``, ``ErrorInvalidDelegateUserId``, ``ErrorDelegateNoUser``.
    """
    if text_of(user_id, "DistinguishedUser") is not None:
        raise EwsError("ErrorDistinguishedUserNotSupported", "A delegate must be a user.")
    if not (text_of(user_id, "PrimarySmtpAddress") or text_of(user_id, "SID")):
        raise EwsError("ErrorInvalidDelegateUserId", "The delegate is named neither by address nor by SID.")
    try:
        return resolve_user(request.organization.directory, user_id)
    except EwsError:
        raise EwsError("ErrorDelegateNoUser", "There is no such user.") from None


def demand_delegate(mailbox: Mailbox, recipient: Recipient) -> None:
    """Make sure that somebody is a delegate.

    Raises:
        EwsError: ``ErrorNotDelegate``.
    """
    if recipient.email.lower() not in mailbox.delegates:
        raise EwsError("ErrorNotDelegate", "The user is not a delegate for the mailbox.")


def set_delegate(mailbox: Mailbox, recipient: Recipient, wanted: Element) -> None:
    """Give a delegate what a ``t:DelegateUser`` says; what it does not mention stays.

    Raises:
        EwsError: ``ErrorInvalidDelegatePermission``.
    """
    key = recipient.email.lower()
    levels = {
        folder: level
        for name, folder in _FOLDERS.items()
        if (level := text_of(wanted, "DelegatePermissions", name)) is not None
    }
    if "Custom" in levels.values():
        raise EwsError("ErrorInvalidDelegatePermission", "The permission level Custom cannot be set.")
    flags = dict(mailbox.delegates.get(key, {_VIEW: False, _COPIES: False}))
    for name, flag_name in (("ViewPrivateItems", _VIEW), ("ReceiveCopiesOfMeetingMessages", _COPIES)):
        text = text_of(wanted, name)
        if text is not None:
            flags[flag_name] = text in ("true", "1")
    calendar = levels.get("calendar") or _level(mailbox.distinguished("calendar"), key)
    if flags[_COPIES] and calendar != "Editor":
        raise EwsError("ErrorInvalidDelegatePermission", "Copies of meeting messages need an editor of the calendar.")
    for folder_name, level in levels.items():
        _set_level(mailbox, mailbox.distinguished(folder_name), key, level)
    mailbox.delegates[key] = flags


def remove_delegate(mailbox: Mailbox, recipient: Recipient) -> None:
    """Take from a delegate what makes them one."""
    key = recipient.email.lower()
    for folder_name in _FOLDERS.values():
        _set_level(mailbox, mailbox.distinguished(folder_name), key, "None")
    del mailbox.delegates[key]


def delegate_user(mailbox: Mailbox, recipient: Recipient, *, permissions: bool) -> Element:
    """Return ``m:DelegateUser``."""
    key = recipient.email.lower()
    flags = mailbox.delegates[key]
    levels = (t(name, text=_level(mailbox.distinguished(folder), key)) for name, folder in _FOLDERS.items())
    return m(
        "DelegateUser",
        t(
            "UserId",
            t("SID", text=recipient.sid),
            t("PrimarySmtpAddress", text=recipient.email),
            t("DisplayName", text=recipient.name),
        ),
        t("DelegatePermissions", *levels) if permissions else None,
        t("ReceiveCopiesOfMeetingMessages", text=flag(bool(flags.get(_COPIES)))),
        t("ViewPrivateItems", text=flag(bool(flags.get(_VIEW)))),
    )


def set_delivery(mailbox: Mailbox, request: Request) -> None:
    """Take over who gets meeting requests, if the request says so."""
    element = find(request.body, "DeliverMeetingRequests")
    if element is not None:
        mailbox.deliver_meeting_requests = (element.text or "").strip()


def _level(folder: Folder, key: str) -> str:
    level = folder.permissions.get(key, "None")
    return level if level in _LEVELS else "Custom"


def _set_level(mailbox: Mailbox, folder: Folder, key: str, level: str) -> None:
    before = folder.permissions.get(key)
    if level == "None":
        folder.permissions.pop(key, None)
    else:
        folder.permissions[key] = level
    if folder.permissions.get(key) != before:
        mailbox.touch_folder(folder)
