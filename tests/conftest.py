"""What holds for all tests."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

# The same examples on every machine and at every run, however slow it is: a test fails because of what it tests.
settings.register_profile(
    "calconnect", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("calconnect")

gc.set_threshold(50_000, 20, 20)  # thousands of audits in one process: a sixth of the suite's time was spent on cycles
