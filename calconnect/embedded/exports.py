"""The configuration evidence of a mock tenant: exported in its organisation, and imported as anybody's would be."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calconnect.evidence.bundle.importing import import_bundle
from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.exports import write_bundle, write_online_bundle
from calconnect.mock_tenant.state.online.directory import VENDOR_APPLICATION

EVIDENCE_FOLDER = "evidence"


def supply_exports(folder: Path, description: Description, settings: Mapping[str, Any], *, clock: Clock) -> None:
    """Export the tenant's configuration and import it into ``folder``, unless the tenant file says otherwise.

    Asked about are the service account, the group and the application that the settings name, as an administrator
    would. What does not belong to them is not imported: the tenant then has no evidence of it, which is for the audit
    to say.

    Raises:
        OSError: a folder cannot be written to.
    """
    exports = description.exports
    if not exports.supplied:
        return
    account, group = _text(settings, "connection", "service_account_email"), _text(settings, "limit", "group")
    organization = description.organization
    half = organization.online
    has_server = half is None or not half.only
    temporary = Path(tempfile.mkdtemp(prefix="calconnect-exports-"))
    try:
        if has_server:
            write_bundle(
                organization,
                temporary,
                clock=clock,
                service_account=account,
                group=group,
                users=description.listed,
                days_old=exports.days_old,
                without=exports.without,
            )
        if half is not None:
            vendor = _text(settings, "microsoft365", "vendor_application")
            write_online_bundle(
                half,
                temporary,
                clock=clock,
                group=group,
                users=description.listed,
                days_old=exports.days_old,
                without=exports.without,
                vendor_application=vendor or VENDOR_APPLICATION,
            )
        with contextlib.suppress(InvalidInput):  # where the tenant file leaves out every export
            import_bundle(
                temporary,
                folder / EVIDENCE_FOLDER,
                clock=clock,
                service_account=account,
                tenant=_text(settings, "microsoft365", "tenant"),
                online_mailbox=_text(settings, "microsoft365", "trial_mailbox")
                or ("" if has_server else _text(settings, "connection", "email_to_impersonate")),
            )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _text(settings: Mapping[str, Any], table: str, key: str) -> str:
    found = settings.get(table)
    value = found.get(key) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else ""
