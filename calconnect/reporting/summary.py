"""What a run's settings, machine and files come to, in words that may be shown to anybody."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from calconnect import __version__
from calconnect.acceptance.noted import FIND_TOPOLOGY
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.reporting.model import OperationTiming
from calconnect.reporting.model_run import (
    EnvironmentInfo,
    EvidenceFile,
    EvidenceRole,
    Microsoft365Summary,
    NetworkSummary,
    OnlineTenantInfo,
    SettingsSummary,
    TenantInfo,
)
from calconnect.reporting.records import well_formed
from calconnect.settings.model import AccessLevel, Microsoft365Settings, Settings

PACKAGES = (
    "exchangelib",
    "httpx",
    "msal",
    "requests",
    "urllib3",
    "lxml",
    "cryptography",
    "pytest",
    "pytest-bdd",
    "papermill",
    "ipykernel",
    "allure-pytest",
    "pydantic",
    "jinja2",
)
"""The packages whose versions a report names."""

_SYSTEMS = {"Darwin": "macOS"}


def _outsiders_drawn(settings: Settings) -> int:
    limit = settings.limit
    if limit is None or limit.outsiders or settings.access is not AccessLevel.FULL:
        return 0
    return limit.outsiders_drawn


def settings_summary(settings: Settings) -> SettingsSummary:
    """Return what the run was told: file names without folders, and of the password only its kind of place."""
    network = settings.network
    connection = settings.connection
    password = connection.service_account_password
    return SettingsSummary(
        file=settings.file.name,
        service_account_email=connection.service_account_email,
        service_account_username=connection.service_account_username,
        password_reference=cast(Literal["keyring", "env", "file"], password.kind) if password is not None else None,
        exchange_server_url=connection.exchange_server_url,
        email_to_impersonate=connection.email_to_impersonate,
        terms_agreed=connection.terms_agreed,
        mailboxes_file=_name(settings.mailboxes_file),
        limit_group=settings.limit.group if settings.limit else None,
        outsiders=list(settings.limit.outsiders) if settings.limit else [],
        access=settings.access.value,
        outsiders_drawn=_outsiders_drawn(settings),
        administrators=list(settings.trial.administrators),
        administrator_groups=list(settings.trial.administrator_groups),
        rooms_wanted=settings.rooms_wanted,
        window_days=settings.window_days,
        suite=_name(settings.suite),
        network=NetworkSummary(
            ca_file=_name(network.ca_file),
            connect_to=dict(network.connect_to),
            vendor_addresses=_name(network.vendor_addresses),
            firewall_export=_name(network.firewall_export),
            timeout_seconds=network.timeout_seconds,
        ),
        microsoft365=_microsoft365(settings.microsoft365),
    )


def _microsoft365(online: Microsoft365Settings | None) -> Microsoft365Summary | None:
    if online is None:
        return None
    credential = online.credential
    kind: Literal["client-secret", "certificate", "federated-assertion"] = "client-secret"
    if credential.certificate is not None:
        kind = "certificate"
    elif credential.federated_assertion is not None:
        kind = "federated-assertion"
    return Microsoft365Summary(
        tenant=online.tenant,
        application=online.application,
        credential=kind,
        cloud=online.cloud.value,
        authority=online.authority,
        trial_mailbox=online.trial_mailbox,
        vendor_application=online.vendor_application,
        authorised_by=online.authorised_by,
        vendor_connected_on=online.vendor_connected_on,
    )


def tenant_info(topology: str, mock: str | None, observations: Iterable[Observation]) -> TenantInfo:
    """Return what the observations say about the server: the last ``locate`` that succeeded, the last version sent."""
    url: str | None = None
    found_by: Literal["settings", "autodiscover"] | None = None
    version: str | None = None
    online: OnlineTenantInfo | None = None
    topology_found: Mapping[str, Fact] = {}
    for observation in observations:
        if observation.operation == FIND_TOPOLOGY and observation.mode is Mode.CONFIGURATION:
            topology_found = observation.details
        if observation.mode is Mode.APPLICATION:
            online = _online(observation, online)
            continue
        if observation.server_version:
            version = well_formed(observation.server_version)
        if observation.probe == "locate" and observation.ok:
            found, how = observation.details.get("ews_url"), observation.details.get("how")
            if isinstance(found, str) and found:
                url = well_formed(found)
            if how in ("settings", "autodiscover"):
                found_by = cast(Literal["settings", "autodiscover"], how)
    word = topology_found.get("found_by")
    return TenantInfo(
        topology=topology,
        mock=mock,
        server_host=_host(url),
        ews_url=url,
        server_version=version,
        found_by=found_by,
        topology_found_by=cast(Literal["settings", "tables"], word) if word in ("settings", "tables") else None,
        trial_hosted=well_formed(str(topology_found.get("trial_hosted") or "")),
        online=online,
    )


def _online(observation: Observation, known: OnlineTenantInfo | None) -> OnlineTenantInfo | None:
    """Add what an observation says of Exchange Online to what is known."""
    details = observation.details
    if observation.probe == "application-sign-in":
        method = str(details.get("method") or "") if observation.ok else ""
        return OnlineTenantInfo(
            tenant_id=well_formed(str(details.get("tenant_id") or "")),
            application=well_formed(str(details.get("application") or "")),
            signed_in_by=well_formed(method),
            permissions=_texts(details.get("permissions")),
            domains=known.domains if known is not None else [],
        )
    if observation.probe == "organization" and observation.ok and known is not None and "verified" in details:
        return known.model_copy(update={"domains": _texts(details.get("verified"))})
    return known


def _texts(value: Fact) -> list[str]:
    return [well_formed(one) for one in value] if isinstance(value, list) else []


def operation_timings(observations: Iterable[Observation]) -> list[OperationTiming]:
    """Return one line an operation, in the order of its first use; what was read from files is left out.

    A request that asked about many mailboxes made an observation of each; its time counts once.
    """
    groups: dict[str, list[Observation]] = {}
    for observation in observations:
        if observation.duration_ms > 0:
            groups.setdefault(observation.operation, []).append(observation)
    timings = []
    for operation, group in groups.items():
        requests = {observation.request_id or observation.id: observation.duration_ms for observation in group}
        times = sorted(requests.values())
        outcomes = [observation.outcome for observation in group]
        timings.append(
            OperationTiming(
                operation=well_formed(operation),
                count=len(times),
                observations=len(group),
                ok=outcomes.count(Outcome.OK),
                refused=outcomes.count(Outcome.REFUSED),
                no_answer=outcomes.count(Outcome.NO_ANSWER),
                min_ms=_rounded(times[0]),
                p25_ms=_quantile(times, 0.25),
                p50_ms=_quantile(times, 0.50),
                p75_ms=_quantile(times, 0.75),
                p95_ms=_quantile(times, 0.95),
                max_ms=_rounded(times[-1]),
            )
        )
    return timings


def environment_info() -> EnvironmentInfo:
    """Return what the run runs on: kinds and versions, nothing that names the machine or its user."""
    packages = {"calconnect": __version__}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = "not installed"
    system = platform.system()
    return EnvironmentInfo(
        python=".".join(str(part) for part in sys.version_info[:3]),
        implementation=platform.python_implementation(),
        system=_SYSTEMS.get(system, system) or "unknown",
        machine=platform.machine() or "unknown",
        packages=packages,
    )


def named_files(settings: Settings) -> list[tuple[EvidenceRole, Path]]:
    """Return the files that a run was told by and that are not kept with it, and what each is.

    The password's file is left out on purpose: the hash of a short secret gives the secret away.
    """
    files: list[tuple[EvidenceRole, Path | None]] = [
        ("settings", settings.file),
        ("mailbox-list", settings.mailboxes_file),
        ("ca-file", settings.network.ca_file),
    ]
    return [(role, path) for role, path in files if path is not None]


def evidence_file(
    role: EvidenceRole, path: Path, folder: Path | None = None, exported: datetime | None = None
) -> EvidenceFile:
    """Return a file's name, size and SHA-256.

    Args:
        role: what it is to the verdicts.
        path: where it is.
        folder: the run's, if the file is kept there.
        exported: when it was exported, if it is an export of the configuration.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    kept = path.relative_to(folder).as_posix() if folder is not None else None
    return EvidenceFile(role=role, name=path.name, sha256=digest, bytes=size, path=kept, exported=exported)


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:  # what a server named as its URL need not be one
        return None


def _name(path: Path | None) -> str | None:
    return path.name if path is not None else None


def _quantile(times: Sequence[float], share: float) -> float:
    """Interpolate linearly between the two nearest of ``times``, which are sorted."""
    place = (len(times) - 1) * share
    low = int(place)
    high = min(low + 1, len(times) - 1)
    return _rounded(times[low] + (times[high] - times[low]) * (place - low))


def _rounded(value: float) -> float:
    return round(value, 2)
