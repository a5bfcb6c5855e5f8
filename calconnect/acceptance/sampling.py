"""Samples that come out the same whenever they are taken of the same, and that nobody can steer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from calconnect.settings.addresses import address_key

_SALT = "calconnect"
"""Fixed, so that the next run, and anybody else, takes the same sample."""


def stable_order(addresses: Iterable[str]) -> list[str]:
    """Return addresses in the order of a hash of each (SHA-256), whatever order they came in.

    An address keeps its place among the others when some are added or taken away.
    """
    return sorted(addresses, key=lambda address: (_digest(address), address))


def _digest(address: str) -> str:
    return hashlib.sha256(f"{_SALT} {address_key(address)}".encode()).hexdigest()
