"""Reads ``topology``, or finds it by what the settings hold, and says which settings do not fit it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calconnect.foundation.problems import Problem
from calconnect.foundation.toml import TomlFile
from calconnect.settings.model import Topology
from calconnect.settings.reader import did_you_mean

TOPOLOGY = "topology"
"""The key of the settings file that stands before all tables."""
_ONLINE = "microsoft365"


def read_topology(file: TomlFile, problems: list[Problem]) -> Topology:
    """Return how the mailboxes are reached: as the settings say, or as the sections that are filled in show.

    Without ``[microsoft365]`` it is ``exchange-server``; with it ``hybrid`` if a service account is named, too, and
    ``exchange-online-graph`` if none is. ``exchange-online-ews`` must be named.
    """
    has_online = _ONLINE in file.data
    if TOPOLOGY not in file.data:
        return found_by_sections(file.data)
    topology = _named(file, problems)
    if topology is None:
        return found_by_sections(file.data)
    if topology.has_online and not has_online:
        message = f"is missing: the topology is {topology}."
        hint = "Add [microsoft365], with tenant, application and a credential."
        problems.append(file.problem((_ONLINE,), message, hint))
    if has_online and not topology.has_online:
        message = f"is for Exchange Online, and the topology is {topology}."
        hint = 'Leave the table out, or write topology = "hybrid".'
        problems.append(file.problem((_ONLINE,), message, hint))
    return topology


def found_by_sections(data: Mapping[str, Any]) -> Topology:
    """Return the topology that settings are of which name none."""
    if _ONLINE not in data:
        return Topology.EXCHANGE_SERVER
    connection = data.get("connection")
    account = isinstance(connection, Mapping) and "service_account_email" in connection
    return Topology.HYBRID if account else Topology.EXCHANGE_ONLINE_GRAPH


def _named(file: TomlFile, problems: list[Problem]) -> Topology | None:
    text, names = file.data[TOPOLOGY], [topology.value for topology in Topology]
    if isinstance(text, str) and text.strip() in names:
        return Topology(text.strip())
    guess = did_you_mean(text.replace("_", "-"), names) if isinstance(text, str) else None
    hint = f'Did you mean "{guess}"?' if guess else f"It is one of {', '.join(names)}."
    problems.append(file.problem((TOPOLOGY,), "is no topology.", hint))
    return None
