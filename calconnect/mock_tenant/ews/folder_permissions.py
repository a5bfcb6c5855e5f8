"""What may be done in a folder, as answers show it: effective rights and the permission set.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/permissionset-calendarpermissionsettype
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.xml import Element, flag, t
from calconnect.mock_tenant.state.access import LEVELS, Right, rights_of
from calconnect.mock_tenant.state.directory import Directory
from calconnect.mock_tenant.state.mailbox import Folder

_CALENDAR_LEVELS = {
    "AvailabilityOnly": "FreeBusyTimeOnly",
    "LimitedDetails": "FreeBusyTimeAndSubjectAndLocation",
    "NonEditingAuthor": "NoneditingAuthor",
}
_FOLDER_LEVELS = {"AvailabilityOnly": "None", "LimitedDetails": "None", "NonEditingAuthor": "NoneditingAuthor"}
_WELL_KNOWN = {"default": "Default", "anonymous": "Anonymous"}


def effective_rights(rights: Right) -> Element:
    """Return ``t:EffectiveRights``."""
    owner = Right.OWNER in rights
    return t(
        "EffectiveRights",
        t("CreateAssociated", text=flag(owner)),
        t("CreateContents", text=flag(Right.CREATE in rights)),
        t("CreateHierarchy", text=flag(Right.CREATE_SUBFOLDERS in rights)),
        t("Delete", text=flag(owner)),
        t("Modify", text=flag(owner)),
        t("Read", text=flag(Right.READ in rights)),
        t("ViewPrivateItems", text=flag(owner)),
    )


def permission_set(directory: Directory, folder: Folder, *, calendar: bool) -> Element:
    """Return ``t:PermissionSet`` with an entry for everybody named, and always for Default and Anonymous."""
    levels = {"default": "AvailabilityOnly" if folder.distinguished == "calendar" else "None", "anonymous": "None"}
    levels.update(folder.permissions)
    entries = [_permission(directory, who, level, calendar=calendar) for who, level in levels.items()]
    return t("PermissionSet", t("CalendarPermissions" if calendar else "Permissions", *entries))


def _permission(directory: Directory, who: str, level: str, *, calendar: bool) -> Element:
    rights = rights_of(level)
    owner = Right.OWNER in rights
    common = (
        _user(directory, who),
        t("CanCreateItems", text=flag(Right.CREATE in rights)),
        t("CanCreateSubFolders", text=flag(Right.CREATE_SUBFOLDERS in rights)),
        t("IsFolderOwner", text=flag(owner)),
        t("IsFolderVisible", text=flag(Right.VISIBLE in rights)),
        t("IsFolderContact", text=flag(owner)),
        t("EditItems", text=_extent(rights, Right.EDIT_OWN, Right.EDIT_ALL)),
        t("DeleteItems", text=_extent(rights, Right.DELETE_OWN, Right.DELETE_ALL)),
    )
    if calendar:
        name = _CALENDAR_LEVELS.get(level, level if level in LEVELS else "Custom")
        reading = t("ReadItems", text=_calendar_reading(rights))
        return t("CalendarPermission", *common, reading, t("CalendarPermissionLevel", text=name))
    name = _FOLDER_LEVELS.get(level, level if level in LEVELS else "Custom")
    reading = t("ReadItems", text="FullDetails" if Right.READ in rights else "None")
    return t("Permission", *common, reading, t("PermissionLevel", text=name))


def _user(directory: Directory, who: str) -> Element:
    if who in _WELL_KNOWN:
        return t("UserId", t("DistinguishedUser", text=_WELL_KNOWN[who]))
    found = directory.by_address(who)
    if found is None:
        return t("UserId", t("PrimarySmtpAddress", text=who))
    return t(
        "UserId",
        t("SID", text=found.sid),
        t("PrimarySmtpAddress", text=found.email),
        t("DisplayName", text=found.name),
    )


def _extent(rights: Right, own: Right, everything: Right) -> str:
    if everything in rights:
        return "All"
    return "Owned" if own in rights else "None"


def _calendar_reading(rights: Right) -> str:
    if Right.READ in rights:
        return "FullDetails"
    if Right.FREE_BUSY_DETAILS in rights:
        return "TimeAndSubjectAndLocation"
    return "TimeOnly" if Right.FREE_BUSY in rights else "None"
