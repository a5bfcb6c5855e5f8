"""The list of a sweep: from rows of a file, from a group's members, or from everybody whom the directory shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from calconnect.evidence.observation import Observation
from calconnect.foundation.problems import UsageError
from calconnect.settings.addresses import address_fault, address_key
from calconnect.settings.mailboxes import AddressList
from calconnect.settings.model import Settings
from calconnect.sweep.answers import because
from calconnect.sweep.everyone import counted, everyone_on_server
from calconnect.sweep.listing import Listing, RepeatedRow
from calconnect.sweep.model import SweptMailbox, UnusableRow
from calconnect.tenants.interface import Tenant
from calconnect.tenants.online_interface import OnlineTenant

ALL = "all"
GROUP = "group:"
_MOST_ONLINE = 1_000_000


class ListKind(StrEnum):
    """Where a list comes from."""

    OWN = "own"
    """The settings name it."""
    FILE = "file"
    GROUP = "group"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ListSource:
    """Where the mailboxes come from, as it was named."""

    kind: ListKind
    name: str = ""
    """The file's name, or the group's address."""

    @classmethod
    def parse(cls, text: str | None) -> ListSource:
        """Read what ``--list`` was given; None: it was not given.

        Raises:
            UsageError: it names a group by something that is no address.
        """
        if text is None:
            return cls(ListKind.OWN)
        if text == ALL:
            return cls(ListKind.ALL)
        if text.startswith(GROUP):
            address = text.removeprefix(GROUP).strip()
            if fault := address_fault(address):
                raise UsageError(f"--list: {text!r} names no group: its address {fault}. Write group:ADDRESS.")
            return cls(ListKind.GROUP, address)
        return cls(ListKind.FILE, text)

    def __str__(self) -> str:
        if self.kind is ListKind.GROUP:
            return GROUP + self.name
        return self.name if self.kind is ListKind.FILE else ALL if self.kind is ListKind.ALL else "the settings' list"

    @property
    def needs_tenant(self) -> bool:
        """Whether only the tenant knows who is meant."""
        return self.kind in (ListKind.GROUP, ListKind.ALL)


def listing_of(found: AddressList, source: str) -> Listing:
    """Return the list of a file's rows.

    Raises:
        InvalidInput: it is no list; see :func:`refuse_fatal`.
        UsageError: no row of it could be asked.
    """
    numbers = {id(row): number for number, row in enumerate(found.rows, 1)}
    mailboxes = tuple(
        SweptMailbox(number, row.address, row.line, row.columns) for number, row in enumerate(found.rows, 1)
    )
    if not mailboxes:
        raise UsageError(f"{source} holds no mailbox that could be asked: all {len(found.faults):,} rows are unusable.")
    unusable = tuple(
        UnusableRow(fault.line, fault.shown, fault.problem.message) for fault in found.faults if fault.repeats is None
    )
    repeated = tuple(
        RepeatedRow(fault.line, fault.shown, numbers[id(fault.repeats)])
        for fault in found.faults
        if fault.repeats is not None
    )
    return Listing(mailboxes, unusable, repeated, source)


def listing_of_settings(settings: Settings) -> Listing:
    """Return the list that stands in the settings themselves."""
    mailboxes = tuple(SweptMailbox(number, one.address, one.line) for number, one in enumerate(settings.mailboxes, 1))
    return Listing(mailboxes, source=settings.file.name)


def listing_from_tenant(
    source: ListSource, server: Tenant | None, online: OnlineTenant | None
) -> tuple[Listing, list[Observation]]:
    """Ask the tenant who is meant; return the list, and what was observed.

    Args:
        source: a group, or everybody.
        server: the Exchange Server, signed in to; None: there is none.
        online: Exchange Online, signed in to; None: there is none.

    Raises:
        ListRefused: the tenant names nobody.
    """
    if source.kind is ListKind.GROUP:
        return _of_group(source, server, online)
    return _of_all(source, server, online)


class ListRefused(UsageError):
    """The tenant names nobody who could be asked."""

    def __init__(self, message: str, observations: Sequence[Observation]) -> None:
        super().__init__(message)
        self.observations = tuple(observations)


def _of_group(
    source: ListSource, server: Tenant | None, online: OnlineTenant | None
) -> tuple[Listing, list[Observation]]:
    seen: list[Observation] = []
    if server is not None:
        seen += server.expand_group(source.name)
        if seen[0].ok or online is None:
            return _listing(source, _server_members(seen), seen, _server_caveat(seen)), seen
    if online is not None:
        answers = online.group_members(source.name)
        seen += answers
        members = answers[-1].details.get("transitive") if answers[-1].ok else None
        return _listing(source, members if isinstance(members, list) else [], seen, ""), seen
    raise ListRefused(f"The group {source.name} cannot be looked up: there is no tenant to ask.", seen)


def _of_all(
    source: ListSource, server: Tenant | None, online: OnlineTenant | None
) -> tuple[Listing, list[Observation]]:
    addresses: list[str] = []
    seen: list[Observation] = []
    caveats: list[str] = []
    if server is not None:
        everyone = everyone_on_server(server)
        seen += everyone.observations
        addresses += everyone.addresses
        caveats.append(everyone.caveat)
    if online is not None:
        answer = online.some_users(_MOST_ONLINE)
        found = answer.details.get("mailboxes")
        addresses += found if isinstance(found, list) else []
        seen.append(counted(answer))
        caveats.append(
            "Of Exchange Online it has the users who are enabled and have an Exchange plan; shared mailboxes and rooms "
            "without one are not in it."
        )
        if not answer.ok or answer.details.get("complete") is False:
            caveats.append(f"The directory of Exchange Online was not read to its end. {because(answer)}".strip())
    return _listing(source, addresses, seen, " ".join(caveats)), seen


def _listing(source: ListSource, addresses: Iterable[str], seen: Sequence[Observation], caveat: str) -> Listing:
    mailboxes: dict[str, SweptMailbox] = {}
    unusable: list[UnusableRow] = []
    for address in addresses:
        if fault := address_fault(address):
            unusable.append(UnusableRow(None, address[:80], f"The directory names an address that {fault}."))
        else:
            mailboxes.setdefault(address_key(address), SweptMailbox(len(mailboxes) + 1, address))
    if not mailboxes:
        raise ListRefused(_why_nobody(source, seen), seen)
    return Listing(tuple(mailboxes.values()), tuple(unusable), (), str(source), caveat)


def _why_nobody(source: ListSource, seen: Sequence[Observation]) -> str:
    failed = next((one for one in reversed(seen) if not one.ok), None)
    if source.kind is ListKind.GROUP:
        if failed is not None:
            return f"The group {source.name} cannot be expanded. {because(failed)}"
        return f"The group {source.name} has no member who could be asked."
    if failed is not None:
        return f"The directory cannot be listed. {because(failed)}"
    return "The directory shows no mailbox."


def _server_members(seen: Sequence[Observation]) -> Iterator[str]:
    for one in seen:
        members = one.details.get("members")
        if one.ok and isinstance(members, list):
            yield from members


def _server_caveat(seen: Sequence[Observation]) -> str:
    closed = [one for one in seen if not one.ok]
    short = sum(one.ok and one.details.get("complete") is False for one in seen)
    parts = []
    if closed:
        what = "1 group in it" if len(closed) == 1 else f"{len(closed)} groups in it"
        parts.append(f"The members of {what} are missing, {closed[0].target} first: {because(closed[0])}")
    if short:
        parts.append(f"The server did not name all members of {'1 group' if short == 1 else f'{short} groups'}.")
    return " ".join(parts)
