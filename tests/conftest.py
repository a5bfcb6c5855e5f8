"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The same examples on every machine and at every run, however slow it is: a test fails because of what it tests.
settings.register_profile(
    "calconnect", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("calconnect")

# No test rests on whom this machine trusts, and reading its authorities takes 70 ms for each tenant that is asked.
os.environ["SSL_CERT_FILE"] = os.devnull

# Commands, kernels and workers are started by the hundred: what they import is compiled once, as everywhere else.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

gc.set_threshold(50_000, 20, 20)  # thousands of audits in one process: a sixth of the suite's time was spent on cycles


SPREAD = {
    "acceptance/test_engine.py",
    "acceptance/test_exported_verdicts.py",
    "acceptance/test_replay.py",
    "acceptance/test_verdicts.py",
    "cli/test_tenant_matrix.py",
    "detection/test_matrix.py",
    "detection/test_union.py",
    "detection/test_workers.py",
    "detection/test_written_anew.py",
    "mock_tenant/test_description_catalogue.py",
    "mock_tenant/test_description_merge.py",
    "tenants/test_event_round_trip.py",
    "tenants/test_thin_catalogue.py",
}
"""Modules of many long tests that share nothing: any worker may run any of them."""


class _ByModule(LoadScopeScheduling):  # type: ignore[misc]  # its package has no types
    """Keeps the tests of a module on one worker, so that what they share is made once; but not those of SPREAD."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return nodeid if module.removeprefix("tests/") in SPREAD else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Tell pytest-xdist how the tests are dealt out."""
    return _ByModule(config, log)
