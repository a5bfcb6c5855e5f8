"""What is worth asking again, read from ``retries.toml``. The table is closed: what it lacks is not asked again."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Observation
from calconnect.sweep.answers import said
from calconnect.tenants.thin.interface import Shot

_TABLE = Path(__file__).with_name("retries.toml")

LONGEST_PAUSE = 30.0
"""Seconds that an attempt is put off at most by calconnect's own choice."""


class Load(StrEnum):
    """Of what there was too much, where a server turns a request away."""

    RATE = "rate"
    CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True)
class Retry:
    """How one sort of answer is taken. The fields stand in ``retries.toml``."""

    more: int
    pause: float
    """Seconds."""
    nothing: bool = False
    load: Load | None = None
    told: bool = False
    whole: bool = False
    smaller: bool = False

    def pause_after(self, tries: int) -> float:
        """Return the seconds to wait after so many attempts, the first being 1: twice as long each time."""
        return min(self.pause * 2.0 ** min(tries - 1, 20), LONGEST_PAUSE)

    def load_of(self, shot: Shot) -> Load | None:
        """Return of what there was too much; None: the shot says nothing of load."""
        return self.load if shot.retry_after is not None or not self.told else None


@dataclass(frozen=True, slots=True)
class RetryTable:
    """All entries."""

    by_code: Mapping[str, Retry]
    by_kind: Mapping[Kind, Retry]


@functools.cache
def retry_table() -> RetryTable:
    """Return the table; it is read once."""
    by_code: dict[str, Retry] = {}
    by_kind: dict[Kind, Retry] = {}
    for entry in tomllib.loads(_TABLE.read_text(encoding="utf-8"))["retry"]:
        code, kind = entry.pop("code", None), entry.pop("kind", None)
        load = entry.pop("load", None)
        retry = Retry(**entry, load=None if load is None else Load(load))
        if code is not None:
            by_code[code] = retry
        else:
            by_kind[Kind(kind)] = retry
    return RetryTable(MappingProxyType(by_code), MappingProxyType(by_kind))


def retry_for(observation: Observation) -> Retry | None:
    """Return how the answer is to be taken; None: it is not worth another attempt."""
    if observation.ok:
        return None
    table = retry_table()
    entry = table.by_code.get(observation.code or "") or table.by_code.get(said(observation))
    return entry or table.by_kind.get(meaning(observation.code, observation.http_status).kind)
