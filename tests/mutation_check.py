"""Shows that the detection matrix notices every mutation of our own judgement: ``python -m tests.mutation_check``.

Serves the tenants that it needs one after another, observes each once, and judges what was observed again with one
assertion changed at a time (see ``tests/detection/mutations.py``). Writes a table and ends with 1 if a mutation
survives. Takes about four minutes. With ids of requirements it tries these alone:
``python -m tests.mutation_check IMP-03 OPS-06``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from calconnect.detection.comparison import this_machine
from calconnect.detection.run import observing
from calconnect.detection.workers import without_public_authorities
from calconnect.mock_tenant.description import catalogue, load
from calconnect.requirements.catalogue import load_catalogue
from tests.detection.mutations import Change, Mutation, expected_of, mutations_of, notices

FIRST = ("small", "online-healthy", "online-ews-healthy", "hybrid-healthy")
"""Nothing is wrong here: what passed and now fails is noticed at once."""


def main(arguments: Sequence[str]) -> int:
    """Try every mutation, or those of the requirements named, and return the exit code."""
    every = [requirement.id for requirement in load_catalogue().values()]
    unknown = sorted(set(arguments) - set(every))
    if unknown:
        sys.stderr.write(f"There is no requirement {', '.join(unknown)}.\n")
        return 2
    began = time.perf_counter()
    check = _Check(list(arguments) or every)
    with (
        tempfile.TemporaryDirectory(prefix="calconnect-mutations-") as folder,
        without_public_authorities(Path(folder)),
    ):
        for name in _in_order():
            check.try_tenant(name, Path(folder))
    check.show()
    sys.stdout.write(f"{time.perf_counter() - began:.0f} seconds.\n")
    return 1 if check.surviving or check.disagreeing or check.untried else 0


def _in_order() -> list[str]:
    """Return the tenants: the healthy ones first, then by how little falls short, for that says most."""
    entries = [(entry.name, load(entry.file).expected) for entry in catalogue()]
    telling = [(name, one) for name, one in entries if one.failed or one.unknown or one.passed]
    telling.sort(key=lambda one: (len(one[1].failed) + len(one[1].unknown), one[0]))
    return [*FIRST, *(name for name, _ in telling)]


class _Check:
    """What was tried so far, and what is still to be noticed."""

    def __init__(self, requirements: Sequence[str]) -> None:
        self._requirements = list(requirements)
        self._known: set[Mutation] = set()
        self.noticed: dict[Mutation, str] = {}
        """By mutation, the tenant that noticed it."""
        self.disagreeing: list[str] = []
        """Where judging again comes to something else than expected before anything is changed."""

    @property
    def surviving(self) -> list[Mutation]:
        """The mutations that no tenant has noticed."""
        return sorted(self._known - self.noticed.keys())

    @property
    def untried(self) -> list[str]:
        """The requirements of which no assertion was seen."""
        return [one for one in self._requirements if not any(known.requirement == one for known in self._known)]

    def try_tenant(self, name: str, folder: Path) -> None:
        """Try what is still unnoticed on a tenant, if its expectations say anything about it."""
        expected = load(name).expected
        named = {*expected.failed, *expected.unknown, *expected.passed}
        wanted = [one for one in self._requirements if (name in FIRST or one in named) and self._is_wanted(one)]
        if not wanted or expected.problems:
            return
        with observing(name, state_folder=folder) as audited:
            must = expected_of(audited, this_machine())
            for requirement in wanted:
                found = mutations_of(audited, must, requirement)
                if found is None:
                    self.disagreeing.append(f"{requirement} in {name}")
                    continue
                self._known |= found
                for mutation in sorted(found - self.noticed.keys()):
                    if notices(audited, must, mutation):
                        self.noticed[mutation] = name
        sys.stderr.write(f"{name}: {len(self.surviving)} not noticed yet\n")

    def _is_wanted(self, requirement: str) -> bool:
        """Whether no assertion of a requirement is known yet, or one has mutations that are not noticed yet."""
        known = {one for one in self._known if one.requirement == requirement}
        return not known or not known <= self.noticed.keys()

    def show(self) -> None:
        """Write the table: a row for each assertion, a column for each change, in it who noticed."""
        rows = sorted({(one.requirement, one.assertion) for one in self._known})
        width = max((len(assertion) for _, assertion in rows), default=0)
        for requirement, assertion in rows:
            cells = [self.noticed.get(Mutation(requirement, assertion, change), "SURVIVES") for change in Change]
            sys.stdout.write(f"{requirement}  {assertion.ljust(width)}  {'  '.join(one.ljust(32) for one in cells)}\n")
        sys.stdout.write(f"Columns: {'; '.join(Change)}.\n")
        count, left = len(self._known), len(self.surviving)
        sys.stdout.write(f"{count} mutations of {len(self._requirements)} requirements; {left} survive.\n")
        for one in self.disagreeing:
            sys.stdout.write(f"Judged again it is not what is expected: {one}.\n")
        for requirement in self.untried:
            sys.stdout.write(f"No tenant asserts anything about {requirement}.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
