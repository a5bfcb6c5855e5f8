"""The healthy tenants: what others are held against, by how their mailboxes are reached."""

from __future__ import annotations

from calconnect.mock_tenant.description import Description, Expected, load

_HEALTHY = {
    "exchange-server": "healthy",
    "exchange-online-graph": "online-healthy",
    "exchange-online-ews": "online-ews-healthy",
    "hybrid": "hybrid-healthy",
}


def topology_of(description: Description) -> str:
    """Return how the mailboxes of a tenant are reached."""
    return "exchange-server" if description.online is None else description.online.topology


def baseline_of(topology: str) -> str:
    """Return the name of the healthy tenant of a topology."""
    return _HEALTHY[topology]


class Baselines:
    """What the files of the healthy tenants say, each read when it is first asked for."""

    def __init__(self) -> None:
        self._read: dict[str, Expected] = {}

    def of(self, topology: str) -> Expected:
        """Return what is expected of the healthy tenant of a topology.

        Raises:
            InvalidInput: its file is not valid.
        """
        name = baseline_of(topology)
        if name not in self._read:
            self._read[name] = load(name).expected
        return self._read[name]
