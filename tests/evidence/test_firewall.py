"""The firewall's rules, followed address by address and network by network."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.evidence.firewall import (
    Decision,
    Destination,
    Rule,
    judge,
    read_firewall_export,
    read_vendor_addresses,
)
from calconnect.foundation.problems import InvalidInput

SERVER = Destination(frozenset({"mail.example.com"}), frozenset({"192.0.2.10"}))
HEAD = "order,action,source,destination,port,enabled\n"


def write(folder: Path, text: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rules_of(folder: Path, text: str) -> tuple[Rule, ...]:
    return read_firewall_export(write(folder, HEAD + text))


def decision(folder: Path, text: str, address: str = "203.0.113.7", server: Destination = SERVER) -> Decision:
    return judge(ipaddress.ip_network(address), rules_of(folder, text), server).decision


def test_the_vendor_list_holds_addresses_networks_and_comments(tmp_path: Path) -> None:
    text = "\ufeff# United States\r\n203.0.113.7\r\n\r\n198.51.100.0/28  # two halls\r\n2001:db8::/64\r\n"
    entries = read_vendor_addresses(write(tmp_path, text))
    assert [(entry.text, entry.line) for entry in entries] == [
        ("203.0.113.7", 2),
        ("198.51.100.0/28", 4),
        ("2001:db8::/64", 5),
    ]
    assert entries[0].network.num_addresses == 1


def test_every_bad_line_of_the_vendor_list_is_named(tmp_path: Path) -> None:
    text = "203.0.113.7\nnonsense\n203.0.113.999\n198.51.100.1/28\n203.0.113.7\n"
    with pytest.raises(InvalidInput) as caught:
        read_vendor_addresses(write(tmp_path, text), "vendor.txt")
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        ("vendor.txt", 2),
        ("vendor.txt", 3),
        ("vendor.txt", 4),
        ("vendor.txt", 5),
    ]
    assert "198.51.100.0/28" in caught.value.problems[2].hint
    assert "line 1" in caught.value.problems[3].message


@pytest.mark.parametrize("text", ["", "# nothing yet\n", b"\xff\xfe1\x00"])
def test_a_list_without_an_address_is_no_list(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        read_vendor_addresses(write(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for read in (read_vendor_addresses, read_firewall_export):
        with pytest.raises(InvalidInput, match="cannot be read"):
            read(tmp_path / "none")


def test_rules_are_read_in_their_order_whatever_the_columns(tmp_path: Path) -> None:
    heading = "Enabled;Note;Port;Destination;Source;Action;Order\n"
    text = heading + "yes;x;443;any;any;DENY;20\n;y;any;any;203.0.113.0/24;Permit;10\n"
    rules = read_firewall_export(write(tmp_path, text))
    assert [(rule.order, rule.allow, rule.enabled, rule.line) for rule in rules] == [
        (10, True, True, 3),
        (20, False, True, 2),
    ]
    assert rules[1].ports == (range(443, 444),)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x,allow,any,any,443,yes", "order"),
        ("-1,allow,any,any,443,yes", "order"),
        ("1,maybe,any,any,443,yes", "action"),
        ("1,allow,203.0.113.1/24,any,443,yes", "source"),
        ("1,allow,any,any,http,yes", "port"),
        ("1,allow,any,any,70000,yes", "port"),
        ("1,allow,any,any,500-400,yes", "port"),
        ("1,allow,any,any,443,perhaps", "enabled"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(tmp_path: Path, row: str, column: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules_of(tmp_path, f"1,allow,any,any,443,yes\n{row}\n")
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [(3, column)]


@pytest.mark.parametrize("text", ["", HEAD, "order,action,source\n1,allow,any\n", HEAD + '1,"allow,any\n'])
def test_an_export_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        read_firewall_export(write(tmp_path, text))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("10,allow,203.0.113.7,any,443,yes\n", Decision.ADMITTED),
        ("10,deny,any,any,any,yes\n20,allow,any,any,any,yes\n", Decision.DENIED),
        ("20,deny,any,any,any,yes\n10,allow,any,any,any,yes\n", Decision.ADMITTED),
        ("10,deny,any,any,any,no\n20,allow,any,any,any,yes\n", Decision.ADMITTED),
        ("10,allow,any,any,80,yes\n", Decision.NO_RULE),
        ("10,allow,any,any,80 400-500,yes\n", Decision.ADMITTED),
        ("10,allow,any,any,tcp/443,yes\n", Decision.ADMITTED),
        ("10,allow,203.0.113.8,any,443,yes\n", Decision.NO_RULE),
        ("10,allow,any,192.0.2.10,443,yes\n", Decision.ADMITTED),
        ("10,allow,any,MAIL.example.com,443,yes\n", Decision.ADMITTED),
        ("10,allow,any,192.0.2.99,443,yes\n", Decision.NO_RULE),
        ("10,deny,any,192.0.2.99,443,yes\n20,allow,any,any,443,yes\n", Decision.ADMITTED),
        ("10,allow,2001:db8::/32,any,443,yes\n", Decision.NO_RULE),
    ],
)
def test_the_first_rule_that_fits_decides(tmp_path: Path, rows: str, expected: Decision) -> None:
    assert decision(tmp_path, rows) is expected


def test_an_entry_is_admitted_only_if_every_address_of_it_is(tmp_path: Path) -> None:
    half = "10,allow,198.51.100.0/29,any,443,yes\n"
    assert decision(tmp_path, half, "198.51.100.0/28") is Decision.NO_RULE
    assert decision(tmp_path, half + "20,allow,198.51.100.8/29,any,443,yes\n", "198.51.100.0/28") is Decision.ADMITTED
    hole = "5,deny,198.51.100.3,any,443,yes\n" + "10,allow,198.51.100.0/24,any,443,yes\n"
    assert decision(tmp_path, hole, "198.51.100.0/28") is Decision.DENIED


def test_rules_for_an_address_of_a_server_whose_own_is_not_known_leave_it_open(tmp_path: Path) -> None:
    nameless = Destination(frozenset({"mail.example.com"}), frozenset())
    rescue = "10,allow,any,192.0.2.10,443,yes\n20,deny,any,any,any,yes\n"
    assert decision(tmp_path, rescue, server=nameless) is Decision.UNSURE
    same = "10,allow,any,192.0.2.10,443,yes\n20,allow,any,any,any,yes\n"
    assert decision(tmp_path, same, server=nameless) is Decision.ADMITTED
    threat = "10,deny,any,192.0.2.10,443,yes\n20,allow,any,any,any,yes\n"
    assert decision(tmp_path, threat, server=nameless) is Decision.UNSURE
    before = "5,deny,198.51.100.1,any,443,yes\n10,allow,any,192.0.2.10,443,yes\n20,deny,any,any,any,yes\n"
    assert decision(tmp_path, before, "198.51.100.0/30", nameless) is Decision.DENIED


def test_the_rules_that_decided_are_named(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "10,allow,203.0.113.0/24,any,443,yes\n20,deny,any,any,any,yes\n")
    assert [rule.order for rule in judge(ipaddress.ip_network("203.0.113.7"), rules, SERVER).rules] == [10]
    assert [rule.order for rule in judge(ipaddress.ip_network("192.0.2.1"), rules, SERVER).rules] == [20]


small = st.builds(
    lambda number, bits: ipaddress.ip_network(((number >> (32 - bits)) << (32 - bits), bits)),
    st.integers(0xCB007100, 0xCB00713F),
    st.integers(26, 32),
)
some_rules = st.lists(
    st.builds(
        lambda allow, sources, ports, enabled: (allow, tuple(sources), ports, enabled),
        st.booleans(),
        st.lists(small, max_size=3),
        st.sampled_from([(), (range(443, 444),), (range(80, 81),)]),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=200)
@given(some_rules, small)
def test_a_network_fares_as_each_of_its_addresses(
    drawn: list[tuple[bool, tuple[ipaddress.IPv4Network, ...], tuple[range, ...], bool]], entry: ipaddress.IPv4Network
) -> None:
    rules = [
        Rule(order, allow, sources, (), ports, enabled, order)
        for order, (allow, sources, ports, enabled) in enumerate(drawn, 1)
    ]

    def admitted(address: ipaddress.IPv4Address) -> bool:
        for rule in rules:
            fits = not rule.sources or any(address in source for source in rule.sources)
            if rule.enabled and fits and (not rule.ports or any(443 in ports for ports in rule.ports)):
                return rule.allow
        return False

    judged = judge(entry, rules, SERVER)
    assert (judged.decision is Decision.ADMITTED) == all(admitted(address) for address in entry)
    if judged.decision is Decision.ADMITTED:
        assert judged.rules and all(rule.allow for rule in judged.rules)
