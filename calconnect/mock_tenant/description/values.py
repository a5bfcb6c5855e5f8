"""The kinds of value that tenant files hold, each with the check that says what is wrong with one."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from calconnect.mock_tenant.description.patterns import pattern_fault
from calconnect.mock_tenant.exports import EXPORT_NAMES
from calconnect.mock_tenant.state.folder_names import DEFAULT_FOLDERS
from calconnect.mock_tenant.state.rbac import filter_is_understood

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
"""Of a table: no other keys than those named, no conversions."""
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+", re.I)
_NAME = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}")
_VENDOR_NETWORKS = tuple(ipaddress.ip_network(one) for one in ("127.0.0.0/8", "::1/128", "2001:db8::/32"))
"""Loopback, which clients here can send from, and IPv6's network for examples (RFC 3849), which nobody can."""
_REQUIREMENT = re.compile(r"[A-Z]{2,4}-\d{2}")


def fault(message: str, hint: str = "") -> PydanticCustomError:
    """Return what a check raises: a sentence without the place, and what to do."""
    return PydanticCustomError("tenant_file", "{message}", {"message": message, "hint": hint})


def _address(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if not at or not _NAME.fullmatch(name) or ".." in f".{name}." or not _DOMAIN.fullmatch(domain):
        raise fault(f"{text!r} is no e-mail address.", "Write it as name@domain.")
    return text


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise fault(f"{text!r} is no domain.", "Write it as contoso.test.")
    return text.lower()


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fault(f"{text!r} is no time zone.", "Use an IANA name such as Europe/London.") from None
    return text


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise fault(f"{text!r} is no address or network: {error}.", "Write it as 127.10.0.0/16.") from None
    return text


def _vendor_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise fault(f"{text!r} is no IP address.") from None
    if not any(address in network for network in _VENDOR_NETWORKS):
        hint = "Addresses that stand for the vendor's must be in 127.0.0.0/8, or be ::1 or in 2001:db8::/32."
        raise fault(f"{text} is no address that can stand for one of the vendor's.", hint)
    return text


def _folder_name(text: str) -> str:
    names = [name for name, _, _ in DEFAULT_FOLDERS]
    if text not in names:
        close = difflib.get_close_matches(text, names, 1)
        raise fault(f"There is no default folder {text}.", f"Did you mean {close[0]}?" if close else "")
    return text


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise fault("The time has no offset from UTC.", "Write it as 2026-11-22T09:00:00Z.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise fault("In UTC this is before the year 1, or after the year 9999.") from None


def _build(text: str) -> str:
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,9}){3}", text, re.A):
        raise fault(f"{text!r} is no build.", "It has four numbers, such as 15.2.2562.46.")
    return text


def _filter(text: str) -> str:
    if not filter_is_understood(text):
        hint = "Write MemberOfGroup -eq '<DN>', or another property with -eq, -ne, -like or -notlike."
        raise fault(f"The filter is not understood: {text}.", hint)
    return text


def _pattern(*, numbered: bool) -> Callable[[str], str]:
    def check(text: str) -> str:
        wrong = pattern_fault(text, numbered=numbered)
        if wrong:
            raise fault(wrong, "Write a pattern such as user{n:05}@contoso.test." if numbered else "")
        return text

    return check


def _requirement(text: str) -> str:
    if not _REQUIREMENT.fullmatch(text):
        raise fault(f"{text!r} is no id of a requirement.", "Write it as SVC-01.")
    return text


def _export(text: str) -> str:
    if text not in EXPORT_NAMES:
        guess = difflib.get_close_matches(text, EXPORT_NAMES, 1)
        hint = f"Did you mean {guess[0]}?" if guess else f"There are {', '.join(EXPORT_NAMES)}."
        raise fault(f"There is no export {text!r}.", hint)
    return text


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Address = Annotated[str, AfterValidator(_address)]
Domain = Annotated[str, AfterValidator(_domain)]
Zone = Annotated[str, AfterValidator(_zone)]
Network = Annotated[str, AfterValidator(_network)]
VendorAddress = Annotated[str, AfterValidator(_vendor_address)]
FolderName = Annotated[str, AfterValidator(_folder_name)]
Moment = Annotated[datetime, AfterValidator(_aware)]
Build = Annotated[str, AfterValidator(_build)]
Filter = Annotated[str, AfterValidator(_filter)]
EmailPattern = Annotated[str, AfterValidator(_pattern(numbered=True))]
NamePattern = Annotated[str, AfterValidator(_pattern(numbered=False))]
ExportName = Annotated[str, AfterValidator(_export)]
RequirementId = Annotated[str, AfterValidator(_requirement)]
Texts = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]
"""One text, or a list of them to be taken in turn."""
Zones = Annotated[list[Zone], BeforeValidator(_as_list), Field(min_length=1)]
