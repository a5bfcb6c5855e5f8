"""Several mistakes in one tenant: how they are put together, and what their verdicts must come to.

**Composed** they are by laying one tenant file over another: the first mistake is based on the tenant ``small``, each
further one on the file before it. Mistakes go together if their differences touch no key in common (an entry of a list,
such as a mailbox, counts as one key), and if none of them changes whether a requirement applies in which another one
fails or is unknown: where the server's URL is given, for instance, a broken Autodiscover is none of its troubles.

**The verdict** of a requirement in the union follows from those in the single tenants:

1. It applies if it does in every single tenant in which that is otherwise than in the healthy tenant.
2. If no single tenant has it ``failed``, it is ``unknown`` if one has it so, else ``passed``. It may be either where
   all have it ``passed``, but one of them by an export in the place of an answer of the server, and another one by the
   answer, or without any exports. Then it hangs on whether each part of it is still shown by one of the two.
3. If one has it ``failed``, it is ``failed``, unless another one has it ``unknown`` because the question that shows the
   failure got no answer there. Then it is ``unknown``: whoever cannot sign in never learns whom impersonation covers.
   Precisely: each failing finding rests on the answers to some questions (probes). It stands if, in every tenant in
   which the requirement is ``unknown``, each of these questions got at least one answer that is no refusal; a finding
   that rests on configuration alone always stands. One finding that stands makes the requirement ``failed``.
4. NET-02 and NET-03 can hide each other, for both show when the server is looked for. TLS comes first: NET-03 stands.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.comparison import Machine, expectation
from calconnect.detection.model import Row
from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.description.catalogue import find_tenant_file
from calconnect.mock_tenant.description.document import ENTRY_KEYS
from calconnect.requirements.catalogue import load_catalogue

Key = tuple[str, ...]

BASE = "small"
_BASE_LINE = re.compile(r'^base = "[^"]*"$', re.M)
_NOT_OF_THE_ORGANISATION = ("title", "description", "base", "expected", "name")


def compose(names: Sequence[str], folder: Path) -> Path:
    """Write the tenant that has all these mistakes, and return its file."""
    base, path = BASE, folder
    for number, name in enumerate(names):
        text = find_tenant_file(name).read_text(encoding="utf-8")
        path = folder / f"union-{number}.toml"
        path.write_text(_BASE_LINE.sub(lambda _, base=base: f"base = '{base}'", text), encoding="utf-8")  # type: ignore[misc]
        base = str(path)
    return path


def touched(name: str) -> frozenset[Key]:
    """Return the keys that a tenant's difference touches."""
    data = tomllib.loads(find_tenant_file(name).read_text(encoding="utf-8"))
    return frozenset(_keys({key: value for key, value in data.items() if key not in _NOT_OF_THE_ORGANISATION}, ()))


def _keys(value: Any, path: Key) -> Iterator[Key]:
    if path in ENTRY_KEYS:
        for entry in value:
            yield (*path, str(entry[ENTRY_KEYS[path]]).lower())
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _keys(one, (*path, key))
    else:
        yield path


def go_together(rows: Sequence[Row]) -> bool:
    """Whether these mistakes can be in one tenant without one undoing what another one does."""
    for one, other in itertools.permutations(rows, 2):
        if touched(one.tenant) & touched(other.tenant):
            return False
        if {*one.found.not_applicable, *one.found.passed} & {*other.found.failed, *other.found.unknown}:
            return False
    return True


def union(rows: Sequence[Row], baseline: Mapping[str, Verdict]) -> dict[str, frozenset[Verdict]]:
    """Return the verdict that each requirement must come to in a tenant with all these mistakes; both, where it may
    come to one of two."""
    found = {requirement: _united(requirement, rows, healthy) for requirement, healthy in baseline.items()}
    if any("NET-02" in row.found.failed for row in rows) and any("NET-03" in row.found.failed for row in rows):
        found["NET-03"] = frozenset({Verdict.FAILED})
    return found


def _united(requirement: str, rows: Sequence[Row], healthy: Verdict) -> frozenset[Verdict]:
    verdicts = [verdict_in(row, requirement, healthy) for row in rows]
    applying: list[Verdict] = [verdict for verdict in verdicts if verdict is not Verdict.NOT_APPLICABLE]
    if healthy is Verdict.NOT_APPLICABLE:
        verdicts = applying  # of those that changed whether it applies
    if len(applying) < len(verdicts) or not verdicts:
        return frozenset({Verdict.NOT_APPLICABLE})
    hiding = [row for row in rows if verdict_in(row, requirement, healthy) is Verdict.UNKNOWN]
    for row in rows:
        for way in row.rests_on.get(requirement, ()):
            if all(set(way) <= set(other.answered) for other in hiding):
                return frozenset({Verdict.FAILED})
    if {Verdict.FAILED, Verdict.UNKNOWN} & set(verdicts):
        return frozenset({Verdict.UNKNOWN})
    passed = frozenset({Verdict.PASSED})
    return passed | {Verdict.UNKNOWN} if _shown_otherwise(requirement, rows) else passed


def _shown_otherwise(requirement: str, rows: Sequence[Row]) -> bool:
    """Whether tenants in which a requirement passes show it by what another one of them does not have."""
    by_exports = [requirement in row.by_exports for row in rows]
    return any(by_exports) and not (all(by_exports) and all("exports" in row.answered for row in rows))


def verdict_in(row: Row, requirement: str, healthy: Verdict) -> Verdict:
    """Return a requirement's verdict in a single tenant, by what its row says differs from the healthy one."""
    named = (
        (Verdict.FAILED, row.found.failed),
        (Verdict.UNKNOWN, row.found.unknown),
        (Verdict.NOT_APPLICABLE, row.found.not_applicable),
        (Verdict.PASSED, row.found.passed),
    )
    return next((verdict for verdict, requirements in named if requirement in requirements), healthy)


def healthy_verdicts() -> Mapping[str, Verdict]:
    """Return the verdict of every requirement in the healthy tenant."""
    healthy = load("healthy").expected
    return expectation(healthy, healthy, load_catalogue().values(), Machine()).baseline


def draw(rows: Sequence[Row], together: int, times: int, seed: int) -> list[tuple[str, ...]]:
    """Draw so many different groups of mistakes that go together, always the same for the same catalogue.

    Args:
        rows: the rows of the tenants to draw from.
        together: how many mistakes are in one tenant.
        times: how many groups.
        seed: starts the generator.
    """
    generator = random.Random(seed)
    drawn: dict[tuple[str, ...], None] = {}
    while len(drawn) < times:
        picked = generator.sample(list(rows), together)
        if go_together(picked):
            drawn.setdefault(tuple(sorted(row.tenant for row in picked)))
    return list(drawn)
