"""Scenarios that no program can run (``@manual``): their steps are for people, and attestations decide them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.acceptance.judging.attested import ATTESTED, attested, not_attested
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.verdicts import Finding
from calconnect.evidence.observation import Fact
from calconnect.overlay.days import today_of
from calconnect.overlay.model import Attestation, Given
from calconnect.requirements.model import Requirement


class ManualScenarios:
    """A plugin of pytest's that keeps the steps of manual scenarios from being run."""

    def __init__(self, take: Callable[[pytest.Function], bool]) -> None:
        """Take what judges an item, and says whether it is a manual scenario."""
        self._take = take

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Judge a manual scenario in place of running it; leave the others alone."""
        return self._take(pyfuncitem) or None


def vouched(requirement: Requirement | None, scenario: str, given: Given, observer: Observer) -> list[Finding]:
    """Return what the attestations say for a manual scenario.

    Args:
        requirement: what it proves; None: it names no requirement.
        scenario: its name, by which attestations find it then.
        given: the attestations of the run.
        observer: takes note of each.
    """
    names = {requirement.id, requirement.versioned_id} if requirement is not None else set()
    mine = [one for one in given.attestations if (one.requirement in names if names else one.scenario == scenario)]
    about = requirement.id if requirement is not None else f"the scenario {scenario!r}"
    noted = [observer.note("read an attestation", _place(given, one), _facts(one)) for one in mine]
    if not noted:
        file = given.attestations_file
        looked = observer.note("look for an attestation", about, {"file": file, "attestations of it": 0})
        return not_attested(about, file, looked)
    return attested(noted, today_of(lambda: observer.window.start))


def _place(given: Given, attestation: Attestation) -> str:
    return f"{given.attestations_file}, line {attestation.line}"


def _facts(attestation: Attestation) -> dict[str, Fact]:
    """Return what an attestation says, as facts of an observation; of the evidence, name and hash alone."""
    facts: dict[str, Fact] = {
        ATTESTED.statement: attestation.statement,
        ATTESTED.by: attestation.attested_by,
        ATTESTED.on: attestation.attested_on.isoformat(),
        ATTESTED.until: attestation.valid_until.isoformat(),
    }
    if attestation.evidence is not None:
        facts[f"sha256 of {attestation.evidence.name}"] = attestation.sha256
    return facts
