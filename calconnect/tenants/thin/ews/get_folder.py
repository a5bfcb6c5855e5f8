"""GetFolder: open the calendar.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getfolder-operation
"""

from __future__ import annotations

from calconnect.evidence.observation import Mode
from calconnect.tenants.thin.ews.envelope import Dialect, Template, calendar_of_mailbox, mailbox_envelope

OPERATION = "GetFolder"


def get_calendar(dialect: Dialect) -> Template:
    """Return the request for the calendar folder of ``{mailbox}``; as a delegate, also for what may be done there."""
    names = ["DisplayName", "FolderClass", "TotalCount"]
    if dialect.mode is Mode.DELEGATE:
        names.insert(1, "EffectiveRights")
    fields = "".join(f'<t:FieldURI FieldURI="folder:{name}"/>' for name in names)
    return mailbox_envelope(
        dialect,
        f"<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"<t:AdditionalProperties>{fields}</t:AdditionalProperties></m:FolderShape>"
        f"<m:FolderIds>{calendar_of_mailbox()}</m:FolderIds></m:GetFolder>",
    )
