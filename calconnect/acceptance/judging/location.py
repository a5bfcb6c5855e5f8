"""Judges where each mailbox is (LOC-01) on the topologies with Exchange Online: there, on the server, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.application_scope import REFUSED
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.ews_retirement import policy_reason
from calconnect.acceptance.judging.online_mailboxes import NOBODY, NOT_ON_GRAPH
from calconnect.acceptance.judging.probes import blocked, failed, not_asked, passed, unknown
from calconnect.acceptance.judging.reach import LOCAL_TYPES, held_here, is_elsewhere, user_records
from calconnect.acceptance.verdicts import Finding
from calconnect.evidence.bundle.model import UserRecord
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key


class Held(StrEnum):
    """What the answer of one side says of a mailbox."""

    HERE = "here"
    NOT_HERE = "not-here"
    NOT_KNOWN = "not-known"


IN_ONLINE = "in-exchange-online"
ON_SERVER = "on-the-server"
MOVED_UP = "moved-to-exchange-online"
"""It is in Exchange Online, and the server's directory has it on the server."""
MOVED_BACK = "moved-to-the-server"
"""It is on the server, and the server's directory has it in Exchange Online."""
NOWHERE = "in-neither"
IN_BOTH = "in-both"


def held_online(answer: Answer) -> Held:
    """Return whether Exchange Online holds a mailbox, by what came of opening its calendar there."""
    if isinstance(answer, NotAsked):
        return Held.NOT_KNOWN
    if answer.ok:
        return Held.HERE
    code = codes.said(answer)
    if code in NOT_ON_GRAPH or code in NOBODY:
        return Held.NOT_HERE
    # Who is outside the scope is refused wherever the mailbox is; the other refusals are made where it is.
    return Held.HERE if held_here(answer) and code != REFUSED else Held.NOT_KNOWN


def held_on_server(answer: Answer) -> Held:
    """Return whether the server holds a mailbox, by what came of opening its calendar there."""
    if isinstance(answer, NotAsked):
        return Held.NOT_KNOWN
    if answer.ok or held_here(answer):
        return Held.HERE
    return Held.NOT_HERE if codes.said(answer) in codes.NOT_A_PRIMARY_ADDRESS else Held.NOT_KNOWN


def not_opened(answers: Mapping[str, Answer]) -> list[str]:
    """Return the mailboxes that did not open although they were asked for: who they are tells more."""
    return [mailbox for mailbox, answer in answers.items() if isinstance(answer, Observation) and not answer.ok]


def by_side(server: Mapping[str, Answer], online: Mapping[str, Answer]) -> tuple[list[str], list[str]]:
    """Return the mailboxes of the server's side and those of Exchange Online's, by what came of opening each on both.

    A mailbox that one side does not hold, and of which the other says nothing, is the other's. One that neither holds
    is on no side (LOC-01 names it); of one that nothing is known of, both sides have to say so.

    Args:
        server: by mailbox, what came of opening its calendar at the server.
        online: … over Microsoft Graph.
    """
    there, here = [], []
    for mailbox, answer in server.items():
        at_server, in_cloud = held_on_server(answer), held_online(online[mailbox])
        known = Held.HERE in (at_server, in_cloud)
        if at_server is Held.HERE or (not known and at_server is Held.NOT_KNOWN):
            there.append(mailbox)
        if in_cloud is Held.HERE or (not known and in_cloud is Held.NOT_KNOWN):
            here.append(mailbox)
    return there, here


def in_exchange_online(answers: Mapping[str, Answer], users: Mapping[str, Answer], by: str) -> list[Finding]:
    """Judge LOC-01 where everything is in Exchange Online: one finding for each mailbox.

    An address that leads to nobody, and a user without a mailbox, have none that could be elsewhere: they get no
    finding here. The former is for GR-12 to say, the latter for GR-09.

    Args:
        answers: by mailbox, what came of opening its calendar.
        users: by mailbox, what came of looking its user up.
        by: id of the requirement that tells whether calendars open.
    """
    found = [_online(mailbox, answer, users.get(mailbox), by) for mailbox, answer in answers.items()]
    return [finding for finding in found if finding is not None]


def in_a_hybrid(
    server: Mapping[str, Answer],
    online: Mapping[str, Answer],
    users: Export[tuple[UserRecord, ...]],
    looked_up: Mapping[str, Answer],
) -> list[Finding]:
    """Judge LOC-01 in a hybrid organisation: each mailbox must be held by exactly one side, and be there where the
    server's own directory has it.

    Args:
        server: by mailbox, what came of opening its calendar at the server.
        online: … over Microsoft Graph.
        users: the export of the recipients as the server's directory has them; it tells where mail is sent.
        looked_up: by mailbox, what came of looking its user up in Exchange Online.
    """
    records = user_records(users)
    return [
        _hybrid(mailbox, (answer, online[mailbox]), records.get(address_key(mailbox)), users, looked_up.get(mailbox))
        for mailbox, answer in server.items()
    ]


def _online(mailbox: str, answer: Answer, user: Answer | None, by: str) -> Finding | None:
    if isinstance(answer, NotAsked):
        return not_asked(mailbox, answer)
    if held_online(answer) is Held.HERE:
        said = "" if answer.ok else f" {codes.because(answer)}"
        return passed(mailbox, f"It is in Exchange Online.{said}", answer, code=IN_ONLINE)
    code, known = codes.said(answer), isinstance(user, Observation) and user.ok
    if held_online(answer) is Held.NOT_HERE:
        if not isinstance(user, Observation) or not user.ok:
            return None
        if user.details.get("synced") is True:
            sentence = (
                "It is not in Exchange Online: its user comes from the organisation's own directory, and the mailbox is"
                f" on a server there. {codes.because(answer)}"
            )
            return failed(mailbox, sentence, answer, user, code=code)
        return None
    if (
        (code in codes.FOLDER_CLOSED or policy_reason(answer))
        and known
        and isinstance(user, Observation)
        and _licensed(user)
    ):
        sentence = (
            f"It has an Exchange plan in this tenant, and was refused for another reason. {codes.because(answer)}"
        )
        return passed(mailbox, sentence, answer, user, code=IN_ONLINE)
    reason = codes.proves_nothing(answer)
    sentence = f"Where it is was not to be seen. {codes.because(answer)}"
    if reason is None:
        return blocked(mailbox, by, codes.because(answer), answer, code=code)
    return unknown(mailbox, sentence, reason, answer, code=code)


def _hybrid(
    mailbox: str,
    sides: tuple[Answer, Answer],
    record: UserRecord | None,
    users: Export[tuple[UserRecord, ...]],
    user: Answer | None,
) -> Finding:
    server, online = sides
    at_server, there = held_on_server(server), held_online(online)
    seen = [answer for answer in (server, online) if isinstance(answer, Observation)]
    if at_server is Held.HERE and there is Held.HERE:
        sentence = "There is a mailbox on the server and another one in Exchange Online: mail and events go to either."
        return failed(mailbox, sentence, *seen, code=IN_BOTH)
    if at_server is Held.HERE:
        if record is not None and is_elsewhere(record.recipient_type):
            sentence = (
                f"It is on the server, although by {users.dated} the directory there has it as a"
                f" {record.recipient_type}, whose mailbox would be in Exchange Online."
            )
            return failed(mailbox, sentence, *seen, *users.seen, code=MOVED_BACK)
        return passed(mailbox, "It is on the server.", *seen, code=ON_SERVER)
    if there is Held.HERE:
        if record is not None and record.recipient_type in LOCAL_TYPES:
            sentence = (
                f"It is in Exchange Online, although by {users.dated} the directory at the server has it as a"
                f" {record.recipient_type}, whose mailbox would be there."
            )
            return failed(mailbox, sentence, *seen, *users.seen, code=MOVED_UP)
        return passed(mailbox, "It is in Exchange Online.", *seen, code=IN_ONLINE)
    if at_server is Held.NOT_HERE and there is Held.NOT_HERE:
        told = " and ".join(dict.fromkeys(codes.said(answer) for answer in seen))
        known = isinstance(user, Observation) and user.ok
        who = "The directory knows its user, but" if known else "The address leads to nobody:"
        sentence = f"{who} neither the server nor Exchange Online has a mailbox for it ({told})."
        more = [user] if isinstance(user, Observation) else []
        return failed(mailbox, sentence, *seen, *more, code=NOWHERE)
    if at_server is Held.NOT_HERE and _is_refused(online) and isinstance(user, Observation) and _licensed(user):
        sentence = "The server has no mailbox for it, and it has an Exchange plan in the tenant."
        return passed(mailbox, sentence, *seen, user, code=IN_ONLINE)
    if there is Held.NOT_HERE and record is not None and record.recipient_type in LOCAL_TYPES:
        sentence = f"It is not in Exchange Online, and by {users.dated} it is a {record.recipient_type} of the server."
        return passed(mailbox, sentence, *seen, *users.seen, code=ON_SERVER)
    for answer in (server, online):
        if isinstance(answer, NotAsked):
            return not_asked(mailbox, answer)
    open_end = server if at_server is Held.NOT_KNOWN else online
    assert isinstance(open_end, Observation)
    by, said = ("IMP-02" if open_end is server else "GR-07"), codes.said(open_end)
    reason = codes.proves_nothing(open_end)
    if reason is None:
        return blocked(mailbox, by, codes.because(open_end), *seen, code=said)
    sentence = f"Which side holds it was not to be seen. {codes.because(open_end)}"
    return unknown(mailbox, sentence, reason, *seen, code=said)


def _is_refused(answer: Answer) -> bool:
    return isinstance(answer, Observation) and codes.said(answer) == REFUSED


def _licensed(user: Observation) -> bool:
    return str(user.details.get("exchange_plan") or "").lower() == "enabled"
