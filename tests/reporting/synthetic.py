"""Runs made of invented events, for tests of what is made of them. Times are counted from a fixed moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from calconnect.acceptance.events import ScenarioFinished, StepFinished
from calconnect.acceptance.overlaying import lay_over
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.overlay.model import Given
from calconnect.reporting.model import Results
from calconnect.reporting.model_run import EnvironmentInfo, EvidenceFile, RunInfo
from calconnect.reporting.results import build_results
from calconnect.requirements.catalogue import load_catalogue
from calconnect.requirements.model import Requirement
from calconnect.settings.model import (
    ConnectionSettings,
    LimitSettings,
    ListedMailbox,
    NetworkSettings,
    Settings,
    TrialSettings,
)
from calconnect.settings.secrets import SecretReference

START = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
SERVICE = "svc-calendar@contoso.example"
PER_MAILBOX = {"SVC-03": "resolve-address", "IMP-02": "open-calendar", "OPS-06": "free-busy"}
"""The requirements that judge each listed mailbox, in this synthetic run, and the question that they ask."""
OPERATIONS = {"resolve-address": "ResolveNames", "open-calendar": "GetFolder", "free-busy": "GetUserAvailability"}


@dataclass
class SyntheticRun:
    """What a run leaves in memory."""

    settings: Settings
    requirements: tuple[Requirement, ...]
    scenarios: list[ScenarioFinished] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    given: Given = field(default_factory=Given)

    def results(
        self, *, mock: str | None = None, interrupted: bool = False, run_id: str = "2026-03-09T083000Z"
    ) -> Results:
        return build_results(
            self.scenarios,
            self.observations,
            run=RunInfo(
                id=run_id,
                started=START,
                finished=START + timedelta(seconds=9, milliseconds=420),
                calconnect_version="0.1.0",
                command="calconnect audit --config calconnect.toml",
                interrupted=interrupted,
            ),
            settings=self.settings,
            requirements=self.requirements,
            topology="exchange-server",
            mock=mock,
            environment=ENVIRONMENT,
            evidence=EVIDENCE,
            overlay=lay_over(
                self.given,
                self.requirements,
                self.scenarios,
                self.observations,
                listed=[mailbox.address for mailbox in self.settings.mailboxes],
                today=START.date(),
            ),
        )


ENVIRONMENT = EnvironmentInfo(
    python="3.12.4", implementation="CPython", system="Linux", machine="x86_64", packages={"exchangelib": "5.6.0"}
)
EVIDENCE = (
    EvidenceFile(role="settings", name="calconnect.toml", sha256="0f" * 32, bytes=612),
    EvidenceFile(role="mailbox-list", name="mailboxes.csv", sha256="3c" * 32, bytes=1420),
)


def addresses(count: int) -> list[str]:
    given = ("ada", "grace", "alan", "edsger", "barbara", "donald", "frances", "john", "margaret", "niklaus")
    family = ("abe", "brun", "cole", "diaz", "egli", "foss", "gray", "hahn", "ivey", "jung")
    return [f"{given[n % 10]}.{family[n // 10 % 10]}{n // 100 or ''}@contoso.example" for n in range(count)]


def make_settings(mailboxes: Sequence[str], folder: Path = Path("settings")) -> Settings:
    return Settings(
        file=folder / "calconnect.toml",
        connection=ConnectionSettings(
            service_account_email=SERVICE,
            service_account_password=SecretReference("file", "service-account-password.txt", folder),
            email_to_impersonate=mailboxes[0],
            terms_agreed=True,
        ),
        mailboxes=tuple(ListedMailbox(address, line) for line, address in enumerate(mailboxes, 2)),
        mailboxes_file=folder / "mailboxes.csv",
        limit=LimitSettings("calendar-users@contoso.example", ("outsider@contoso.example",)),
        trial=TrialSettings(administrators=("admin@contoso.example",)),
        network=NetworkSettings(ca_file=folder / "ca.pem", connect_to={"mail.contoso.example:443": "127.0.0.1:8443"}),
    )


class Maker:
    """Makes a run, scenario by scenario."""

    def __init__(self, mailboxes: Sequence[str]) -> None:
        self.settings = make_settings(mailboxes)
        self.run = SyntheticRun(self.settings, load_catalogue().current("exchange-server", date(2026, 3, 9)))

    def observe(
        self,
        target: str,
        *,
        probe: str = "open-calendar",
        operation: str = "GetFolder",
        code: str = "NoError",
        status: int | None = 200,
        outcome: Outcome = Outcome.OK,
        details: Mapping[str, Fact] | None = None,
    ) -> str:
        number = len(self.run.observations) + 1
        self.run.observations.append(
            Observation(
                id=f"o-{number:04d}",
                at=START + timedelta(milliseconds=37 * number),
                probe=probe,
                operation=operation,
                mode=Mode.IMPERSONATED if operation == "GetFolder" else Mode.SERVICE_ACCOUNT,
                target=target,
                outcome=outcome,
                http_status=status,
                code=code,
                fault=status == 500,
                request_id=f"{number * 2654435761 % 2**32:08x}-5a1e-4c0d-9d6b-7d0e4c1b9f20",
                server_version="15.2.1748.10",
                duration_ms=4.0 + number * 7919 % 61 + (180.0 if number % 41 == 0 else 0.0),
                details=details or {},
            )
        )
        return self.run.observations[-1].id

    def finish(
        self,
        requirement: str,
        verdict: Verdict,
        sentence: str,
        findings: Sequence[Finding] = (),
        *,
        reason: UnknownReason | None = None,
        scenario: str = "",
    ) -> None:
        found = next((entry for entry in self.run.requirements if entry.versioned_id == requirement), None)
        steps = (
            StepFinished("Given", "the service account can sign in", Verdict.PASSED, 14.2),
            StepFinished("When", "calconnect asks for what the requirement is about", Verdict.PASSED, 310.0),
            StepFinished("Then", "every answer is the one that proves it", verdict, 0.4),
        )
        self.run.scenarios.append(
            ScenarioFinished(
                requirement=requirement,
                feature=found.area if found else "My own checks",
                feature_file=f"{(found.area if found else 'own').lower().replace(' ', '_')}.feature",
                rule=f"{found.id} {found.title}" if found else "",
                scenario=scenario or (found.title if found else "A check of my own"),
                steps=steps,
                verdict=verdict,
                reason=reason,
                sentence=sentence,
                findings=tuple(findings),
                observations=tuple(dict.fromkeys(id_ for finding in findings for id_ in finding.observations)),
                duration_ms=324.6,
                at=(START + timedelta(seconds=len(self.run.scenarios))).isoformat(),
            )
        )


def make_run(
    mailboxes: int | Sequence[str] = 50,
    *,
    denied: Collection[str] = (),
    verdicts: Mapping[str, tuple[Verdict, UnknownReason | None, str]] | None = None,
    only: Sequence[str] | None = None,
) -> SyntheticRun:
    """Return a run in which everything passes but for ``denied`` mailboxes (IMP-02) and ``verdicts``, by id."""
    listed = addresses(mailboxes) if isinstance(mailboxes, int) else list(mailboxes)
    maker = Maker(listed)
    given = dict(verdicts or {})
    located = maker.observe(
        "contoso.example",
        probe="locate",
        operation="Autodiscover POX",
        details={"how": "autodiscover", "ews_url": "https://mail.contoso.example/EWS/Exchange.asmx"},
    )
    for requirement in maker.run.requirements:
        if only is not None and requirement.id not in only:
            continue
        if requirement.id in given:
            verdict, reason, sentence = given[requirement.id]
            seen = maker.observe(SERVICE, probe="sign-in", operation="ConvertId", outcome=Outcome.REFUSED)
            findings = [Finding(SERVICE, verdict, sentence, "ErrorSomething", reason, (located, seen))]
            maker.finish(requirement.versioned_id, verdict, sentence, findings, reason=reason)
        elif requirement.id in PER_MAILBOX:
            _sweep(maker, requirement, listed, denied if requirement.id == "IMP-02" else ())
        else:
            seen = maker.observe(SERVICE, probe="sign-in", operation="ConvertId")
            findings = [Finding(SERVICE, Verdict.PASSED, "It is as it must be.", "NoError", None, (seen,))]
            maker.finish(requirement.versioned_id, Verdict.PASSED, "What was asked for was seen.", findings)
    return maker.run


def _sweep(maker: Maker, requirement: Requirement, listed: Sequence[str], denied: Collection[str]) -> None:
    probe = PER_MAILBOX[requirement.id]
    findings = []
    for address in listed:
        if address in denied:
            seen = maker.observe(
                address,
                probe=probe,
                operation=OPERATIONS[probe],
                code="ErrorImpersonateUserDenied",
                status=500,
                outcome=Outcome.REFUSED,
            )
            sentence = "The service account may not impersonate this user (ErrorImpersonateUserDenied)."
            findings.append(Finding(address, Verdict.FAILED, sentence, "ErrorImpersonateUserDenied", None, (seen,)))
        else:
            seen = maker.observe(address, probe=probe, operation=OPERATIONS[probe])
            findings.append(Finding(address, Verdict.PASSED, "It answered as it must.", "NoError", None, (seen,)))
    verdict = Verdict.FAILED if denied else Verdict.PASSED
    sentence = (
        f"{len(denied)} of {len(listed)} fall short." if denied else f"All {len(listed)} were seen to be in order."
    )
    maker.finish(requirement.versioned_id, verdict, sentence, findings)
