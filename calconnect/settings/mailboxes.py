"""The list of mailboxes: CSV with a header, or one address a line, as Exchange, Excel or an editor saves it.

Everything that is wrong is collected, with its line, before anything is done with the list.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from calconnect.foundation.problems import Problem
from calconnect.settings.addresses import address_fault, address_key
from calconnect.settings.listtext import NotText, Record, decode, find_delimiter, is_blank, numbered_lines, records
from calconnect.settings.model import ListedMailbox

COLUMNS = (
    "primarysmtpaddress",
    "windowsemailaddress",
    "emailaddress",
    "email",
    "mail",
    "smtpaddress",
    "mailbox",
    "userprincipalname",
    "upn",
    "address",
)
"""Names of a column that holds addresses, best first; compared without case, spaces, hyphens and underscores."""

_ONE_FIELD = "\x1f"
"""A delimiter that occurs in no list: reads a file of one field a line, quotes included."""
_TRAILING_COMMENT = re.compile(r"\s#.*$")
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class AddressList:
    """What a list holds: the good addresses in its order, each once, and everything that is wrong with the rest."""

    mailboxes: tuple[ListedMailbox, ...]
    problems: tuple[Problem, ...]


class _Place(NamedTuple):
    """Where one address stands, and as what."""

    address: str
    line: int | None
    key: str


def read_list(path: Path, name: str, column: str | None = None) -> AddressList:
    """Read a list of addresses.

    Args:
        path: the file.
        name: what messages call the file.
        column: the header of the column that holds the addresses; None: found by its name (see ``COLUMNS``).
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return AddressList((), (Problem(name, None, "", f"cannot be read: {reason}."),))
    return parse_list(data, name, column)


def parse_list(data: bytes, name: str, column: str | None = None) -> AddressList:
    """Read a list of addresses from the bytes of its file; see ``read_list``."""
    try:
        lines = numbered_lines(decode(data))
    except NotText as error:
        return AddressList((), (Problem(name, None, "", f"{error}.", "Save it as UTF-8 text or as CSV UTF-8."),))
    delimiter, first = find_delimiter(lines)
    if all(is_blank(line) for line in lines[first:]):
        return AddressList((), (Problem(name, None, "", "holds no address.", "Write one e-mail address a line."),))
    problems: list[Problem] = []
    rows = list(records(lines, delimiter or _ONE_FIELD, first))
    position, key, has_header = _column(rows[0], column, name, problems)
    if position is None:
        return AddressList((), tuple(problems))
    places: list[_Place] = []
    for row in rows[has_header:]:
        if row.fault:
            problems.append(Problem(name, row.line, key, f"The line {row.fault}.", "Mend the quotes of this line."))
        elif "".join(row.fields).strip():
            if position >= len(row.fields):
                problems.append(Problem(name, row.line, key, "The line is too short: it has no such column."))
                continue
            text = row.fields[position]
            places.append(_Place((text if delimiter else _TRAILING_COMMENT.sub("", text)).strip(), row.line, key))
    if not places and not problems:
        problems.append(Problem(name, None, "", "holds a header and no address.", "Write one mailbox a line."))
    return _sift(places, name, problems)


def check_addresses(items: Iterable[tuple[str, int | None, str]], name: str) -> AddressList:
    """Check addresses that stand in the settings themselves.

    Args:
        items: address, line, dotted key of each.
        name: what messages call the file.
    """
    return _sift([_Place(address.strip(), line, key) for address, line, key in items], name, [])


def _sift(places: list[_Place], name: str, problems: list[Problem]) -> AddressList:
    """Take the malformed and the repeated out of a list, naming each."""
    seen: dict[str, _Place] = {}
    good: list[ListedMailbox] = []
    for place in places:
        fault = address_fault(place.address)
        if fault:
            shown = _shown(place.address)
            message = f"{shown} is no e-mail address: it {fault}." if shown else f"is no e-mail address: it {fault}."
            problems.append(Problem(name, place.line, place.key, message))
            continue
        earlier = seen.setdefault(address_key(place.address), place)
        if earlier is not place:
            where = _where(earlier, place)
            message = f"{place.address} is listed twice: it stands {where} already."
            problems.append(Problem(name, place.line, place.key, message, "Remove one of the two."))
            continue
        good.append(ListedMailbox(place.address, place.line))
    problems.sort(key=lambda problem: problem.line or 0)
    return AddressList(tuple(good), tuple(problems))


def _where(earlier: _Place, later: _Place) -> str:
    return f"at {earlier.key}" if earlier.line in (None, later.line) else f"in line {earlier.line}"


def _shown(text: str) -> str:
    """Return a malformed address for a message; nothing if it has no @, for then it may be anything, a secret too."""
    if "@" not in text:
        return ""
    return _visible(text)


def _visible(text: str) -> str:
    """Return a text that does no harm on a screen: no control characters, not too long."""
    visible = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return visible if len(visible) <= _LONGEST_SHOWN else visible[: _LONGEST_SHOWN - 1] + "…"


def _column(row: Record, wanted: str | None, name: str, problems: list[Problem]) -> tuple[int | None, str, bool]:
    """Return the index of the column with the addresses (None: unclear), its name, and whether ``row`` is a header."""
    if row.fault:
        problems.append(Problem(name, row.line, "", f"The line {row.fault}.", "Mend the quotes of this line."))
        return None, "", False
    names = [_plain(field) for field in row.fields]
    with_at = [index for index, field in enumerate(row.fields) if "@" in field]
    if wanted is not None:
        return _wanted_column(row, names, wanted, name, problems)
    if not with_at:
        for known in COLUMNS:
            if known in names:
                index = names.index(known)
                return index, row.fields[index].strip(), True
        if len(row.fields) == 1:
            return 0, "address", False
        hint = "Name it with mailboxes.column, or call it PrimarySmtpAddress."
        problems.append(Problem(name, row.line, "", "The header names no column of e-mail addresses.", hint))
        return None, "", True
    if len(with_at) > 1:
        hint = "Write one address a line, or give the file a header such as PrimarySmtpAddress."
        problems.append(Problem(name, row.line, "", "The first line holds more than one address.", hint))
        return None, "", False
    return with_at[0], "address", False


def _wanted_column(
    row: Record, names: list[str], wanted: str, name: str, problems: list[Problem]
) -> tuple[int | None, str, bool]:
    plain = _plain(wanted)
    if names.count(plain) == 1:
        return names.index(plain), wanted, True
    if plain in names:
        message, hint = f"The header names the column {wanted} more than once.", "Rename one of them."
    elif any("@" in field for field in row.fields):
        message = f"There is no header, and so no column {wanted}."
        hint = "Give the file a header, or leave mailboxes.column out."
    else:
        message = f"There is no column {wanted}."
        close = difflib.get_close_matches(plain, names, 1)
        if close:
            hint = f"Did you mean {_visible(row.fields[names.index(close[0])].strip())}?"
        elif len(row.fields) > 1:
            hint = f"The columns are: {', '.join(_visible(field.strip()) for field in row.fields)}."
        else:
            hint = "The file has one column; leave mailboxes.column out."
    problems.append(Problem(name, row.line, "", message, hint))
    return None, "", True


def _plain(header: str) -> str:
    return re.sub(r"[\s_-]", "", header).lower()
