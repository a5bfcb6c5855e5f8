"""Scenarios that are concluded before anything of them runs: their requirement is not asked of this topology or day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from _pytest.runner import call_and_report

from calconnect.requirements.catalogue import applies
from calconnect.requirements.model import Requirement


class LeftOutScenarios:
    """A plugin of pytest's that runs nothing of a scenario that is concluded already.

    To set one up and have it skip takes three times as long, and two of five scenarios are left out of any run.
    """

    def __init__(self, concluded: Callable[[], bool]) -> None:
        """Take what says whether the scenario that begins is concluded."""
        self._concluded = concluded

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Leave the scenario out; what only scenarios before it needed is still taken down here."""
        if not self._concluded():
            return None
        call_and_report(item, "teardown", nextitem=nextitem)
        return True


def why_left_out(requirement: Requirement | None, topology: str, moment: Callable[[], datetime]) -> str:
    """Return the sentence that says why a requirement is not asked; empty if it is, or if there is none.

    Args:
        requirement: what the scenario proves; None: it names no requirement.
        topology: how the mailboxes are reached.
        moment: tells when the run is.
    """
    if requirement is None:
        return ""
    today = moment().astimezone(UTC).date()
    if applies(requirement, topology, today):
        return ""
    if topology not in requirement.topologies:
        reading = requirement.readings.get(topology)
        return reading.sentence if reading is not None else f"It is not asked of the topology {topology}."
    return f"It is not in force on {today.isoformat()}."
