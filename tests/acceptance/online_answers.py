"""Observations of Exchange Online, as judging takes them, and exports that say something."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from calconnect.acceptance.asked import NotAsked
from calconnect.acceptance.judging.configuration import Export, missing
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
VENDOR = "10bb7e5b-b80b-4e6e-a209-f78581dbc79e"
OWN = "5f6f7d6e-0000-4000-8000-000000000001"
GROUP = "calendar-users@contoso.com"
ANN, BEN, EVE = "ann@contoso.com", "ben@contoso.com", "eve@contoso.com"
GATE = NotAsked("It was not asked for, because the application did not sign in.", UnknownReason.NOT_PERMITTED)
SILENT: dict[str, Any] = {"outcome": Outcome.NO_ANSWER, "http_status": None, "code": "timed-out"}
NOT_ALLOWED: dict[str, Any] = {"http_status": 403, "code": "Authorization_RequestDenied"}


def ok(target: str = "", *, headers: Any = None, **details: Fact) -> Observation:
    asked = ("o-0001", NOW, "probe", "GET", Mode.APPLICATION, target, Outcome.OK, 200)
    return Observation(*asked, headers=headers or {}, details=details)


def refused(target: str, code: str | None, http_status: int | None = 403, **more: Any) -> Observation:
    outcome = more.pop("outcome", Outcome.REFUSED)
    return Observation(
        *("o-0009", NOW, "probe", "GET", Mode.APPLICATION, target, outcome), http_status=http_status, code=code, **more
    )


def exported(says: Any, at: datetime = NOW) -> Export[Any]:
    read = Observation(
        *("o-0100", NOW, "note", "read the export", Mode.CONFIGURATION, "export.json", Outcome.OK),
        details={"exported": at.isoformat()},
    )
    return Export(read, says)


def not_supplied() -> Export[Any]:
    return Export(missing("export"))


def codes_of(findings: list[Finding]) -> dict[str, str]:
    """Return the findings by target: their code, and their reason if unknown."""
    return {one.target: f"{one.verdict}: {one.reason or one.code}" for one in findings}


def only(findings: list[Finding]) -> str:
    (one,) = findings
    assert one.verdict is Verdict.UNKNOWN or one.observations, "what passed or failed names its observations"
    return f"{one.verdict}: {one.reason or one.code}"
