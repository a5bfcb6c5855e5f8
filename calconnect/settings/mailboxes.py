"""The list of mailboxes: an Excel workbook, CSV, or one address a line, as Exchange, Excel or an editor saves it.

Everything that is wrong is collected, with its line, before anything is done with the list. Whether that makes the list
useless is the caller's to decide: an audit wants one without a mistake, a sweep goes through with what is good of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from calconnect.foundation.problems import Problem
from calconnect.settings.addresses import address_fault, address_key
from calconnect.settings.listtext import NotText, Record, decode, find_delimiter, is_blank, numbered_lines, records
from calconnect.settings.model import ListedMailbox
from calconnect.settings.workbook import is_workbook, workbook_records

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

GROUPING = (
    *("department", "division", "company", "organization", "organisation", "organizationalunit", "team", "costcenter"),
    *("location", "office", "physicaldeliveryofficename", "site", "city", "country", "region"),
    *("database", "servername"),
)
"""Names of columns that mailboxes can be grouped by; compared as above. No other column of a list is kept."""

_ONE_FIELD = "\x1f"
"""A delimiter that occurs in no list: reads a file of one field a line, quotes included."""
_TRAILING_COMMENT = re.compile(r"\s#.*$")
_LONGEST_SHOWN = 80
_SAVE_AS = "Save it as UTF-8 text, as CSV UTF-8 or as an Excel workbook (.xlsx)."


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row with an address that can be asked."""

    address: str
    line: int | None
    columns: Mapping[str, str] = field(default_factory=dict)
    """What else it says, of what mailboxes can be grouped by: heading, in lower case and without spaces, to value."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row with no such address, or with one that an earlier row has."""

    line: int | None
    shown: str
    """What stands there, if that is certain to be no secret."""
    problem: Problem
    repeats: ListRow | None = None
    """The earlier row."""


@dataclass(frozen=True, slots=True)
class AddressList:
    """What a list holds: the good addresses in its order, each once, and everything that is wrong with the rest."""

    rows: tuple[ListRow, ...]
    faults: tuple[RowFault, ...] = ()
    """Of single rows, in their order."""
    fatal: tuple[Problem, ...] = ()
    """Of the list as a whole: it holds nothing that could be used, or it is not clear where the addresses stand."""

    @property
    def mailboxes(self) -> tuple[ListedMailbox, ...]:
        """The good addresses."""
        return tuple(ListedMailbox(row.address, row.line) for row in self.rows)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, by line."""
        found = [*self.fatal, *(fault.problem for fault in self.faults)]
        return tuple(sorted(found, key=lambda problem: problem.line or 0))


class _Place(NamedTuple):
    """Where one address stands, and as what."""

    address: str
    line: int | None
    key: str
    columns: Mapping[str, str] = {}


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
        return AddressList((), fatal=(Problem(name, None, "", f"cannot be read: {reason}."),))
    return parse_list(data, name, column)


def parse_list(data: bytes, name: str, column: str | None = None) -> AddressList:
    """Read a list of addresses from the bytes of its file; see ``read_list``."""
    try:
        rows, has_fields = _records(data)
    except NotText as error:
        return AddressList((), fatal=(Problem(name, None, "", f"{error}.", _SAVE_AS),))
    if not rows:
        return AddressList(
            (), fatal=(Problem(name, None, "", "holds no address.", "Write one e-mail address a line."),)
        )
    fatal: list[Problem] = []
    position, key, has_header = _column(rows[0], column, name, fatal)
    if position is None:
        return AddressList((), fatal=tuple(fatal))
    grouping = _grouping(rows[0].fields, position) if has_header else {}
    places: list[_Place] = []
    faults: list[RowFault] = []
    for row in rows[has_header:]:
        if row.fault:
            problem = Problem(name, row.line, key, f"The line {row.fault}.", "Mend the quotes of this line.")
            faults.append(RowFault(row.line, "", problem))
        elif "".join(row.fields).strip():
            if position >= len(row.fields):
                problem = Problem(name, row.line, key, "The line is too short: it has no such column.")
                faults.append(RowFault(row.line, "", problem))
                continue
            text = row.fields[position]
            columns = {
                heading: _visible(row.fields[at].strip()) for heading, at in grouping.items() if at < len(row.fields)
            }
            places.append(
                _Place((text if has_fields else _TRAILING_COMMENT.sub("", text)).strip(), row.line, key, columns)
            )
    if not places and not faults:
        fatal.append(Problem(name, None, "", "holds a header and no address.", "Write one mailbox a line."))
    return _sift(places, name, faults, fatal)


def _records(data: bytes) -> tuple[list[Record], bool]:
    """Return the rows of a list, and whether they have fields.

    Raises:
        NotText: the bytes are no list.
    """
    if is_workbook(data):
        return list(workbook_records(data)), True
    lines = numbered_lines(decode(data))
    delimiter, first = find_delimiter(lines)
    if all(is_blank(line) for line in lines[first:]):
        return [], False
    return list(records(lines, delimiter or _ONE_FIELD, first)), delimiter is not None


def _grouping(header: list[str], position: int) -> dict[str, int]:
    """Return the columns that mailboxes can be grouped by, and where they stand."""
    names = {_plain(heading): at for at, heading in reversed(list(enumerate(header))) if at != position}
    return {name: names[name] for name in GROUPING if name in names}


def check_addresses(items: Iterable[tuple[str, int | None, str]], name: str) -> AddressList:
    """Check addresses that stand in the settings themselves.

    Args:
        items: address, line, dotted key of each.
        name: what messages call the file.
    """
    return _sift([_Place(address.strip(), line, key) for address, line, key in items], name)


def _sift(
    places: list[_Place], name: str, faults: Iterable[RowFault] = (), fatal: Iterable[Problem] = ()
) -> AddressList:
    """Take the malformed and the repeated out of a list, naming each."""
    seen: dict[str, tuple[_Place, ListRow]] = {}
    wrong = list(faults)
    for place in places:
        fault = address_fault(place.address)
        if fault:
            shown = _shown(place.address)
            message = f"{shown} is no e-mail address: it {fault}." if shown else f"is no e-mail address: it {fault}."
            wrong.append(RowFault(place.line, shown, Problem(name, place.line, place.key, message)))
            continue
        row = ListRow(place.address, place.line, {heading: text for heading, text in place.columns.items() if text})
        earlier, first = seen.setdefault(address_key(place.address), (place, row))
        if first is not row:
            message = f"{place.address} is listed twice: it stands {_where(earlier, place)} already."
            problem = Problem(name, place.line, place.key, message, "Remove one of the two.")
            wrong.append(RowFault(place.line, place.address, problem, first))
    wrong.sort(key=lambda fault: fault.line or 0)
    return AddressList(tuple(row for _, row in seen.values()), tuple(wrong), tuple(fatal))


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
