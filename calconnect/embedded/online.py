"""What the settings of a mock tenant say of its Exchange Online half, and the files of its application's credential."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calconnect.foundation.files import write_private
from calconnect.mock_tenant.description.model import Description, OnlineFacts
from calconnect.mock_tenant.online_hosts import CLOUD_HOSTS

SECRET_FILE = "application-secret.txt"  # noqa: S105
CERTIFICATE_FILE = "application.pem"
ASSERTION_FILE = "application-assertion.txt"
_HYBRID = "hybrid"
_DEFAULT_CLOUD = "global"


def write_credential(folder: Path, facts: OnlineFacts) -> None:
    """Write what calconnect's own application proves itself by, for nobody but the owner to read.

    Raises:
        OSError: the folder cannot be written to.
    """
    if facts.client_secret:
        write_private(folder / SECRET_FILE, facts.client_secret + "\n")
    if facts.certificate:
        write_private(folder / CERTIFICATE_FILE, facts.certificate)
    if facts.assertion:
        write_private(folder / ASSERTION_FILE, facts.assertion + "\n")


def online_settings(description: Description) -> dict[str, Any]:
    """Return ``topology`` and ``[microsoft365]``; nothing for a tenant without an Exchange Online half."""
    facts = description.online
    if facts is None:
        return {}
    said: dict[str, Any] = {"tenant": facts.tenant}
    if facts.application:
        said["application"] = facts.application
    if facts.client_secret:
        said["client_secret"] = f"file:{SECRET_FILE}"
    if facts.certificate:
        said["certificate"] = CERTIFICATE_FILE
    if facts.assertion:
        said["federated_assertion"] = f"file:{ASSERTION_FILE}"
    if facts.topology == _HYBRID and facts.trial_mailbox:
        said["trial_mailbox"] = facts.trial_mailbox
    if facts.authorised_by:
        said["authorised_by"] = facts.authorised_by
    if facts.vendor_connected_on is not None:
        said["vendor_connected_on"] = facts.vendor_connected_on
    return {"topology": facts.topology, "microsoft365": said}


def online_hosts(description: Description) -> tuple[str, ...]:
    """Return the names of Microsoft's hosts that lead to the mock tenant: those of the cloud that its settings name."""
    if description.online is None:
        return ()
    table = description.settings.get("microsoft365")
    cloud = table.get("cloud", _DEFAULT_CLOUD) if isinstance(table, Mapping) else _DEFAULT_CLOUD
    return CLOUD_HOSTS.get(str(cloud), CLOUD_HOSTS[_DEFAULT_CLOUD])
