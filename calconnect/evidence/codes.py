"""What codes and statuses mean, read from ``codes.toml``: the one table that says so."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

_TABLE = Path(__file__).with_name("codes.toml")


class Kind(StrEnum):
    """What sort of answer a code stands for, whatever the question was."""

    SUCCESS = "success"
    REFUSAL_OF_RIGHTS = "refusal-of-rights"
    """The account is known, and may not do this."""
    REFUSAL_OF_IDENTITY = "refusal-of-identity"
    """The account could not sign in, or may not be used."""
    MISSING_MAILBOX = "missing-mailbox"
    """There is no such mailbox, or not here."""
    WRONG_ADDRESS = "wrong-address"
    """The address is not the one that the mailbox goes by."""
    NOT_FOUND = "not-found"
    """There is no such item, folder, name or group."""
    AMBIGUOUS = "ambiguous"
    """There are several."""
    TRANSIENT = "transient"
    """It may well work later: throttling, overload, moves, failovers. Tried once more, then it proves nothing."""
    POLICY = "policy"
    """Switched off or limited by the organisation or its licences, for everybody or for this user."""
    REQUEST = "request"
    """The request itself was at fault, or beyond a limit."""
    SERVER_FAULT = "server-fault"
    """The server is at fault."""
    WRONG_ENDPOINT = "wrong-endpoint"
    """Something answered, but not what was looked for."""
    NOT_TRUSTED = "not-trusted"
    """TLS could not be made as it must be, so nothing was sent."""
    NOT_ANSWER = "not-answer"
    """Nothing usable came back."""
    NOT_ASKED = "not-asked"
    """It could not even be asked, for a reason on this side."""
    UNLISTED = "unlisted"
    """The table does not know it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code, or one HTTP status without a code, means."""

    code: str
    """The code, or ``HTTP 401`` for a status."""
    kind: Kind
    sentence: str
    """One plain sentence for people."""
    source: str
    """URL of where the fact can be read; empty for what the table does not know."""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """All codes and statuses that are known."""

    by_code: Mapping[str, Meaning]
    by_status: Mapping[int, Meaning]


@functools.cache
def code_table() -> CodeTable:
    """Return the table; it is read once."""
    data: dict[str, Any] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    by_code = {entry["code"]: _meaning(entry["code"], entry) for entry in data["code"]}
    by_status = {entry["status"]: _meaning(f"HTTP {entry['status']}", entry) for entry in data["status"]}
    return CodeTable(MappingProxyType(by_code), MappingProxyType(by_status))


def meaning(code: str | None, http_status: int | None = None) -> Meaning:
    """Say what ``code`` means or, where there is no code, what the HTTP status does.

    What the table does not know is :attr:`Kind.UNLISTED`; this never fails.
    """
    table = code_table()
    if code:
        known = table.by_code.get(code)
        if known is not None:
            return known
        return Meaning(code, Kind.UNLISTED, f"The server answered with the code {code}.", "")
    if http_status is not None:
        known = table.by_status.get(http_status)
        if known is not None:
            return known
        return Meaning(f"HTTP {http_status}", Kind.UNLISTED, f"The server answered with HTTP {http_status}.", "")
    return Meaning("", Kind.UNLISTED, "There was no answer.", "")


def _meaning(code: str, entry: Mapping[str, Any]) -> Meaning:
    return Meaning(code, Kind(entry["kind"]), entry["meaning"], entry["source"])
