"""The firewall as configuration: the vendor's addresses, the export of the rules, and what the rules let through.

A firewall takes the first rule that fits a packet. Here a whole entry of the vendor's list is followed through the
rules at once: each rule takes its part of the addresses that are left, so an entry is admitted only if every address of
it is. Where no rule fits, the firewall denies.
"""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from calconnect.foundation.problems import InvalidInput, Problem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
COLUMNS = ("order", "action", "source", "destination", "port", "enabled")
"""The columns of the export; their order is free, further ones are passed over."""

_ANY = frozenset({"any", "*", "all", ""})
_ALLOW = frozenset({"allow", "permit", "accept", "pass"})
_DENY = frozenset({"deny", "drop", "block", "reject", "discard"})
_YES = frozenset({"yes", "true", "1", "enabled", "on"})
_NO = frozenset({"no", "false", "0", "disabled", "off"})


@dataclass(frozen=True, slots=True)
class VendorAddress:
    """One entry of the vendor's list."""

    text: str
    """As written."""
    network: Network
    """One address is a network of one."""
    line: int
    """1-based."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the firewall."""

    order: int
    """Rules are tried from the lowest up; equal ones as they stand in the file."""
    allow: bool
    sources: tuple[Network, ...]
    """Empty: any."""
    destinations: tuple[str, ...]
    """Addresses, networks and host names, in lower case; empty: any."""
    ports: tuple[range, ...]
    """Empty: any."""
    enabled: bool
    line: int
    """1-based line in the file."""


class Decision(StrEnum):
    """What the rules do with an entry of the vendor's list."""

    ADMITTED = "admitted-by-rule"
    DENIED = "denied-by-rule"
    NO_RULE = "denied-by-default"
    UNSURE = "unsure"
    """It hangs on rules for a destination of which it cannot be said whether it is this server."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an entry, and by which rules."""

    decision: Decision
    rules: tuple[Rule, ...]
    """The rules that decided; empty if none fitted."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The server, as a rule may name it."""

    names: frozenset[str]
    """Host names, in lower case."""
    addresses: frozenset[str]
    """IP addresses, as far as they are known."""
    port: int = 443


def read_vendor_addresses(path: Path, name: str = "") -> tuple[VendorAddress, ...]:
    """Read the vendor's list: one IPv4 or IPv6 address or CIDR network a line, ``#`` begins a comment.

    Args:
        path: the file; UTF-8, with or without a byte order mark.
        name: what messages call it; empty: its path.

    Raises:
        InvalidInput: with every line that is wrong, or that there is none.
    """
    name = name or str(path)
    problems: list[Problem] = []
    entries: list[VendorAddress] = []
    seen: dict[Network, int] = {}
    for number, line in enumerate(_text(path, name).splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            problems.append(
                Problem(name, number, "", f"{text!r} is no IP address or CIDR network.", _network_hint(text))
            )
            continue
        if network in seen:
            problems.append(Problem(name, number, "", f"{text} stands on line {seen[network]} already."))
        seen.setdefault(network, number)
        entries.append(VendorAddress(text, network, number))
    if not entries and not problems:
        problems.append(Problem(name, None, "", "names no address.", "Write one address or CIDR network on a line."))
    if problems:
        raise InvalidInput(problems)
    return tuple(entries)


def read_firewall_export(path: Path, name: str = "") -> tuple[Rule, ...]:
    """Read the firewall's rules: CSV with a heading, separated by comma or semicolon (as Excel writes it).

    ``source`` and ``destination`` hold ``any`` or addresses, networks (destination: host names, too), several of them
    separated by spaces; ``port`` holds ``any``, ``443`` or ``400-500``, several separated by spaces; an empty
    ``enabled`` means yes.

    Args:
        path: the file; UTF-8, with or without a byte order mark.
        name: what messages call it; empty: its path.

    Raises:
        InvalidInput: with every cell that is wrong, or that there is no rule.
    """
    name = name or str(path)
    text = _text(path, name)
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    problems: list[Problem] = []
    rules: list[Rule] = []
    try:
        columns = [cell.strip().lower() for cell in next(reader, [])]
        for column in COLUMNS:
            if columns.count(column) != 1:
                fault = "is missing" if column not in columns else "is there more than once"
                problems.append(Problem(name, 1, column, f"the column {fault}.", f"Needed: {','.join(COLUMNS)}."))
        if problems:
            raise InvalidInput(problems)
        for row in reader:
            if any(cell.strip() for cell in row):
                rules += _Row(name, reader.line_num, dict(zip(columns, row, strict=False)), problems).rule()
    except csv.Error:
        problems.append(Problem(name, reader.line_num, "", "is not CSV: a quotation mark is out of place."))
    if not rules and not problems:
        problems.append(Problem(name, None, "", "holds no rule."))
    if problems:
        raise InvalidInput(problems)
    return tuple(sorted(rules, key=lambda rule: rule.order))


def judge(network: Network, rules: Sequence[Rule], destination: Destination) -> Judged:
    """Follow an entry through the rules.

    Args:
        network: the entry of the vendor's list.
        rules: in the order in which the firewall tries them.
        destination: the server that is to be reached.
    """
    rest: list[_Piece] = [(network, ())]
    verdicts: list[Judged] = []
    for rule in rules:
        if not rule.enabled or (rule.ports and not any(destination.port in ports for ports in rule.ports)):
            continue
        meant = _means(rule, destination)
        if meant is False:
            continue
        left: list[_Piece] = []
        for piece, unsure in rest:
            outside, inside = _split(piece, rule.sources)
            left += [(part, unsure) for part in outside]
            if meant:
                verdicts += [_of_piece(rule, unsure) for _ in inside]
            else:  # it may take this part or leave it: what the rules below say then hangs on it
                left += [(part, (*unsure, rule)) for part in inside]
        rest = left
    verdicts += [_of_piece(None, unsure) for _, unsure in rest]
    for decision in (Decision.DENIED, Decision.NO_RULE, Decision.UNSURE, Decision.ADMITTED):
        deciding = [verdict for verdict in verdicts if verdict.decision is decision]
        if deciding:
            return Judged(decision, tuple(dict.fromkeys(rule for verdict in deciding for rule in verdict.rules)))
    raise AssertionError("every part of an entry meets a rule or the end of them")


_Piece = tuple[Network, tuple[Rule, ...]]
"""A part of an entry, and the rules above of which it cannot be said whether they took it."""


def _of_piece(rule: Rule | None, unsure: tuple[Rule, ...]) -> Judged:
    """Say what becomes of a part that ``rule`` takes (None: no rule does)."""
    allowed = rule is not None and rule.allow
    if any(other.allow is not allowed for other in unsure):
        return Judged(Decision.UNSURE, unsure)
    if rule is None:
        return Judged(Decision.NO_RULE, ())
    return Judged(Decision.ADMITTED if allowed else Decision.DENIED, (rule,))


def _split(piece: Network, sources: Sequence[Network]) -> tuple[list[Network], list[Network]]:
    """Return the parts of ``piece`` outside and inside ``sources`` (empty: any)."""
    if not sources:
        return [], [piece]
    outside, inside = [piece], []
    for source in sources:
        parts: list[Network] = []
        for part in outside:
            if part.version != source.version or not part.overlaps(source):
                parts.append(part)
            elif part.prefixlen < source.prefixlen:  # two networks that overlap: one holds the other
                inside.append(source)
                parts += _without(part, source)
            else:
                inside.append(part)
        outside = parts
    return outside, inside


def _without(part: Network, source: Network) -> list[Network]:
    """Return what is left of ``part`` without ``source``, which is a part of it."""
    if isinstance(part, ipaddress.IPv4Network) and isinstance(source, ipaddress.IPv4Network):
        return list(part.address_exclude(source))
    if isinstance(part, ipaddress.IPv6Network) and isinstance(source, ipaddress.IPv6Network):
        return list(part.address_exclude(source))
    raise TypeError("networks of two versions have nothing in common")


def _means(rule: Rule, destination: Destination) -> bool | None:
    """Say whether the rule is for this server; None: it names addresses, and the server's are not known."""
    if not rule.destinations:
        return True
    known = [ipaddress.ip_address(address) for address in destination.addresses]
    unsure = False
    for text in rule.destinations:
        network = _network(text)
        if network is None:
            if text in destination.names:
                return True
        elif any(address in network for address in known):
            return True
        else:
            unsure = unsure or not known
    return None if unsure else False


class _Row:
    """One line of the export."""

    def __init__(self, file: str, line: int, cells: dict[str, str], problems: list[Problem]) -> None:
        self._file, self._line, self._cells, self._problems = file, line, cells, problems

    def rule(self) -> Iterator[Rule]:
        before = len(self._problems)
        order = self._cell("order")
        if not (order.isascii() and order.isdigit()):
            self._complain("order", f"{order!r} is no whole number.")
        action = self._cell("action")
        if action not in _ALLOW | _DENY:
            self._complain("action", f"{action!r} is neither allow nor deny.")
        enabled = self._cell("enabled")
        if enabled and enabled not in _YES | _NO:
            self._complain("enabled", f"{enabled!r} is neither yes nor no.")
        sources = tuple(self._sources())
        ports = tuple(self._ports())
        destination = self._cell("destination")
        if len(self._problems) == before:
            destinations = () if destination in _ANY else tuple(destination.split())
            yield Rule(int(order), action in _ALLOW, sources, destinations, ports, enabled not in _NO, self._line)

    def _sources(self) -> Iterator[Network]:
        text = self._cell("source")
        if text in _ANY:
            return
        for part in text.split():
            network = _network(part)
            if network is None:
                self._complain("source", f"{part!r} is no IP address or CIDR network.", _network_hint(part))
            else:
                yield network

    def _ports(self) -> Iterator[range]:
        text = self._cell("port")
        if text in _ANY:
            return
        for part in text.replace("tcp/", "").split():
            first, dash, last = part.partition("-")
            try:
                low, high = int(first), int(last if dash else first)
            except ValueError:
                low, high = 0, 0
            if not 1 <= low <= high <= 65535:
                self._complain("port", f"{part!r} is no port and no range of ports.", "Write any, 443 or 400-500.")
            else:
                yield range(low, high + 1)

    def _cell(self, column: str) -> str:
        return self._cells.get(column, "").strip().lower()

    def _complain(self, column: str, message: str, hint: str = "") -> None:
        self._problems.append(Problem(self._file, self._line, column, message, hint))


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _network_hint(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return ""
    return f"An address with a length must be the first of its network: {network}."


def _text(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput([Problem(name, None, "", f"cannot be read: {reason}.")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput([Problem(name, line, "", "is not UTF-8 text.", "Save it as UTF-8.")]) from None
