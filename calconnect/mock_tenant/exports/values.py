"""What stands in an export besides plain values: things that the two generations of PowerShell write differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A value of an enumeration: its name, and its number where that is published."""

    name: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Smtp:
    """An e-mail address that Exchange keeps as an object (SmtpAddress)."""

    address: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in the directory that another thing refers to (ADObjectId)."""

    name: str
    container: str = "CN=Configuration"


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that may be unlimited."""

    value: int
    """0: unlimited."""


Value = None | bool | int | str | datetime | Named | Smtp | Entry | Limit | list[str]
Row = Mapping[str, Value]

_NUMBERS = {
    "UserMailbox": 1,
    "SharedMailbox": 4,
    "RoomMailbox": 16,
    "EquipmentMailbox": 32,
    "MailContact": 64,
    "MailUser": 128,
    "MailUniversalDistributionGroup": 256,
    "MailUniversalSecurityGroup": 1024,
    "User": 65536,
    "RoomList": 268435456,
    "RemoteUserMailbox": 2147483648,
}


def recipient_type(name: str) -> Named:
    """Return a value of RecipientTypeDetails: https://windowstechno.com/reference-to-msexchrecipienttypedetails"""
    return Named(name, _NUMBERS[name])
