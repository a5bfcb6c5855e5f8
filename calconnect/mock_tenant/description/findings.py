"""Collects what is wrong with how the parts of a tenant file fit together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from calconnect.foundation.problems import Problem
from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.document import ENTRY_KEYS, Document
from calconnect.mock_tenant.state.directory import Directory, Recipient

_MOST_COMPARED = 2000
"""Beyond so many addresses no near miss is looked for: it would take seconds."""


def all_named(document: Document) -> set[str]:
    """Return all that the file's entries are named by, in lower case: addresses and names, the malformed ones too."""
    found = set()
    for path, key in ENTRY_KEYS.items():
        array = document.at(path)
        for entry in array.children.values() if array is not None else ():
            name = entry.children.get(key)
            if name is not None and isinstance(name.value, str):
                found.add(name.value.lower())
    return found


class Findings:
    """The problems found so far, and what is known of entries that had to be left out."""

    def __init__(self, document: Document, problems: list[Problem], left_out: set[str]) -> None:
        self._document = document
        self._problems = problems
        self._left_out = left_out
        """Names of entries that had to go for their own mistakes: who refers to them has made none."""

    def add(self, path: KeyPath, message: str, hint: str = "") -> None:
        """Note a problem; unless it follows from one that has been told."""
        if self._document.is_marred(path):
            return
        self._problems.append(self._document.problem(path, message, hint))

    def taken(self, path: KeyPath, address: str) -> None:
        """Note that an address is somebody's already; unless that has been told, as for two entries of one name."""
        problem = self._document.problem(path, f"The address {address} is used twice.", "Give each its own.")
        if not any((other.file, other.line) == (problem.file, problem.line) for other in self._problems):
            self._problems.append(problem)

    def known(self, directory: Directory, path: KeyPath, address: str, what: str) -> Recipient | None:
        """Return who has an address; None, with a problem, if nobody has.

        Args:
            directory: where to look.
            path: where it is said.
            address: the address.
            what: what it stands for, such as ``member``.
        """
        found = directory.by_address(address)
        if found is None and address.lower() not in self._left_out:
            self.unknown(path, f"There is no recipient {address} to be a {what}.", address, _addresses(directory))
        return found

    def unknown(self, path: KeyPath, message: str, name: str, names: Iterable[str]) -> None:
        """Note that a name leads nowhere, with the nearest one that does."""
        if name.lower() in self._left_out:
            return
        close = difflib.get_close_matches(name, list(names), 1)
        self.add(path, message, f"Did you mean {close[0]}?" if close else "")


def _addresses(directory: Directory) -> list[str]:
    return [one.email for one in directory] if len(directory) <= _MOST_COMPARED else []
