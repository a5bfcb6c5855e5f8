"""From a document to typed tables: everything that is wrong with keys and values is collected, with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from calconnect.foundation.problems import Problem
from calconnect.foundation.toml import KeyPath
from calconnect.mock_tenant.description.document import Document, locate
from calconnect.mock_tenant.description.tables import TenantTables

_WANTED = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "datetime_type": "must be a date and time without quotes, such as 2026-11-22T09:00:00Z",
    "date_type": "must be a date without quotes, such as 2026-11-22",
    "time_type": "must be a time of day without quotes, such as 09:00:00",
}
_LIMITS = {
    "greater_than_equal": ("must be at least {ge}", "ge"),
    "less_than_equal": ("must be at most {le}", "le"),
}
_PLACEHOLDERS: Mapping[KeyPath, Any] = {
    ("title",): "-",
    ("organization",): {"name": "-", "domains": ["invalid.test"]},
    ("organization", "name"): "-",
    ("organization", "domains"): ["invalid.test"],
}
"""What stands in for required keys of a file that has problems anyway, so that the rest can be looked at."""


def read_tables(document: Document, problems: list[Problem]) -> TenantTables:
    """Read the tables of a document.

    Args:
        document: the merged tenant file. What is wrong is taken out of it, and so is an entry that lacks what it
            cannot do without.
        problems: takes everything that is wrong with keys and values.
    """
    for _ in range(6):  # an entry may have to go because of what was taken out of it; tables nest four deep
        try:
            return TenantTables.model_validate(document.data)
        except ValidationError as error:
            details = error.errors(include_url=False)
        problems += _problems(document, details)
        for path in sorted({_place(one) for one in details}, key=_depth_and_order, reverse=True):
            _take_out(document, path)
    raise AssertionError("the tables cannot be made valid by taking out what is wrong with them")


def _depth_and_order(path: KeyPath) -> tuple[tuple[int, str | int], ...]:
    return tuple((0, part) if isinstance(part, int) else (1, part) for part in path)


def _place(error: ErrorDetails) -> KeyPath:
    """Return the path of what is wrong, without the names of alternatives that pydantic puts into it."""
    if error["type"] in ("missing", "extra_forbidden"):
        return error["loc"]
    return tuple(part for part in error["loc"] if isinstance(part, int) or not _is_alternative(part))


def _is_alternative(part: str) -> bool:
    return part in ("bool", "datetime", "date", "[key]") or part.startswith(("literal[", "function-", "list[", "dict["))


def _problems(document: Document, details: list[ErrorDetails]) -> Iterator[Problem]:
    told: set[KeyPath] = set()
    for error in details:
        path = _place(error)
        if path in told or document.place(path) in document.taken_out:
            continue  # the second alternative of one key; or a key that is missing because it was wrong
        if document.lacks_base and error["type"] == "missing":
            continue  # it may well stand there
        told.add(path)
        yield document.problem(path, *_wording(path, error))


def _wording(path: KeyPath, error: ErrorDetails) -> tuple[str, str]:
    """Return message and hint."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "tenant_file":
        return str(context["message"]), str(context["hint"])
    if kind == "missing":
        return "is missing.", f"Add {path[-1]}." if path else ""
    if kind == "extra_forbidden":
        return "There is no such key.", _did_you_mean(path)
    if kind in _WANTED:
        return f"{_WANTED[kind]}.", ""
    if kind in ("enum", "literal_error"):
        return f"{_shown(error['input'])} is not one of {context['expected']}.", _nearest(error["input"], context)
    if kind in _LIMITS:
        text, name = _LIMITS[kind]
        return f"{error['input']} is out of range: it {text.format(**{name: context[name]})}.", ""
    if kind in ("string_too_short", "too_short"):
        return "is empty.", "Give it a value, or leave the key out."
    return f"is not valid: {error['msg']}.", ""


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float | bool) else "This value"


def _nearest(value: object, context: Mapping[str, Any]) -> str:
    words = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ",").split(",")]
    close = difflib.get_close_matches(str(value), words, 1)
    return f"Did you mean {close[0]}?" if close else ""


def _did_you_mean(path: KeyPath) -> str:
    keys = sorted(keys_at(path[:-1]))
    close = difflib.get_close_matches(str(path[-1]), keys, 1, 0.6)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(keys)}."


def keys_at(path: KeyPath) -> set[str]:
    """Return the keys that the table at ``path`` may have."""
    model: type[BaseModel] = TenantTables
    for part in path:
        if isinstance(part, str):
            model = _table_in(model.model_fields[part].annotation) or model
    return set(model.model_fields)


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _table_in(one)) is not None), None)


def _take_out(document: Document, path: KeyPath) -> None:
    """Take out the value at ``path``; a missing key takes the table with it that cannot do without."""
    parent, key = document.at(path[:-1]), path[-1]
    if parent is None:
        return  # went with something above it
    if key in parent.children:
        document.taken_out.add(document.place(path))
        del parent.children[key]
        if isinstance(parent.value, list):
            parent.children = dict(enumerate(parent.children.values()))
    elif path in _PLACEHOLDERS:
        parent.children[key] = locate(parent.file, _PLACEHOLDERS[path], (*parent.path, key))
    else:
        _take_out(document, path[:-1])
