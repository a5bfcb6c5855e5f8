"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module on one worker, so that its fixtures are made once; but not those marked ``spread``.

    With ``--dist loadgroup``. Tests that are spread fill the workers evenly at the end.
    """
    for item in items:
        if item.get_closest_marker("spread") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))
