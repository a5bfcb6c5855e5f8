"""Commands are filled with names that no shell takes for anything else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.requirements.catalogue import load_catalogue
from calconnect.requirements.model import Remediation
from calconnect.requirements.remediation import MOST_LINES, MOST_TARGETS, Names, fill, placeholders_of, quote

NAMES = Names(
    service_account="svc@example.com",
    trial="o'brien@example.com",
    domain="example.com",
    group="users@example.com",
    server="mail.example.com",
    password_file="password.txt",
)


def one(command: str, *targets: str, names: Names = NAMES) -> tuple[str, ...]:
    return fill(Remediation("text", (command,)), names, targets).commands


def test_names_are_quoted_and_hosts_are_not() -> None:
    assert one("Get-Mailbox {trial}") == ("Get-Mailbox 'o''brien@example.com'",)
    assert one("Set-X -ExternalUrl https://{server}/EWS") == ("Set-X -ExternalUrl https://mail.example.com/EWS",)


def test_what_is_not_known_stays_visible() -> None:
    bare = Names("svc@example.com", "a@example.com", "example.com")
    assert one("Get-DistributionGroup {group}", names=bare) == ("Get-DistributionGroup <group>",)
    assert one("https://{server}/EWS", names=bare) == ("https://<server>/EWS",)
    assert one("Get-Mailbox {mailbox}") == ("Get-Mailbox <mailbox>",)


def test_a_host_that_is_no_host_is_not_put_into_a_command() -> None:
    odd = Names("svc@example.com", "a@example.com", "example.com; Remove-Item x", server="$(calc)")
    assert one("https://{server}/ {domain}", names=odd) == ("https://<server>/ <domain>",)


def test_a_few_mailboxes_get_a_line_each() -> None:
    assert one("Get-Mailbox {mailbox}", "a@example.com", "b@example.com", "a@example.com") == (
        "Get-Mailbox 'a@example.com'",
        "Get-Mailbox 'b@example.com'",
    )


def test_many_mailboxes_get_a_loop() -> None:
    targets = [f"user{number}@example.com" for number in range(MOST_LINES + 1)]
    (line,) = one("Get-Mailbox {mailbox} | Format-List", *targets)
    listed = ",".join(f"'{target}'" for target in targets)
    assert line == f"foreach ($mailbox in {listed}) {{ Get-Mailbox $mailbox | Format-List }}"


def test_very_many_are_bounded_and_said_to_be() -> None:
    targets = [f"user{number}@example.com" for number in range(MOST_TARGETS + 7)]
    lines = one("Get-Mailbox {mailbox}", *targets)
    assert lines[0].count("@example.com") == MOST_TARGETS
    assert lines[1] == "# and 7 more: see the report"


def test_a_list_of_targets_is_one_argument() -> None:
    assert one("New-Rule -RemoteAddress {targets}", "203.0.113.7", "198.51.100.0/28") == (
        "New-Rule -RemoteAddress '203.0.113.7','198.51.100.0/28'",
    )


def test_the_same_command_is_given_once() -> None:
    same = Remediation("text", ("Get-X", "Get-X"))
    assert fill(same, NAMES).commands == ("Get-X",)


def test_text_is_filled_without_quotes() -> None:
    assert (
        fill(Remediation("Point autodiscover.{domain} at it."), NAMES).text == "Point autodiscover.example.com at it."
    )


@pytest.mark.parametrize("requirement", load_catalogue().values(), ids=lambda one: one.id)
def test_every_command_of_the_catalogue_can_be_filled(requirement: object) -> None:
    remediation = load_catalogue()[requirement.versioned_id].remediation  # type: ignore[attr-defined]
    filled = fill(remediation, NAMES, ["203.0.113.7"] if "{targets}" in str(remediation) else ["a@example.com"])
    assert not any(placeholders_of(command) for command in filled.commands)
    assert not re.search(r"\{[a-z_]+\}", filled.text)


@given(st.text())
def test_a_literal_holds_exactly_its_text(text: str) -> None:
    literal = quote(text)
    quotes = "'\u2018\u2019\u201a\u201b"
    inner = literal[1:-1]
    assert literal[0] == literal[-1] == "'"
    read, position = "", 0
    while position < len(inner):  # as PowerShell reads it: two quotes of a kind are one
        if inner[position] in quotes:
            assert inner[position + 1] == inner[position]
            position += 1
        read += inner[position]
        position += 1
    assert read == text


def test_an_application_that_falls_short_is_not_taken_for_a_mailbox() -> None:
    names = replace(NAMES, vendor_application="10bb7e5b-b80b-4e6e-a209-f78581dbc79e")
    assert one("Add -Member {mailbox}", names.vendor_application, names=names) == ("Add -Member <mailbox>",)
    assert one("Add -Member {mailbox}", names.vendor_application, "a@example.com", names=names) == (
        "Add -Member 'a@example.com'",
    )
