"""Reads JSON that others sent: whole or not at all, and each value only if it has the type that it must have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]


class NotJson(Exception):
    """The content is no JSON text, or not a whole one."""


class UnexpectedShape(Exception):
    """It is JSON, but not what was asked for."""


def read_json(content: bytes) -> Any:
    """Parse a JSON text (UTF-8).

    Raises:
        NotJson: it is none.
    """
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotJson("the answer is not JSON") from None


def whole(value: object) -> Object:
    """Return a JSON object.

    Raises:
        UnexpectedShape: it is something else.
    """
    if not isinstance(value, dict):
        raise UnexpectedShape("not an object")
    return value


def text(owner: Object, name: str) -> str:
    """Return a text; empty where it is left out or null.

    Raises:
        UnexpectedShape: it is something else.
    """
    value = owner.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnexpectedShape(f"{name} is not a text")
    return value.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be written to any file


def needed_text(owner: Object, name: str) -> str:
    """Return a text that must be there.

    Raises:
        UnexpectedShape: it is not.
    """
    found = text(owner, name)
    if not found:
        raise UnexpectedShape(f"{name} is missing")
    return found


def flag(owner: Object, name: str) -> bool | None:
    """Return a truth value; None where it is left out or null.

    Raises:
        UnexpectedShape: it is something else.
    """
    value = owner.get(name)
    if value is not None and not isinstance(value, bool):
        raise UnexpectedShape(f"{name} is not true or false")
    return value


def objects(owner: Object, name: str) -> list[Object]:
    """Return a list of objects; empty where it is left out or null.

    Raises:
        UnexpectedShape: it is something else.
    """
    value = owner.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnexpectedShape(f"{name} is not a list")
    return [whole(one) for one in value]


def texts(owner: Object, name: str) -> Iterator[str]:
    """Yield the texts of a list; none where it is left out or null.

    Raises:
        UnexpectedShape: it is something else.
    """
    value = owner.get(name)
    if value is None:
        return
    if not isinstance(value, list):
        raise UnexpectedShape(f"{name} is not a list")
    for number, one in enumerate(value):
        yield text({str(number): one}, str(number))


def items(body: Object) -> list[Object]:
    """Return the items of a page.

    Raises:
        UnexpectedShape: the answer is no page.
    """
    if "value" not in body:
        raise UnexpectedShape("the answer has no items")
    return objects(body, "value")


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
