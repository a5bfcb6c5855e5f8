"""Tenant files as documents: read, laid over their base, every value knowing the file and line that it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.toml import KeyPath, TomlFile, read_toml
from calconnect.mock_tenant.description.catalogue import find_tenant_file

ENTRY_KEYS: dict[KeyPath, str] = {
    ("mailboxes",): "email",
    ("generate",): "email",
    ("rooms",): "email",
    ("groups",): "email",
    ("service_accounts",): "email",
    ("role_groups",): "name",
    ("role_assignments",): "name",
    ("management_scopes",): "name",
    ("authentication_policies",): "name",
    ("throttling_policies",): "name",
    ("databases",): "name",
    ("attestations",): "requirement",
    ("firewall", "rules"): "order",
    ("online", "applications"): "app",
    ("online", "access_policies"): "name",
    ("online", "application_roles"): "name",
    ("online", "conditional_access"): "name",
    ("online", "named_locations"): "name",
    ("online", "transport_rules"): "name",
}
"""Arrays of tables that are merged entry by entry, and the key by which two entries are the same."""

_OWN_KEYS = ("name", "title", "description", "expected", "base")
"""Top-level keys that a file does not take over from its base."""


@dataclass(slots=True)
class Located:
    """A value and where it stands."""

    value: Any
    """Of a table or an array: an empty one; what is in it stands in ``children``."""
    file: TomlFile
    path: KeyPath
    children: dict[str | int, Located] = field(default_factory=dict)

    @property
    def is_table(self) -> bool:
        """Whether it is a table."""
        return isinstance(self.value, dict)

    def plain(self) -> Any:
        """Return the value as the TOML parser would have given it."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.children.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.children.values()]
        return self.value


def locate(file: TomlFile, value: Any, path: KeyPath = ()) -> Located:
    """Return a parsed value with its place."""
    if isinstance(value, dict):
        children: dict[str | int, Located] = {key: locate(file, one, (*path, key)) for key, one in value.items()}
        return Located({}, file, path, children)
    if isinstance(value, list):
        items: dict[str | int, Located] = {index: locate(file, one, (*path, index)) for index, one in enumerate(value)}
        return Located([], file, path, items)
    return Located(value, file, path)


@dataclass(frozen=True, slots=True)
class Document:
    """A tenant file laid over its bases."""

    file: Path
    root: Located
    lacks_base: bool = False
    """Whether one of its bases could not be used, so that what is not in it says nothing."""
    taken_out: set[tuple[str, KeyPath]] = field(default_factory=set)
    """Places, as ``place`` returns them, of what was wrong and is not in it any more."""

    @property
    def data(self) -> dict[str, Any]:
        """Everything in it, as plain values."""
        plain: dict[str, Any] = self.root.plain()
        return plain

    def at(self, path: KeyPath) -> Located | None:
        """Return what stands at ``path``; None if nothing does."""
        here: Located | None = self.root
        for part in path:
            here = here.children.get(part) if here is not None else None
        return here

    def place(self, path: KeyPath) -> tuple[str, KeyPath]:
        """Return the file that ``path`` belongs to, and the path in that file."""
        file, own = self._own(path)
        return file.name, own

    def is_marred(self, path: KeyPath) -> bool:
        """Whether something was taken out at ``path`` or inside."""
        file, own = self.place(path)
        return any(name == file and gone[: len(own)] == own for name, gone in self.taken_out)

    def problem(self, path: KeyPath, message: str, hint: str = "") -> Problem:
        """Return a problem at ``path``: in the file that the value comes from, or where it would have to stand."""
        file, own = self._own(path)
        return file.problem(own, message, hint)

    def _own(self, path: KeyPath) -> tuple[TomlFile, KeyPath]:
        here, rest = self.root, path
        while rest and rest[0] in here.children:
            here, rest = here.children[rest[0]], rest[1:]
        return here.file, (*here.path, *rest)


def read_document(name_or_path: str | Path, problems: list[Problem]) -> Document:
    """Read a tenant file and all that it is based on.

    Args:
        name_or_path: a name of the catalogue, or a path.
        problems: takes what is wrong with the way the files are put together.

    Raises:
        InvalidInput: the file itself cannot be found, read or parsed.
    """
    path = find_tenant_file(name_or_path)
    without_base: list[Problem] = []
    root = _read(path, (path.resolve(),), problems, without_base)
    unmatched = take_out_removals(root)
    problems += without_base or unmatched
    return Document(path, root, bool(without_base))


def _read(path: Path, chain: tuple[Path, ...], problems: list[Problem], without_base: list[Problem]) -> Located:
    file = read_toml(path)
    own = locate(file, file.data)
    problems += twice_in_one_file(own)
    base = file.data.get("base")
    if not isinstance(base, str):
        return own
    try:
        base_path = find_tenant_file(base, path)
    except InvalidInput as error:
        for problem in error.problems:
            message = f"There is no tenant {base!r} to be based on."
            without_base.append(file.problem(("base",), message, problem.hint))
        return own
    if base_path.resolve() in chain:
        names = " → ".join(one.name for one in (*chain, base_path))
        without_base.append(file.problem(("base",), f"The tenant is based on itself: {names}."))
        return own
    below = _read(base_path, (*chain, base_path.resolve()), problems, without_base)
    for key in _OWN_KEYS:
        below.children.pop(key, None)
    return merge(below, own)


def twice_in_one_file(root: Located) -> list[Problem]:
    """Return a problem for each entry that repeats the key of an earlier one of the same file."""
    found = []
    for path, key in ENTRY_KEYS.items():
        array = _at(root, path)
        seen: dict[str | int, Located] = {}
        for entry in array.children.values() if array is not None else ():
            name = _name_of(entry, path)
            if name is None:
                continue
            place = entry.children[key]
            first = seen.setdefault(name, place)
            if first is not place:
                line = first.file.line_of(first.path)
                message = f"{place.value} is described twice: it stands in line {line} already."
                found.append(place.file.problem(place.path, message, "Put the two together."))
    return found


def merge(base: Located, change: Located, path: KeyPath = ()) -> Located:
    """Lay ``change`` over ``base``.

    Tables are merged key by key; the arrays of ``ENTRY_KEYS`` entry by entry, where ``remove = true`` takes an entry
    of the base away; anything else in ``change`` takes the place of what ``base`` has. Entries of the base keep their
    order, new ones follow.
    """
    if base.is_table and change.is_table:
        children = dict(base.children)
        for key, child in change.children.items():
            mine = children.get(key)
            children[key] = child if mine is None else merge(mine, child, (*path, key))
        return Located({}, change.file, change.path, children)
    if path in ENTRY_KEYS and isinstance(base.value, list) and isinstance(change.value, list):
        return _merge_entries(base, change, path)
    return change


def _merge_entries(base: Located, change: Located, path: KeyPath) -> Located:
    entries: list[Located] = list(base.children.values())
    places = {name: index for index, entry in enumerate(entries) if (name := _name_of(entry, path)) is not None}
    removed: set[int] = set()
    for entry in change.children.values():
        name = _name_of(entry, path)
        index = places.get(name) if name is not None else None
        if index is None:
            entries.append(entry)
        elif "remove" in entry.children and entry.children["remove"].value is True:
            removed.add(index)
        else:
            entries[index] = merge(entries[index], entry, (*path, index))
    kept = [entry for index, entry in enumerate(entries) if index not in removed]
    return Located([], change.file, change.path, dict(enumerate(kept)))


def take_out_removals(root: Located) -> list[Problem]:
    """Take out the entries that still say ``remove``: they have removed nothing. Return a problem for each."""
    found = []
    for path in ENTRY_KEYS:
        array = _at(root, path)
        if array is None or not isinstance(array.value, list):
            continue
        kept = []
        for entry in array.children.values():
            mark = entry.children.get("remove") if entry.is_table else None
            if mark is None:
                kept.append(entry)
            elif mark.value is True:
                message = "There is no such entry in the tenant that this one is based on, so nothing to remove."
                found.append(entry.file.problem(mark.path, message))
            else:
                found.append(entry.file.problem(mark.path, "can only be true.", "Leave it out to keep the entry."))
        array.children = dict(enumerate(kept))
    return found


def _at(root: Located, path: KeyPath) -> Located | None:
    here: Located | None = root
    for part in path:
        here = here.children.get(part) if here is not None and here.is_table else None
    return here


def _name_of(entry: Located, path: KeyPath) -> str | int | None:
    """Return what tells an entry from the others of its array; None if it does not say."""
    name = entry.children.get(ENTRY_KEYS[path]) if entry.is_table else None
    if name is None or isinstance(name.value, bool) or not isinstance(name.value, str | int):
        return None
    return name.value.lower() if isinstance(name.value, str) else name.value
