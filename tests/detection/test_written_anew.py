"""The judgement rests on what is observed, never on which file is loaded: another organisation, with other names,
groups and addresses, makes the same mistakes in its own way, and each is caught by the same requirement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.run import observe
from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.model import Topology

ORGANISATION = r"""
title = "Northwind"

[organization]
name = "Northwind Traders"
domains = ["nwtraders.test", "nw-traders.test"]

[server]
host = "post"

[[mailboxes]]
email = "mika@nwtraders.test"
aliases = ["hiring@nwtraders.test"]
department = "Recruiting"
groups = ["interviewers@nwtraders.test"]

[[mailboxes]]
email = "noor@nwtraders.test"
department = "Recruiting"
database = "MDB7"
language = "nl-NL"
groups = ["interviewers@nwtraders.test"]

[[mailboxes]]
email = "olle@nwtraders.test"
department = "Sales"
groups = ["interviewers@nwtraders.test"]

[[mailboxes]]
email = "the.owner@nwtraders.test"
department = "Management"
listed = false

[[rooms]]
email = "harbour@nwtraders.test"
name = "Harbour"
groups = ["meeting-rooms@nwtraders.test"]

[[groups]]
email = "interviewers@nwtraders.test"
name = "Interviewers"
kind = "security"
dn = "CN=Interviewers,OU=Teams,DC=nwtraders,DC=test"

[[groups]]
email = "sysadmins@nwtraders.test"
name = "Sysadmins"
kind = "security"
administrators = true

[[groups]]
email = "meeting-rooms@nwtraders.test"
name = "Meeting rooms"
kind = "room-list"

[[service_accounts]]
email = "calendar.robot@nwtraders.test"
usernames = ["NWT\\robot", "calendar.robot@nwtraders.test"]
password = "another-password-than-theirs"

[[role_groups]]
name = "Robots"
members = ["NWT\\robot"]

[[role_assignments]]
name = "Robots act as interviewers"
assignee = "Robots"
scope = "Interviewers only"

[[management_scopes]]
name = "Interviewers only"
filter = "MemberOfGroup -eq 'CN=Interviewers,OU=Teams,DC=nwtraders,DC=test'"

[firewall]
default = "allow"
vendor_addresses = ["127.20.0.8", "127.20.0.9"]

[[firewall.rules]]
order = 1
action = "allow"
source = "127.20.0.8/31"

[[firewall.rules]]
order = 2
action = "reject"
source = "127.20.0.0/16"

[[attestations]]
requirement = "APP-01"
statement = "The owner has the permission."
attested_by = "The owner"
attested_days_ago = 1
valid_for_days = 30

[[attestations]]
requirement = "APP-05"
statement = "All were told."
attested_by = "The owner"
attested_days_ago = 1
valid_for_days = 30

[[attestations]]
requirement = "NET-05"
statement = "The way out is open."
attested_by = "The owner"
attested_days_ago = 1
valid_for_days = 30

[settings.connection]
email_to_impersonate = "noor@nwtraders.test"

[settings.limit]
group = "interviewers@nwtraders.test"
outsiders = ["the.owner@nwtraders.test"]
"""

ROBOT = '[[service_accounts]]\nemail = "calendar.robot@nwtraders.test"\n'
URL = '[settings.connection]\nexchange_server_url = "https://post.nwtraders.test/ews/exchange.asmx"\n'
OLLE = '[[mailboxes]]\nemail = "olle@nwtraders.test"\n'
SCOPE = '[[management_scopes]]\nname = "Interviewers only"\n'


@dataclass(frozen=True)
class Mistake:
    """A difference, and the requirements that it must fail, each with the code to be quoted."""

    what: str
    change: str
    failed: dict[str, str]


MISTAKES = [
    Mistake("no mailbox", f"{ROBOT}mailbox = false\n\n{URL}", {"SVC-01": "ErrorMissingEmailAddress"}),
    Mistake(
        "user on a domain that looks alike",
        '[[mailboxes]]\nemail = "pia@nw-traders.test"\ngroups = ["interviewers@nwtraders.test"]\n',
        {"SVC-03": "other-domain"},
    ),
    Mistake(
        "password to change", f'{ROBOT}account = "must-change-password"\n', {"SVC-04": "ErrorPasswordChangeRequired"}
    ),
    Mistake("login left out", f'{ROBOT}usernames = ["NWT\\\\robot"]\n', {"SVC-04": "HTTP 401", "SVC-08": "HTTP 401"}),
    Mistake("Kerberos alone", "[policies]\nntlm = false\nbasic = false\n", {"SVC-05": "no-usable-scheme"}),
    Mistake(
        "legacy blocked for all",
        '[organization]\nauthentication_policy = "Modern"\n\n'
        '[[authentication_policies]]\nname = "Modern"\nblock_legacy_ews = true\n',
        {"SVC-04": "HTTP 401", "SVC-06": "legacy-authentication-blocked", "SVC-08": "HTTP 401"},
    ),
    Mistake(
        "in a protected group",
        '[[groups]]\nemail = "backup@nwtraders.test"\nname = "Backup Operators"\nkind = "security"\n'
        'members = ["calendar.robot@nwtraders.test"]\n',
        {"SVC-07": "adminCount"},
    ),
    Mistake(
        "not in the role group",
        '[[role_groups]]\nname = "Robots"\nmembers = []\n',
        {"IMP-01": "ErrorImpersonateUserDenied"},
    ),
    Mistake(
        "filter with an old place",
        f"{SCOPE}filter = \"MemberOfGroup -eq 'CN=Interviewers,OU=Old,DC=nwtraders,DC=test'\"\n",
        {"IMP-01": "ErrorImpersonateUserDenied", "IMP-04": "other-dn"},
    ),
    Mistake(
        "filter by department",
        f"{SCOPE}filter = \"Department -eq 'Recruiting'\"\n",
        {"IMP-02": "ErrorImpersonateUserDenied", "IMP-04": "other-filter"},
    ),
    Mistake(
        "through another group",
        f'{OLLE}groups = ["sellers@nwtraders.test"]\n\n'
        '[[groups]]\nemail = "sellers@nwtraders.test"\nname = "Sellers"\n'
        + '\n[[groups]]\nemail = "interviewers@nwtraders.test"\nmembers = ["sellers@nwtraders.test"]\n',
        {"IMP-02": "ErrorImpersonateUserDenied", "IMP-03": "nested-member", "IMP-04": "nested-group"},
    ),
    Mistake(
        "exclusive",
        '[[management_scopes]]\nname = "Out of bounds"\nfilter = "Department -eq \'Sales\'"\nexclusive = true\n',
        {"IMP-02": "ErrorImpersonateUserDenied", "IMP-05": "exclusive-scope"},
    ),
    Mistake("broken mailbox", f'{OLLE}without_folders = ["calendar"]\n', {"IMP-02": "ErrorFolderNotFound"}),
    Mistake(
        "moved to the cloud",
        f'{OLLE}kind = "remote"\n',
        {"IMP-02": "ErrorNonExistentMailbox", "LOC-01": "RemoteUserMailbox"},
    ),
    Mistake(
        "alias in the list",
        '[settings.mailboxes]\nfile = ""\naddresses = ["noor@nwtraders.test", "hiring@nwtraders.test"]\n',
        {"IMP-02": "ErrorNonPrimarySmtpAddress"},
    ),
    Mistake(
        "one too many",
        '[[role_assignments]]\nname = "Left over"\nassignee = "NWT\\\\robot"\n',
        {"IMP-03": "NoError"},
    ),
    Mistake(
        "trial with an administrator",
        '[[mailboxes]]\nemail = "noor@nwtraders.test"\n'
        'groups = ["interviewers@nwtraders.test", "sysadmins@nwtraders.test"]\n',
        {"IMP-06": "administrator"},
    ),
    Mistake(
        "trial by an alias",
        '[settings.connection]\nemail_to_impersonate = "hiring@nwtraders.test"\n',
        {"IMP-07": "ErrorNonPrimarySmtpAddress"},
    ),
    Mistake(
        "440 at a given URL",
        f'[server]\nbehind = "pre-authenticating-proxy-440"\n\n{URL}',
        {"NET-01": "HTTP 440"},
    ),
    Mistake("302 behind Autodiscover", '[server]\nbehind = "pre-authenticating-proxy-302"\n', {"NET-02": "HTTP 302"}),
    Mistake("expired", '[certificate]\nkind = "expired"\n', {"NET-03": "certificate-expired"}),
    Mistake(
        "denied first",
        '[[firewall.rules]]\norder = 0\naction = "reject"\nsource = "127.20.0.9"\n',
        {"NET-04": "connection-reset"},
    ),
    Mistake(
        "re-encrypted",
        '[server]\nextended_protection = "require"\nbehind = "re-encrypting-proxy"\n',
        {"NET-06": "HTTP 401"},
    ),
    Mistake(
        "full",
        '[[mailboxes]]\nemail = "noor@nwtraders.test"\nquota_exceeded = true\n',
        {"OPS-01": "ErrorQuotaExceeded"},
    ),
    Mistake(
        "rooms in a plain group",
        '[[groups]]\nemail = "meeting-rooms@nwtraders.test"\nkind = "security"\n',
        {"OPS-04": "no-room-lists"},
    ),
    Mistake(
        "three at a time",
        '[[throttling_policies]]\nname = "Slow lane"\news_max_concurrency = 6\n\n'
        + ROBOT
        + 'throttling_policy = "Slow lane"\n',
        {"OPS-05": "EWSMaxConcurrency"},
    ),
    Mistake(
        "hidden times",
        f'{OLLE}folder_permissions = {{ calendar = {{ default = "None" }} }}\n',
        {"OPS-06": "ErrorNoFreeBusyAccess"},
    ),
]


def written(mistake: Mistake, folder: Path) -> Path:
    """Write the organisation and the difference into files whose names say nothing."""
    (folder / "one.toml").write_text(ORGANISATION, encoding="utf-8")
    path = folder / "two.toml"
    path.write_text(f'title = "Northwind"\nbase = "one.toml"\n\n{mistake.change}', encoding="utf-8")
    return path


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.what)
def test_the_same_mistake_in_another_organisation(mistake: Mistake, tmp_path: Path) -> None:
    audited = observe(written(mistake, tmp_path), state_folder=tmp_path / "state")
    assert audited.verdicts(Verdict.FAILED) == mistake.failed.keys(), audited.explain()
    assert audited.verdicts(Verdict.ERROR) == set(), audited.explain()
    for requirement, code in mistake.failed.items():
        assert code in audited.codes(requirement), audited.explain()


def test_without_a_mistake_everything_passes(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(ORGANISATION, encoding="utf-8")
    audited = observe(tmp_path / "one.toml", state_folder=tmp_path / "state")
    assert audited.verdicts(Verdict.FAILED) | audited.verdicts(Verdict.UNKNOWN) == set(), audited.explain()
    elsewhere = {one.id for one in load_catalogue().values() if Topology.EXCHANGE_SERVER not in one.topologies}
    assert audited.verdicts(Verdict.NOT_APPLICABLE) - elsewhere == {"NET-01", "OPS-02", "OPS-03", "SEC-02"}
