"""The requirement: one documented demand, as data. The catalogue in ``catalogue/*.toml`` is read into these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """``must`` decides whether the organisation is ready; ``should`` is advice."""

    MUST = "must"
    SHOULD = "should"


class Severity(StrEnum):
    """How bad it is if the requirement is not met; orders the next steps."""

    CRITICAL = "critical"
    """Nobody's calendar can be connected."""
    HIGH = "high"
    """Some calendars cannot be connected, or more is exposed than was agreed."""
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Clause:
    """Where in the source document the demand stands."""

    document: str
    section: str
    quote: str
    """The demand in the document's own words."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where to read more."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Remediation:
    """How to mend it."""

    text: str
    """What to do, in a sentence or two."""
    commands: tuple[str, ...] = ()
    """Exact commands, with placeholders such as {service_account} and {mailbox}: see requirements.remediation, which
    fills them in."""
    shell: str = "Exchange Management Shell"
    """Where the commands are to be run."""


OWN_APPLICATION = (
    "What was seen of mailboxes rests on the rights of calconnect's own application. It does not show what the vendor's"
    " application may do."
)
"""What is said beside each conclusion that rests on what calconnect's own application may do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a demand comes to on a topology where it is not asked in its own words."""

    reason: str
    """Why not, in a sentence or two."""
    replaced_by: tuple[str, ...] = ()
    """Ids of the requirements that prove the same intent there; empty: it does not apply."""

    @property
    def sentence(self) -> str:
        """The reason, and what takes the demand's place there."""
        return f"{self.reason} In its place: {', '.join(self.replaced_by)}." if self.replaced_by else self.reason


@dataclass(frozen=True, slots=True)
class Requirement:
    """One documented demand."""

    id: str
    """Stable, such as ``SVC-01``."""
    version: int
    """Raised when the demand changes; ``SVC-01v2`` is another requirement than ``SVC-01v1``."""
    title: str
    """The demand as one sentence."""
    level: Level
    severity: Severity
    area: str
    """Which feature it belongs to."""
    clause: Clause
    topologies: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    """Last day on which it holds; None: no end known."""
    reason: str
    """Why it matters."""
    verified_by: str
    """How calconnect verifies it, in a sentence."""
    needs: tuple[str, ...]
    """Ids of requirements that must hold before this one can be observed (``SVC-04`` before all mailboxes)."""
    success: tuple[str, ...]
    """What success looks like, by code."""
    failure: tuple[str, ...]
    """What failure looks like: codes (``ErrorImpersonateUserDenied``) and statuses (``HTTP 401``)."""
    remediation: Remediation
    links: tuple[Link, ...] = ()
    permissions: tuple[str, ...] = ()
    """What verifying it needs at the tenant, one sentence each; empty: nothing."""
    settings: tuple[str, ...] = ()
    """Keys of the settings that it is verified from (``connection.service_account_email``)."""
    evidence: tuple[str, ...] = ()
    """Exports of the configuration that it is verified from (``role_assignments.json``), beside or in place of what is
    observed."""
    own_application: bool = False
    """Whether its verdict rests on what calconnect's own application may do, which is not what the vendor's may."""
    mended_after: tuple[str, ...] = ()
    """Ids of requirements that are to be mended before this one, where they fall short too (the scope before the
    consent)."""
    remediation_from: Mapping[date, Remediation] = field(default_factory=dict)
    """First day → what mends it from that day on, in place of ``remediation``."""
    remediation_by_code: Mapping[str, Remediation] = field(default_factory=dict)
    """Code of a finding → what mends that, in place of ``remediation``, where each case has its own way."""
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """Topology → reading, for each topology that is not among ``topologies``."""

    @property
    def versioned_id(self) -> str:
        """``SVC-01v1``."""
        return f"{self.id}v{self.version}"

    def remediation_on(self, day: date) -> Remediation:
        """Return what mends it on a day."""
        begun = [first for first in self.remediation_from if first <= day]
        return self.remediation_from[max(begun)] if begun else self.remediation
