"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The same examples on every machine and at every run, however slow it is: a test fails because of what it tests.
settings.register_profile(
    "calconnect", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("calconnect")
