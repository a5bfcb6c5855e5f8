"""A mock tenant in this process, together with the settings that connect to it.

Whatever uses the settings cannot tell that the server is a mock: it is reached over HTTPS, by what the settings say.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from calconnect.embedded.folder import write_folder
from calconnect.embedded.overlays import ATTESTATIONS_FILE, WAIVERS_FILE, in_tenant_file
from calconnect.foundation.clock import Clock, system_clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import TomlFile, read_toml
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.description.model import Description
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.settings.load import load_settings
from calconnect.settings.reader import NO_CHECKS, FileChecks

if TYPE_CHECKING:
    from calconnect.mock_tenant.server import MockTenant

MOST_ADDRESSES_SHOWN = 20
"""How many mailboxes the ready facts name."""


class EmbeddedTenant:
    """A mock tenant that is running, and its settings folder. Both are gone after ``stop``."""

    def __init__(self, server: MockTenant, folder: Path, *, clock: Clock | None = None) -> None:
        """Take over a running server and the temporary folder that its settings are to be written to."""
        self._server = server
        self._folder = folder
        self.clock: Clock = clock or clock_of(server.description)
        """By which the tenant is to be audited."""
        self.settings_file: Path = write_folder(
            folder, server.description, server.port, server.ca_pem, clock=self.clock
        )
        """The settings that connect to it."""
        self.ready: dict[str, Any] = ready_facts(server, self.settings_file)
        """How to reach it; the fields are described in docs/command-line.md."""

    @property
    def server(self) -> MockTenant:
        """The mock tenant itself."""
        return self._server

    def stop(self) -> None:
        """Stop the server and remove the settings folder. Does nothing the second time."""
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    source: str | Path, *, port: int = 0, clock: Clock | None = None, tenant_clock: Clock | None = None
) -> EmbeddedTenant:
    """Start a mock tenant and write the settings that connect to it.

    Args:
        source: a tenant of the catalogue by name, or a tenant file.
        port: where to listen on loopback; 0: any free port.
        clock: dates the exports of its configuration; None: see ``clock_of``. The tenant's own clock may stand at
            another time.
        tenant_clock: the tenant's own; None: ``now`` of its file, else the machine's time.

    Raises:
        InvalidInput: the tenant file is not valid.
        OSError: the port is taken, or no temporary folder can be made.
    """
    from calconnect.mock_tenant.server import MockTenant

    server = MockTenant(load(source, tenant_clock), port=port).start()
    folder = _temporary_folder()
    try:
        return EmbeddedTenant(server, folder, clock=clock)
    except BaseException:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def clock_of(description: Description) -> Clock:
    """Return the clock by which a tenant is audited: its own if its file says when it is now, else the machine's."""
    return description.organization.clock if description.dated else system_clock


def check(source: str | Path, *, clock: Clock, file_checks: FileChecks = NO_CHECKS) -> Description:
    """Check a tenant file, and the settings that would be generated for it, without starting a server.

    Args:
        source: a tenant of the catalogue by name, or a tenant file.
        clock: as in ``load_settings``.
        file_checks: as in ``load_settings``.

    Raises:
        InvalidInput: with every problem. A mistake in the settings that the tenant file lays over the generated ones
            is named where it stands in the tenant file.
    """
    description = load(source)
    folder = _temporary_folder()
    try:
        # The port and the authority do not matter here: nobody connects.
        settings_file = write_folder(folder, description, 443, _any_authority(), clock=clock)
        load_settings(settings_file, clock=clock, file_checks=file_checks)
    except InvalidInput as error:
        file = read_toml(description.file)
        problems = dict.fromkeys(_in_tenant_file(problem, folder, description, file) for problem in error.problems)
        raise InvalidInput(problems) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return description


def ready_facts(server: MockTenant, settings_file: Path) -> dict[str, Any]:
    """Return how a running mock tenant is reached, as plain JSON values."""
    description = server.description
    organization = server.organization
    account = description.service_account
    policies = organization.policies
    schemes = {"basic": policies.basic, "ntlm": policies.ntlm, "negotiate": policies.negotiate}
    return {
        "name": description.name,
        "title": description.title,
        "pid": os.getpid(),
        "ews_url": server.ews_url,
        "autodiscover": {
            "soap": f"{server.base_url}/autodiscover/autodiscover.svc",
            "pox": f"{server.base_url}/autodiscover/autodiscover.xml",
            "json": f"{server.base_url}/autodiscover/autodiscover.json",
        },
        "ca_file": str(settings_file.parent / "ca.pem"),
        "service_account": None
        if account is None
        else {
            "email": account.email,
            "username": account.username,
            "password": account.password,
            "authentication": [name for name, offered in schemes.items() if offered],
        },
        "microsoft365": _microsoft365(server),
        "email_to_impersonate": _email_to_impersonate(description),
        "mailboxes": list(description.listed[:MOST_ADDRESSES_SHOWN]),
        "mailbox_count": len(description.listed),
        "rooms": [one.email for one in organization.directory if one.kind is RecipientKind.ROOM],
        "domains": list(organization.domains),
        "host": organization.host,
        "control_url": server.control_url,
        "settings_file": str(settings_file),
    }


def _microsoft365(server: MockTenant) -> dict[str, Any] | None:
    """Return how the Exchange Online half is reached; None: there is none."""
    facts, half = server.description.online, server.organization.online
    if facts is None or half is None:
        return None
    return {
        "topology": facts.topology,
        "tenant": facts.tenant,
        "tenant_id": half.tenant_id,
        "application": facts.application,
        "client_secret": facts.client_secret or None,
        "authority": f"{server.base_url}/{half.tenant_id}",
        "graph_url": f"{server.base_url}/v1.0",
    }


def _email_to_impersonate(description: Description) -> str:
    """Return what the settings name: the tenant file's own settings go before what is generated."""
    connection = description.settings.get("connection")
    if isinstance(connection, Mapping) and "email_to_impersonate" in connection:
        return str(connection["email_to_impersonate"])
    return description.trial_mailbox


def _temporary_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="calconnect-tenant-")).resolve()


def _any_authority() -> bytes:
    import trustme

    return trustme.CA().cert_pem.bytes()


def _in_tenant_file(problem: Problem, folder: Path, description: Description, file: TomlFile) -> Problem:
    """Return a problem of the generated files as one of the tenant file: of its ``[settings]``, its ``[[waivers]]`` or
    its ``[[attestations]]``."""
    if Path(problem.file).parent != folder:
        return problem
    if Path(problem.file).name in (WAIVERS_FILE, ATTESTATIONS_FILE):
        return in_tenant_file(problem, description, file)
    key = f"settings.{problem.key}" if problem.key else "settings"
    line = file.line_of(tuple(key.split(".")))
    return Problem(file.name, line, key, problem.message, problem.hint)
