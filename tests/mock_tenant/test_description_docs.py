"""docs/tenant-file.md: its examples load, and it names every key there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.description.document import ENTRY_KEYS
from calconnect.mock_tenant.description.reading import keys_at
from calconnect.mock_tenant.state.access import LEVELS

_TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tenant-file.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"```toml\n(.*?)```", _TEXT, re.S)
_TABLES: list[tuple[str | int, ...]] = [
    (),
    ("organization",),
    ("server",),
    ("policies",),
    ("authentication_policies",),
    ("throttling_policies",),
    ("databases",),
    ("faults",),
    ("mailboxes",),
    ("mailboxes", 0, "delegates"),
    ("mailboxes", 0, "oof"),
    ("mailboxes", 0, "events"),
    ("mailboxes", 0, "events", 0, "repeat"),
    ("generate",),
    ("rooms",),
    ("groups",),
    ("service_accounts",),
    ("role_groups",),
    ("role_assignments",),
    ("management_scopes",),
    ("firewall",),
    ("firewall", "rules"),
    ("certificate",),
    ("autodiscover",),
    ("online",),
    ("online", "applications"),
    ("online", "access_policies"),
    ("online", "application_roles"),
    ("online", "conditional_access"),
    ("online", "named_locations"),
    ("online", "transport_rules"),
    ("exports",),
    ("expected",),
]
_HEADINGS = {
    "repeat": "events",
    "rules": "firewall",
    "role_assignments": "role_groups",
    "management_scopes": "role_groups",
}


def section(name: str) -> str:
    """Return the section whose heading names a table."""
    heading = _HEADINGS.get(name, name)
    found = re.search(rf"^##+ [^\n]*`\[+(?:\w+\.)?{heading}\]+`.*?(?=^##|\Z)", _TEXT, re.S | re.M)
    assert found is not None, f"there is no section on {name}"
    return found.group()


@pytest.mark.parametrize("number", range(len(_EXAMPLES)))
def test_an_example_loads(number: int, tmp_path: Path) -> None:
    file = tmp_path / "example.toml"
    file.write_text(_EXAMPLES[number], encoding="utf-8")
    assert load(file).title


def test_the_short_example_is_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_text(_EXAMPLES[0], encoding="utf-8")
    tenant = load(file)
    made = tenant.organization
    account = made.directory.account("office\\svc")
    assert account is not None
    refused = [
        address
        for address in tenant.listed
        if (one := made.directory.by_address(address)) and not made.roles.may_impersonate(account, one, made.directory)
    ]
    assert refused == ["mia.novak@office.test"]
    mia = made.directory.by_address("mia.novak@office.test")
    assert mia is not None
    subjects = {item.properties["Subject"] for item in made.mailbox(mia).items.values()}
    assert {"Board meeting", "Stand-up"} < subjects


@pytest.mark.parametrize("path", _TABLES, ids=lambda path: ".".join(str(part) for part in path if part != 0) or "top")
def test_every_key_is_explained(path: tuple[str | int, ...]) -> None:
    keys = keys_at(path)
    if not path:
        tables = {str(one[0]) for one in _TABLES if one} | {"settings", "waivers", "attestations"}
        assert tables <= keys
        assert all(section(name) for name in tables)
        keys -= tables
        text = _TEXT[_TEXT.index("## Top level") : _TEXT.index("## `[organization]`")]
    else:
        text = section(str(path[-1]))
    keys -= {str(one[-1]) for one in _TABLES if len(one) > len(path) and one[: len(path)] == path}
    missing = {key for key in keys if f"`{key}`" not in text}
    assert not missing


def test_every_array_of_tables_has_its_key_told() -> None:
    text = _TEXT[_TEXT.index("## One tenant based on another") : _TEXT.index("## Top level")]
    for path, key in ENTRY_KEYS.items():
        name = ".".join(str(part) for part in path)
        assert f"`{name}`" in text
        assert f"`{key}`" in text
    assert {"Editor", "Reviewer", "AvailabilityOnly", "None"} <= set(LEVELS)
