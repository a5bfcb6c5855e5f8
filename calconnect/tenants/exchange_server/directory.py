"""Probes of the directory: addresses, groups, room lists. Addresses are read, names of people are not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from lxml import etree

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.tenants.common.observing import Question, Said, Scribe
from calconnect.tenants.common.soap import MESSAGES, TYPES, child_text
from calconnect.tenants.exchange_server import questions
from calconnect.tenants.exchange_server.calendars import Ask
from calconnect.tenants.exchange_server.limits import limits

_GROUP_TYPE = "PublicDL"
_MAILBOX_TYPE = "Mailbox"
_SEVERAL = "ErrorNameResolutionMultipleResults"
_NONE = "ErrorNameResolutionNoResults"


def resolve_address(ask: Ask, scribe: Scribe, address: str) -> Observation:
    """Look an address up; details ``primary_smtp``, ``mailbox_type``, ``matches``.

    Of several matches the one whose primary address is the address is taken; if none is, ``primary_smtp`` is missing.
    """
    question = Question("resolve-address", "ResolveNames", Mode.SERVICE_ACCOUNT, address)
    reply = ask(questions.resolve_name(address))
    answer = reply.answer
    if answer.code == _NONE:
        return scribe.observe(question, reply, {"matches": 0})
    if answer.soap is None or answer.code not in ("NoError", _SEVERAL):
        return scribe.observe(question, reply)
    found = [_address_and_type(mailbox) for mailbox in answer.soap.find_all(f"{TYPES}Mailbox")]
    details: dict[str, Fact] = {"matches": len(found)}
    exact = [match for match in found if match[0].casefold() == address.casefold()]
    chosen = exact[0] if exact else found[0] if len(found) == 1 else None
    if chosen is not None:
        details["primary_smtp"], details["mailbox_type"] = chosen
    return scribe.observe(question, reply, details, Said(Outcome.OK, answer.code))


def find_names(ask: Ask, scribe: Scribe, beginning: str) -> Observation:
    """Look up whom the beginning of a name may mean; details ``mailboxes``, ``matches``, ``complete``.

    An answer holds at most 100 matches. Source:
    https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
    """
    question = Question("find-names", "ResolveNames", Mode.SERVICE_ACCOUNT, beginning)
    reply = ask(questions.resolve_name(beginning))
    answer = reply.answer
    if answer.soap is None or answer.code not in ("NoError", _SEVERAL, _NONE):
        return scribe.observe(question, reply)
    found = [_address_and_type(mailbox) for mailbox in answer.soap.find_all(f"{TYPES}Mailbox")]
    resolved = answer.soap.find(f"{MESSAGES}ResolutionSet")
    details: dict[str, Fact] = {
        "matches": len(found),
        "mailboxes": [address for address, kind in found if kind == _MAILBOX_TYPE and address],
        "complete": resolved is None or resolved.get("IncludesLastItemInRange", "true") != "false",
    }
    return scribe.observe(question, reply, details, Said(Outcome.OK, answer.code))


def expand_group(ask: Ask, scribe: Scribe, address: str) -> Iterator[Observation]:
    """List the members of a group and of the groups in it, each group once, however they are nested.

    Details: ``members`` and ``groups`` (addresses), ``depth`` (0 for the group that was asked about), ``complete``.
    """
    waiting = deque([(address, 0)])
    seen = {address.casefold()}
    while waiting:
        group, depth = waiting.popleft()
        question = Question("expand-group", "ExpandDL", Mode.SERVICE_ACCOUNT, group)
        if depth > limits().group_depth:
            yield scribe.not_asked(question, "too-deep", {"depth": depth})
            continue
        reply = ask(questions.expand_group(group))
        details: dict[str, Fact] = {"depth": depth}
        if reply.answer.soap is not None and reply.answer.code == "NoError":
            expansion = reply.answer.soap.find(f"{MESSAGES}DLExpansion")
            found = [] if expansion is None else [_address_and_type(one) for one in expansion.iter(f"{TYPES}Mailbox")]
            groups = [member for member, kind in found if kind == _GROUP_TYPE and member]
            details["members"] = [member for member, kind in found if kind != _GROUP_TYPE and member]
            details["groups"] = groups
            details["complete"] = expansion is None or (
                expansion.get("IncludesLastItemInRange", "true") != "false" and all(member for member, _ in found)
            )
            for nested in groups:
                if nested.casefold() not in seen:
                    seen.add(nested.casefold())
                    waiting.append((nested, depth + 1))
        yield scribe.observe(question, reply, details)


def room_lists(ask: Ask, scribe: Scribe, service_account: str) -> Iterator[Observation]:
    """List the room lists (details ``lists``) and then the rooms of each (details ``rooms``): addresses."""
    question = Question("room-lists", "GetRoomLists", Mode.SERVICE_ACCOUNT, service_account)
    reply = ask(questions.get_room_lists())
    if reply.answer.soap is None or reply.answer.code != "NoError":
        yield scribe.observe(question, reply)
        return
    lists = [child_text(one, f"{TYPES}EmailAddress") for one in reply.answer.soap.find_all(f"{TYPES}Address")]
    lists = [address for address in lists if address]
    yield scribe.observe(question, reply, {"lists": lists})
    for room_list in lists:
        question = Question("room-lists", "GetRooms", Mode.SERVICE_ACCOUNT, room_list)
        reply = ask(questions.get_rooms(room_list))
        details: dict[str, Fact] = {}
        if reply.answer.soap is not None and reply.answer.code == "NoError":
            rooms = [child_text(one, f"{TYPES}EmailAddress") for one in reply.answer.soap.find_all(f"{TYPES}Id")]
            details["rooms"] = [address for address in rooms if address]
        yield scribe.observe(question, reply, details)


def _address_and_type(mailbox: etree._Element) -> tuple[str, str]:
    address = child_text(mailbox, f"{TYPES}EmailAddress")
    return (address if "@" in address else ""), child_text(mailbox, f"{TYPES}MailboxType")
