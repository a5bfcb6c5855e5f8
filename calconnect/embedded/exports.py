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
from calconnect.mock_tenant.exports import write_bundle

EVIDENCE_FOLDER = "evidence"


def supply_exports(folder: Path, description: Description, settings: Mapping[str, Any], *, clock: Clock) -> None:
    """Export the tenant's configuration and import it into ``folder``, unless the tenant file says otherwise.

    Asked about are the service account and the group that the settings name, as an administrator would. What does not
    belong to them is not imported: the tenant then has no evidence of it, which is for the audit to say.

    Raises:
        OSError: a folder cannot be written to.
    """
    exports = description.exports
    if not exports.supplied:
        return
    account = _text(settings, "connection", "service_account_email")
    temporary = Path(tempfile.mkdtemp(prefix="calconnect-exports-"))
    try:
        write_bundle(
            description.organization,
            temporary,
            clock=clock,
            service_account=account,
            group=_text(settings, "limit", "group"),
            users=description.listed,
            days_old=exports.days_old,
            without=exports.without,
        )
        with contextlib.suppress(InvalidInput):  # where the tenant file leaves out every export
            import_bundle(temporary, folder / EVIDENCE_FOLDER, clock=clock, service_account=account)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _text(settings: Mapping[str, Any], table: str, key: str) -> str:
    found = settings.get(table)
    value = found.get(key) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else ""
