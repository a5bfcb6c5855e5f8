"""The directory: recipients, groups and accounts, and how they are found."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.name_index import NameIndex

_NAMESPACE = uuid.UUID("6a1f0d52-6a7c-5d0e-9b57-0d9b3c0f2f11")


@functools.lru_cache(maxsize=65536)
def _guid_of(address: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, address)


class RecipientKind(StrEnum):
    """What a recipient is."""

    USER = "user"
    SHARED = "shared"
    ROOM = "room"
    EQUIPMENT = "equipment"
    REMOTE = "remote"
    """The mailbox is in the other half of a hybrid: known here, not held here."""
    CONTACT = "contact"
    GROUP = "group"
    """A distribution group."""
    SECURITY_GROUP = "security-group"
    ROOM_LIST = "room-list"


_TYPE_DETAILS = {
    RecipientKind.USER: "UserMailbox",
    RecipientKind.SHARED: "SharedMailbox",
    RecipientKind.ROOM: "RoomMailbox",
    RecipientKind.EQUIPMENT: "EquipmentMailbox",
    RecipientKind.REMOTE: "RemoteUserMailbox",
    RecipientKind.CONTACT: "MailContact",
    RecipientKind.GROUP: "MailUniversalDistributionGroup",
    RecipientKind.SECURITY_GROUP: "MailUniversalSecurityGroup",
    RecipientKind.ROOM_LIST: "RoomList",
}
GROUP_KINDS = frozenset({RecipientKind.GROUP, RecipientKind.SECURITY_GROUP, RecipientKind.ROOM_LIST})
MAILBOX_KINDS = frozenset({RecipientKind.USER, RecipientKind.SHARED, RecipientKind.ROOM, RecipientKind.EQUIPMENT})


class MailboxState(StrEnum):
    """Whether the mailbox can be opened, and if not, why."""

    OK = "ok"
    MOVING = "moving"
    """ErrorMailboxMoveInProgress."""
    FAILOVER = "failover"
    """ErrorMailboxFailover."""
    STORE_DOWN = "store-down"
    """ErrorMailboxStoreUnavailable."""
    SOFT_DELETED = "soft-deleted"
    """ErrorNonExistentMailbox."""


class AccountState(StrEnum):
    """Whether the account may sign in."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    LOCKED = "locked"
    PASSWORD_EXPIRED = "password-expired"  # noqa: S105
    MUST_CHANGE_PASSWORD = "must-change-password"  # noqa: S105


@dataclass(slots=True, eq=False)
class Recipient:
    """Anybody or anything with an e-mail address. Identity is the object; ``email`` is the primary SMTP address."""

    email: str
    name: str
    kind: RecipientKind = RecipientKind.USER
    aliases: tuple[str, ...] = ()
    """Further SMTP addresses."""
    upn: str = ""
    """User principal name; empty: the primary address."""
    database: str = "DB01"
    time_zone: str = "UTC"
    """IANA name of the mailbox's time zone."""
    language: str = "en-US"
    """Decides the names of the default folders."""
    ews_enabled: bool = True
    state: MailboxState = MailboxState.OK
    admin_count: int = 0
    """1: it is in a protected group, or once was (``adminCount``)."""
    hidden: bool = False
    department: str = ""
    members: list[str] = field(default_factory=list)
    """Of a group: its members' primary addresses, groups among them."""
    dn: str = ""
    """Distinguished name; empty: made from the name and the domain."""
    quota_exceeded: bool = False
    """Nothing more can be created in the mailbox: ErrorQuotaExceeded."""
    missing_folders: tuple[str, ...] = ()
    """Default folders that the mailbox has lost, by their DistinguishedFolderIdName."""
    seed: int = 0
    """Seeds the generated calendar of this mailbox; see description."""

    @property
    def guid(self) -> uuid.UUID:
        """The mailbox's GUID, the same in every start of the same tenant."""
        return _guid_of(self.email.lower())

    @property
    def sid(self) -> str:
        """The account's SID."""
        number = self.guid.int
        return f"S-1-5-21-{number >> 96}-{number >> 64 & 0xFFFFFFFF}-{number >> 32 & 0xFFFFFFFF}-{number & 0xFFFFF}"

    @property
    def domain(self) -> str:
        """The domain of the primary address, lower-case."""
        return self.email.rpartition("@")[2].lower()

    @property
    def distinguished_name(self) -> str:
        """The LDAP distinguished name."""
        if self.dn:
            return self.dn
        tree = ",".join(f"DC={part}" for part in self.domain.split("."))
        return f"CN={self.name},CN=Users,{tree}"

    @property
    def legacy_dn(self) -> str:
        """The X.500 address (legacyExchangeDN)."""
        return f"/o=Organization/ou=Exchange Administrative Group/cn=Recipients/cn={self.guid.hex}"

    @property
    def type_details(self) -> str:
        """What Exchange calls its kind: RecipientTypeDetails."""
        return _TYPE_DETAILS[self.kind]

    @property
    def is_group(self) -> bool:
        """Whether it has members."""
        return self.kind in GROUP_KINDS

    @property
    def is_gone(self) -> bool:
        """Whether its mailbox was deleted, so that only its database still knows it: it is no recipient any more."""
        return self.state is MailboxState.SOFT_DELETED

    @property
    def has_mailbox(self) -> bool:
        """Whether its mailbox is held here and not soft-deleted."""
        return self.kind in MAILBOX_KINDS and self.state is not MailboxState.SOFT_DELETED


@dataclass(slots=True, eq=False)
class Account:
    """Somebody who can sign in."""

    logins: tuple[str, ...]
    """All names that the account may sign in by: ``CONTOSO\\svc``, ``svc@contoso.test``. Compared without case."""
    password: str = field(repr=False)
    state: AccountState = AccountState.ENABLED
    recipient: Recipient | None = None
    """None: an account without a mailbox (and without an e-mail address in the directory)."""
    email: str = ""
    """The e-mail attribute of an account without a mailbox."""
    lock_out_after: int = 0
    """Wrong passwords in a row that lock it; 0: never."""
    wrong_passwords: int = 0
    authentication_policy: str = ""
    """The name of the one assigned to it; empty: the organisation's default one holds."""
    throttling_policy: str = ""
    """The name of the one assigned to it; empty: the organisation's default one holds."""
    admin_count: int = 0
    """Of an account without a mailbox; else the recipient's counts."""

    @property
    def is_administrator(self) -> bool:
        """Whether it is, or once was, an administrator's (``adminCount`` is 1)."""
        return bool(self.admin_count or (self.recipient is not None and self.recipient.admin_count))

    @property
    def name(self) -> str:
        """The first login, for logs and role assignments."""
        return self.logins[0]


class Directory:
    """All recipients and accounts of an organisation. Look-ups ignore case and take constant time."""

    def __init__(self) -> None:
        self._recipients: dict[str, Recipient] = {}
        self._by_address: dict[str, Recipient] = {}
        self._by_upn: dict[str, Recipient] = {}
        self._accounts: dict[str, Account] = {}
        self._by_guid: dict[bytes, Recipient] | None = None
        self._memberships: dict[str, list[Recipient]] | None = None
        self._names: NameIndex | None = None

    def add(self, recipient: Recipient) -> Recipient:
        """Add a recipient.

        Raises:
            ValueError: one of its addresses is taken.
        """
        for address in (recipient.email, *recipient.aliases):
            if address.lower() in self._by_address:
                raise ValueError(f"the address {address} is used twice")
        self._recipients[recipient.email.lower()] = recipient
        for address in (recipient.email, *recipient.aliases):
            self._by_address[address.lower()] = recipient
        self._by_upn[(recipient.upn or recipient.email).lower()] = recipient
        self._by_guid = None
        self._memberships = None
        self._names = None
        return recipient

    def add_account(self, account: Account) -> Account:
        """Add an account.

        Raises:
            ValueError: one of its logins is taken.
        """
        for login in account.logins:
            if login.lower() in self._accounts:
                raise ValueError(f"the login {login} is used twice")
            self._accounts[login.lower()] = account
        return account

    def account(self, login: str) -> Account | None:
        """Return the account that signs in by ``login``."""
        return self._accounts.get(login.lower())

    def accounts(self) -> Iterable[Account]:
        """Return all accounts, each once."""
        return {id(account): account for account in self._accounts.values()}.values()

    def by_address(self, address: str) -> Recipient | None:
        """Return the recipient with this primary or further SMTP address."""
        return self._by_address.get(address.lower())

    def by_upn(self, upn: str) -> Recipient | None:
        """Return the recipient with this user principal name."""
        return self._by_upn.get(upn.lower())

    def by_sid(self, sid: str) -> Recipient | None:
        """Return the recipient with this SID (looks through all of them)."""
        return next((one for one in self if one.sid == sid), None)

    def by_guid(self, guid: bytes) -> Recipient | None:
        """Return the recipient whose mailbox has this GUID."""
        if self._by_guid is None:
            self._by_guid = {one.guid.bytes: one for one in self}
        return self._by_guid.get(guid)

    def groups_of(self, recipient: Recipient) -> list[Recipient]:
        """Return the groups that hold ``recipient`` directly."""
        if self._memberships is None:
            self._memberships = {}
            for group in self:
                for member in group.members:
                    self._memberships.setdefault(member.lower(), []).append(group)
        return self._memberships.get(recipient.email.lower(), [])

    def membership_changed(self) -> None:
        """Forget what is held about memberships; call after changing a group's ``members``."""
        self._memberships = None

    def find_names(self, entry: str, limit: int) -> tuple[list[Recipient], bool]:
        """Return the recipients whose names or addresses begin like this; see ``NameIndex.find``."""
        if self._names is None:
            self._names = NameIndex(self)
        return self._names.find(entry, limit)

    def names_changed(self) -> None:
        """Forget what is held about names; call after changing a recipient's name, addresses or ``hidden``."""
        self._names = None

    def __iter__(self) -> Iterator[Recipient]:
        return iter(self._recipients.values())

    def __len__(self) -> int:
        return len(self._recipients)


def mailbox_holder(directory: Directory, address: str) -> Recipient:
    """Return who holds the mailbox that ``address`` names as its primary SMTP address.

    Raises:
        EwsError: ``ErrorNonExistentMailbox`` (unknown, no mailbox, or held elsewhere), ``ErrorNonPrimarySmtpAddress``.
    """
    recipient = directory.by_address(address)
    if recipient is None or not recipient.has_mailbox:
        raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    if recipient.email.lower() != address.lower():
        raise EwsError(
            "ErrorNonPrimarySmtpAddress",
            "The primary SMTP address must be specified when referencing a mailbox.",
            {"Primary": recipient.email},
        )
    return recipient
