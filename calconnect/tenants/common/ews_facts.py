"""What answers of EWS say, as typed facts for the details of an observation. No content: counts, classes, rights.

Every way of asking reads its answers here, so that the same answer is the same observation, whoever asked.
"""

from __future__ import annotations

from calconnect.evidence.observation import Fact
from calconnect.tenants.common.soap import MESSAGES, TYPES, SoapAnswer, child_text, text_of
from calconnect.tenants.common.wire import Answer

_DEFAULT_NAME = "Calendar"
_CLASS, _NAME, _COUNT = f"{TYPES}FolderClass", f"{TYPES}DisplayName", f"{TYPES}TotalCount"
_EFFECTIVE = f"{TYPES}EffectiveRights"
_RIGHTS = {"read": "Read", "create": "CreateContents", "view_private": "ViewPrivateItems"}
"""Details, and the elements of a folder's EffectiveRights that they come from. Modify and Delete are left out: they are
about the folder itself. Source:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/effectiverights"""


def calendar_facts(answer: Answer) -> dict[str, Fact]:
    """Return ``folder_class``, ``folder_name_is_default``, ``items``, and the rights where the server told them."""
    soap = success(answer)
    if soap is None:
        return {}
    found = soap.firsts(_CLASS, _NAME, _COUNT, _EFFECTIVE)
    facts: dict[str, Fact] = {
        "folder_class": text_of(found.get(_CLASS)),
        "folder_name_is_default": text_of(found.get(_NAME)) == _DEFAULT_NAME,
        "items": _number(text_of(found.get(_COUNT))),
    }
    rights = found.get(_EFFECTIVE)
    if rights is not None:
        told = {name: child_text(rights, f"{TYPES}{element}") for name, element in _RIGHTS.items()}
        facts.update({name: text == "true" for name, text in told.items() if text})
    return facts


def event_facts(answer: Answer) -> dict[str, Fact]:
    """Return ``events`` (a count) and ``complete`` (whether the server had no more)."""
    soap = success(answer)
    if soap is None:
        return {}
    folder = soap.find(f"{MESSAGES}RootFolder")
    items = folder.find(f"{TYPES}Items") if folder is not None else None
    return {
        "events": 0 if items is None else len(items),
        "complete": folder is None or folder.get("IncludesLastItemInRange", "true") != "false",
    }


def busy_facts(answer: Answer) -> dict[str, Fact]:
    """Return ``view`` (as granted) and ``busy`` (blocks that are not free) of one mailbox's share of an answer."""
    soap = success(answer)
    if soap is None:
        return {}
    return {
        "view": soap.text(f"{TYPES}FreeBusyViewType"),
        "busy": sum(1 for block in soap.find_all(f"{TYPES}BusyType") if (block.text or "").strip() != "Free"),
    }


def success(answer: Answer) -> SoapAnswer | None:
    """Return the envelope of an answer that did what was asked, else None."""
    return answer.soap if answer.code == "NoError" else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
