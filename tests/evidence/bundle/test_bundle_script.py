"""collect-evidence.ps1: its syntax, and that it only reads. It is not executed here: there is no Exchange to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from calconnect.evidence.bundle.kinds import EXPORTS
from calconnect.evidence.bundle.script import collect_script

SCRIPT = collect_script()
TREE = Parser(Language(tree_sitter_powershell.language())).parse(SCRIPT.encode("ascii"))
OTHER_COMMANDS = {
    *("ConvertFrom-Json", "ConvertTo-Json", "Join-Path", "New-Item", "Out-File", "Out-Null", "Select-Object"),
    *("Search-UnifiedAuditLog", "Where-Object", "Write-Verbose", "Write-Warning"),
}
"""What is neither Get-* nor Test-*: none of it changes anything but in the folder that the script writes to."""
METHODS = {
    *("AddDays", "Contains", "Match", "Replace", "SpecifyKind", "ToLowerInvariant", "ToString", "ToUniversalTime"),
}
TYPES = {
    *("string", "switch", "scriptblock", "bool", "int", "long", "datetime", "ordered", "pscustomobject", "regex"),
    *("System.Collections.IEnumerable", "System.Globalization.CultureInfo"),
}


def nodes(kind: str, under: Node = TREE.root_node) -> Iterator[Node]:
    if under.type == kind:
        yield under
    for child in under.children:
        yield from nodes(kind, child)


def text(node: Node | None) -> str:
    assert node is not None
    assert node.text is not None
    return node.text.decode()


def called(command: Node) -> str:
    """Return the name of what a command runs, or the operator that runs it."""
    return text(command.children[0])


FUNCTIONS = {text(next(nodes("function_name", one))) for one in nodes("function_statement")}
COMMANDS = list(nodes("command"))


def test_the_syntax_is_right() -> None:
    assert not TREE.root_node.has_error
    assert len(COMMANDS) > 40


def test_a_mistake_in_the_syntax_would_be_seen() -> None:
    broken = SCRIPT.replace("$rows = @(foreach", "$rows = @(foreach foreach")
    assert Parser(Language(tree_sitter_powershell.language())).parse(broken.encode()).root_node.has_error


def test_it_only_reads() -> None:
    names = {called(command) for command in COMMANDS} - FUNCTIONS
    reading = {name for name in names if re.fullmatch(r"(?:Get|Test)-[A-Za-z]+", name)}
    calls = {text(command) for command in COMMANDS if called(command) in ("&", ".")}
    assert names - reading - OTHER_COMMANDS <= {"&"}
    assert calls == {"& $Query"}  # the blocks that are given to Write-Export, which are looked at here like the rest
    assert all("-ItemType Directory" in text(one) for one in COMMANDS if called(one) == "New-Item")
    assert all("-NoClobber" in text(one) for one in COMMANDS if called(one) == "Out-File")


def test_it_reaches_for_nothing_else() -> None:
    methods = {text(next(nodes("member_name", call.children[2]))) for call in nodes("invokation_expression")}
    assert methods == METHODS
    assert {text(one).strip("[]") for one in nodes("type_literal")} == TYPES
    lowered = SCRIPT.lower()
    for word in ("invoke-", "start-process", "add-type", "iex", "downloadstring", "webclient", "new-object", "import-"):
        assert word not in lowered


def test_it_has_no_aliases() -> None:
    assert all(re.fullmatch(r"&|[A-Z][A-Za-z]+-[A-Z][A-Za-z]+", called(command)) for command in COMMANDS)


def test_every_export_is_written_with_the_properties_that_are_read() -> None:
    written: dict[str, str] = {}
    for command in COMMANDS:
        if called(command) == "Write-Export":
            name = re.search(r"-Name '(\w+)'", text(command))
            properties = re.search(r"-Property @\((.*?)\)", text(command), re.S)
            assert name is not None
            assert properties is not None
            written[name.group(1)] = properties.group(1)
    assert set(written) == {export.name for export in EXPORTS}
    for export in EXPORTS:
        found = set(re.findall(r"'(\w+)'", written[export.name]))
        needed = {one.name for one in export.properties if one.required}
        assert needed <= found, export.name


def test_each_query_fails_loudly() -> None:
    names = r"(?:Get|Search)-(?!Timestamp|Date|ChildItem|Item$|TestPair|TestResult)|Test-(?!Path|Wanted)"
    asking = [one for one in COMMANDS if re.match(names, called(one))]
    assert asking
    for command in asking:
        assert "-ErrorAction Stop" in text(command) or "@parameters" in text(command), text(command)


def test_its_help_stands_on_top_with_permissions_and_parameters() -> None:
    help_text = SCRIPT[: SCRIPT.index("#>")]
    assert SCRIPT.startswith("<#\n.SYNOPSIS")
    words = ("View-Only Organization Management", "Active Directory", "Windows PowerShell 5.1", "PowerShell 7")
    for word in (*words, "ExchangeOnlineManagement", "View-Only Audit Logs", "bundle-online.json"):
        assert word in help_text
    own = [text(one.named_children[1]) for one in nodes("script_parameter", next(nodes("param_block")))]
    assert own == [
        *("$ServiceAccount", "$MailboxList", "$Group", "$ExchangeOnline", "$VendorApplication", "$OwnApplication"),
        "$OutFolder",
    ]
    assert all(f".PARAMETER {name[1:]}\n" in help_text for name in own)


def test_both_generations_read_its_encoding_alike() -> None:
    assert SCRIPT.isascii()
    assert "\t" not in SCRIPT
    assert max(len(line) for line in SCRIPT.splitlines()) <= 120
