"""Permission sets as requests bring them: read into what a folder keeps.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/permissionset-permissionsettype
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.xml import Element, elements, find, text_of
from calconnect.mock_tenant.state.access import LEVELS, rights_of
from calconnect.mock_tenant.state.directory import Directory, Recipient
from calconnect.mock_tenant.state.errors import EwsError

_LEVELS = {
    "FreeBusyTimeOnly": "AvailabilityOnly",
    "FreeBusyTimeAndSubjectAndLocation": "LimitedDetails",
    "NoneditingAuthor": "NonEditingAuthor",
}
_READING = {"TimeOnly": "AvailabilityOnly", "TimeAndSubjectAndLocation": "LimitedDetails", "FullDetails": "ReadItems"}
_SWITCHES = {
    "CanCreateItems": "CreateItems",
    "CanCreateSubFolders": "CreateSubfolders",
    "IsFolderOwner": "FolderOwner",
    "IsFolderVisible": "FolderVisible",
}
_EXTENTS = {
    ("EditItems", "Owned"): "EditOwnedItems",
    ("EditItems", "All"): "EditAllItems",
    ("DeleteItems", "Owned"): "DeleteOwnedItems",
    ("DeleteItems", "All"): "DeleteAllItems",
}


def read_permission_set(directory: Directory, element: Element, *, calendar: bool) -> dict[str, str]:
    """Read a ``t:PermissionSet``.

    Args:
        directory: where its users are found.
        element: the permission set.
        calendar: whether the folder is a calendar folder.

    Returns:
        What ``Folder.permissions`` holds.

    Raises:
        EwsError: ``ErrorCannotSetCalendarPermissionOnNonCalendarFolder`` and the reverse,
            ``ErrorCannotSetPermissionUnknownEntries``, ``ErrorInvalidUserInfo``, ``ErrorDuplicateUserIdsSpecified``,
            ``ErrorInvalidPermissionSettings``.
    """
    if find(element, "UnknownEntries") is not None:
        raise EwsError("ErrorCannotSetPermissionUnknownEntries", "Unknown entries cannot be set.")
    if calendar and find(element, "Permissions") is not None:
        raise EwsError(
            "ErrorCannotSetNonCalendarPermissionOnCalendarFolder",
            "A calendar folder takes calendar permissions only.",
        )
    if not calendar and find(element, "CalendarPermissions") is not None:
        raise EwsError(
            "ErrorCannotSetCalendarPermissionOnNonCalendarFolder",
            "Calendar permissions can be set on a calendar folder only.",
        )
    found: dict[str, str] = {}
    for entry in elements(find(element, "CalendarPermissions" if calendar else "Permissions")):
        who = _user_key(directory, entry)
        if who in found:
            raise EwsError("ErrorDuplicateUserIdsSpecified", "The same user is named twice.")
        found[who] = _permission(entry)
    return found


def resolve_user(directory: Directory, user_id: Element | None) -> Recipient:
    """Return who a ``t:UserId`` means, by primary address or SID.

    Raises:
        EwsError: ``ErrorInvalidUserInfo``.
    """
    address, sid = text_of(user_id, "PrimarySmtpAddress"), text_of(user_id, "SID")
    found = directory.by_address(address) if address else directory.by_sid(sid) if sid else None
    if found is None:
        raise EwsError("ErrorInvalidUserInfo", "The user could not be found in the directory.")
    return found


def _user_key(directory: Directory, entry: Element) -> str:
    user_id = find(entry, "UserId")
    distinguished = text_of(user_id, "DistinguishedUser")
    if distinguished is None:
        return resolve_user(directory, user_id).email.lower()
    if len(elements(user_id)) > 1 or distinguished not in ("Default", "Anonymous"):
        raise EwsError("ErrorInvalidUserInfo", "A distinguished user is named by nothing else.")
    return distinguished.lower()


def _permission(entry: Element) -> str:
    level = text_of(entry, "CalendarPermissionLevel") or text_of(entry, "PermissionLevel") or ""
    if level == "Custom":
        return _custom(entry)
    level = _LEVELS.get(level, level)
    if level not in LEVELS:
        raise EwsError("ErrorInvalidPermissionSettings", f"There is no permission level '{level}'.")
    return level


def _custom(entry: Element) -> str:
    """Put single rights together; the level with just these rights, if there is one."""
    names = [right for switch, right in _SWITCHES.items() if text_of(entry, switch) in ("true", "1")]
    names += [right for (name, extent), right in _EXTENTS.items() if text_of(entry, name) == extent]
    reading = _READING.get(text_of(entry, "ReadItems") or "None")
    permission = ",".join([*names, reading] if reading else names) or "None"
    rights = rights_of(permission)
    return next((level for level, meant in LEVELS.items() if meant == rights), permission)
