"""The id of a run, which is also the name of its folder."""

from __future__ import annotations

import secrets

from calconnect.foundation.clock import Clock


def new_run_id(clock: Clock) -> str:
    """Return an id such as ``20261122T143000Z-1a2b3c``: sorts by time, and no two runs of the same second share one."""
    return f"{clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
