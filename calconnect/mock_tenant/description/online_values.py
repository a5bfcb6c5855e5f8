"""The kinds of value that the ``[online]`` part of tenant files holds beside those of the rest."""

from __future__ import annotations

import re
import uuid
from typing import Annotated

from pydantic import AfterValidator

from calconnect.mock_tenant.description.values import fault
from calconnect.mock_tenant.state.online.directory import OWN_APPLICATION, VENDOR_APPLICATION

_NAMED = {"own": OWN_APPLICATION, "vendor": VENDOR_APPLICATION}
_PERMISSION = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9 .-]*: )?[A-Za-z][A-Za-z0-9_.-]*")

_ROLE = re.compile(r"Application [A-Za-z][A-Za-z. ]*")


def app_id(name: str) -> str:
    """Return the App ID that ``own``, ``vendor`` or a GUID stands for, in lower case."""
    return _NAMED.get(name, name.lower())


def _guid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise fault(f"{text!r} is no GUID.", "It has 32 hexadecimal digits in five groups.") from None


def _app(text: str) -> str:
    if text in _NAMED:
        return text
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise fault(f"{text!r} is no application.", "Write own, vendor, or its App ID (a GUID).") from None


def _permission(text: str) -> str:
    if not _PERMISSION.fullmatch(text):
        hint = "Write it as Calendars.ReadWrite; on another resource than Graph with its name and a colon before."
        raise fault(f"{text!r} is no application permission.", hint)
    return text


def _role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise fault(f"{text!r} is no role for applications.", "Write it as Application Calendars.ReadWrite.")
    return text


Guid = Annotated[str, AfterValidator(_guid)]
App = Annotated[str, AfterValidator(_app)]
"""``own``, ``vendor`` or an App ID."""
Permission = Annotated[str, AfterValidator(_permission)]
ApplicationRoleName = Annotated[str, AfterValidator(_role)]
