"""What the control plane shows of a tenant, and what it changes in it. Knows nothing of HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.control_values import BadRequest, moment, table, text
from calconnect.mock_tenant.firewall import Action, Firewall, FirewallRule
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.meters import Meters
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Account, AccountState
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox
from calconnect.mock_tenant.state.online.directory import Location
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.policies import Policies

_SHOWN_ACCOUNTS = 10_000
"""In a larger directory the accounts are not listed."""


def about(live: LiveTenant) -> dict[str, Any]:
    """Return what is served."""
    organization = live.organization
    return {
        "tenant": live.description.name,
        "title": live.description.title,
        "domains": organization.domains,
        "host": organization.host,
        "version": organization.server.version,
        "now": organization.now().isoformat(),
        "requests": live.recorder.count,
    }


def counts(organization: Organization) -> dict[str, Any]:
    """Return how many of what there are."""
    kinds = Counter(recipient.kind.value for recipient in organization.directory)
    return {
        "recipients": dict(kinds),
        "accounts": {account.name: _account(account) for account in organization.directory.accounts()}
        if len(organization.directory) <= _SHOWN_ACCOUNTS
        else {},
        "opened_mailboxes": [one.recipient.email for one in _opened(organization)],
        "subscriptions": len(organization.subscriptions),
    }


def _opened(organization: Organization) -> Iterable[Mailbox]:
    """Return the mailboxes that were opened, on both sides of a hybrid."""
    online = organization.online.opened if organization.online is not None else {}
    return {**organization.opened, **online}.values()


def mailbox(organization: Organization, address: str) -> dict[str, Any]:
    """Return the folders and items of one mailbox.

    Raises:
        BadRequest: there is none with this address.
    """
    found = _open(organization, address)
    return {
        "mailbox": found.recipient.email,
        "change_number": found.change_number,
        "folders": [
            {
                "id": str(found.folder_id(folder)),
                "name": folder.name,
                "distinguished": folder.distinguished,
                "class": folder.folder_class,
                "items": len(folder.items),
                "permissions": folder.permissions,
            }
            for folder in found.folders.values()
        ],
        "items": [_item(found, item) for item in found.items.values()],
    }


def _item(found: Mailbox, item: Item) -> dict[str, Any]:
    folder = found.folders[item.folder]
    shown: dict[str, Any] = {
        "id": str(found.item_id(item)),
        "kind": item.kind,
        "folder": folder.distinguished or folder.name,
        "version": item.version,
        "subject": item.properties.get("Subject", ""),
        "extended": {str(name): value for name, value in item.extended.items()},
    }
    if item.calendar is not None:
        shown["start"] = item.calendar.start.isoformat()
        shown["end"] = item.calendar.end.isoformat()
    return shown


def seed(organization: Organization, address: str, events: Any) -> dict[str, Any]:
    """Put events into a mailbox's calendar: ``[{"subject", "start", "end", "status", "location"}, …]``.

    Raises:
        BadRequest: the mailbox is not there, or an event is not as it must be; nothing has been added then.
    """
    if not isinstance(events, list):
        raise BadRequest("events must be a list.")
    found = _open(organization, address)
    wanted = []
    for event in events:
        facts = table(event, "an event")
        start, end = moment(facts, "start"), moment(facts, "end")
        if end < start:
            raise BadRequest("end must not be before start.")
        texts = text(facts, "subject"), text(facts, "status", "Busy"), text(facts, "location", "")
        wanted.append((start, end, texts))
    added = [
        add_event(found, start=start, end=end, subject=subject, busy=status, location=location)
        for start, end, (subject, status, location) in wanted
    ]
    return {"mailbox": found.recipient.email, "ids": [str(found.item_id(item)) for item in added]}


def _open(organization: Organization, address: str) -> Mailbox:
    recipient = organization.directory.by_address(address)
    if recipient is None:
        raise BadRequest(f"There is no mailbox {address}.")
    online = organization.online.user(address) if organization.online is not None else None
    try:
        if organization.online is not None and online is not None and online.location is Location.ONLINE:
            return organization.online.mailbox(online)
        return organization.mailbox(recipient)
    except EwsError as error:
        raise BadRequest(f"The mailbox {address} cannot be opened: {error.code}.") from None


def advance(clock: MovableClock, seconds: float) -> None:
    """Move the clock.

    Raises:
        BadRequest: that is out of the calendar.
    """
    try:
        clock.advance(timedelta(seconds=seconds))
    except OverflowError:
        raise BadRequest("seconds is out of range.") from None


def firewall_as_json(firewall: Firewall) -> dict[str, Any]:
    """Return the rules in force."""
    rules = [{"action": rule.action.value, "source": str(rule.network)} for rule in firewall.rules]
    return {"default": firewall.default.value, "rules": rules}


def read_firewall(body: Mapping[str, Any]) -> Firewall:
    """Read rules in the form of ``firewall_as_json``.

    Raises:
        BadRequest: an action or a network is not valid.
    """
    rules = body.get("rules", [])
    if not isinstance(rules, list):
        raise BadRequest("rules must be a list.")
    try:
        read = tuple(FirewallRule.of(text(table(one, "a rule"), "action"), text(one, "source")) for one in rules)
        return Firewall(read, Action(text(body, "default", Action.ALLOW.value)))
    except BadRequest:
        raise
    except ValueError as error:
        raise BadRequest(f"The firewall is not valid: {error}.") from None


def change_policies(policies: Policies, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change policies by name and return all of them.

    Raises:
        BadRequest: there is no such policy, or its value is of another kind; nothing has been changed then.
    """
    known = {one.name: getattr(policies, one.name) for one in fields(policies)}
    for name, value in body.items():
        if name not in known:
            raise BadRequest(f"There is no policy {name}.")
        wanted = (int, float) if isinstance(known[name], float) else type(known[name])
        if not isinstance(value, wanted) or isinstance(value, bool) is not isinstance(known[name], bool):
            raise BadRequest(f"{name} must be of the kind of {known[name]!r}.")
    for name, value in body.items():
        setattr(policies, name, value)
    return asdict(policies)


def account(organization: Organization, meters: Meters, login: str) -> dict[str, Any]:
    """Return an account without its password: whether it is locked, and how often signing in by it was refused.

    Raises:
        BadRequest: there is no such account.
    """
    found = organization.directory.account(login)
    if found is None:
        raise BadRequest(f"There is no account {login}.")
    logins = {one.lower() for one in found.logins}
    refused = sum(count for tried, count in meters.refused_sign_ins.items() if tried.lower() in logins)
    return _account(found) | {"refused_sign_ins": refused}


def items_with(organization: Organization, name: str) -> list[dict[str, Any]]:
    """Return the items in all mailboxes that carry a named extended property: what a client has left behind."""
    return [
        {"mailbox": found.recipient.email} | _item(found, item)
        for found in _opened(organization)
        for item in found.items.values()
        if any(one.name == name for one in item.extended)
    ]


def change_account(organization: Organization, login: str, body: Mapping[str, Any]) -> None:
    """Change an account's ``state``, ``password`` or ``authentication_policy``.

    Raises:
        BadRequest: there is no such account, or a value is not valid; nothing has been changed then.
    """
    found = organization.directory.account(login)
    if found is None:
        raise BadRequest(f"There is no account {login}.")
    state, password = text(body, "state", found.state.value), text(body, "password", found.password)
    policy = text(body, "authentication_policy", found.authentication_policy)
    if policy and policy not in organization.authentication_policies:
        raise BadRequest(f"There is no authentication policy {policy}.")
    if state not in {one.value for one in AccountState}:
        raise BadRequest(f"There is no account state {state}.")
    found.state, found.password, found.authentication_policy = AccountState(state), password, policy
    if found.state is AccountState.ENABLED:
        found.wrong_passwords = 0


def _account(account: Account) -> dict[str, Any]:
    """Return an account without its password."""
    return {
        "logins": list(account.logins),
        "state": account.state.value,
        "wrong_passwords": account.wrong_passwords,
        "authentication_policy": account.authentication_policy,
        "throttling_policy": account.throttling_policy,
        "email": account.recipient.email if account.recipient is not None else account.email,
    }
