from __future__ import annotations

import os
import stat
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.embedded.folder import firewall_csv, generated_settings, host_names, overlay, write_folder
from calconnect.embedded.tenant import check
from calconnect.embedded.toml_text import toml_text
from calconnect.evidence.firewall import read_firewall_export, read_vendor_addresses
from calconnect.foundation.problems import InvalidInput
from calconnect.mock_tenant.description import catalogue, load
from calconnect.mock_tenant.firewall import Action, Firewall
from calconnect.overlay.reading import overlay_checks
from calconnect.requirements.catalogue import load_catalogue
from calconnect.settings.load import load_settings

KEYS = st.text(min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.one_of(TEXTS, st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.dates())
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def clock() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_as_toml_is_read_back(data: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(data)) == data


def test_toml_has_no_null() -> None:
    with pytest.raises(TypeError):
        toml_text({"a": None})


def test_an_overlay_merges_replaces_and_takes_away() -> None:
    base = {"a": {"x": 1, "y": {"p": 1, "q": 2}}, "b": 3}
    change = {"a": {"x": "", "y": {"q": "", "r": 4}}, "b": [1], "c": {"d": "", "e": 5}}
    assert overlay(base, change) == {"a": {"y": {"p": 1, "r": 4}}, "b": [1], "c": {"e": 5}}
    assert base == {"a": {"x": 1, "y": {"p": 1, "q": 2}}, "b": 3}


def test_the_folder_holds_settings_that_load_and_files_that_read(tmp_path: Path) -> None:
    description = load("healthy")
    file = write_folder(tmp_path, description, 8443, check_authority(), clock=clock)
    settings = load_settings(file, clock=clock)
    account = description.service_account
    assert account is not None
    assert settings.connection.service_account_email == account.email
    (password,) = settings.secrets
    assert password.resolve() == account.password
    assert settings.connection.exchange_server_url is None
    assert settings.connection.service_account_username is None
    assert [mailbox.address for mailbox in settings.mailboxes] == list(description.listed)
    host = description.organization.host
    assert settings.network.connect_to[f"{host}:443"] == "127.0.0.1:8443"
    assert settings.network.vendor_addresses is not None
    assert settings.network.firewall_export is not None
    assert [one.text for one in read_vendor_addresses(settings.network.vendor_addresses)] == list(
        description.vendor_addresses
    )
    assert len(read_firewall_export(settings.network.firewall_export)) == len(description.firewall.rules) + 1


def check_authority() -> bytes:
    import trustme

    return trustme.CA().cert_pem.bytes()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_nobody_but_the_owner_can_read_the_password_file_unless_the_tenant_wants_it(tmp_path: Path) -> None:
    for name, expected in (("healthy", 0o600), ("sec-01-password-readable", 0o644)):
        write_folder(tmp_path / name, load(name), 1, check_authority(), clock=clock)
        mode = (tmp_path / name / "service-account-password.txt").stat().st_mode
        assert stat.S_IMODE(mode) == expected


def test_the_settings_hold_no_password(tmp_path: Path) -> None:
    description = load("healthy")
    assert description.service_account is not None
    file = write_folder(tmp_path, description, 1, check_authority(), clock=clock)
    assert description.service_account.password not in file.read_text(encoding="utf-8")


def test_every_name_that_clients_derive_leads_to_the_server() -> None:
    description = load("healthy")
    names = host_names(description)
    for domain in description.organization.domains:
        assert {domain, f"autodiscover.{domain}", description.organization.host} <= set(names)
    connect_to = generated_settings(description, 9)["network"]["connect_to"]
    assert set(connect_to) == {f"{name}:443" for name in names}


def test_the_firewall_export_says_what_the_firewall_does() -> None:
    firewall = Firewall.allowing(["127.0.0.1", "127.1.0.0/24"], otherwise=Action.DROP)
    assert firewall_csv(firewall).splitlines() == [
        "order,action,source,destination,port,enabled",
        "1,allow,127.0.0.1/32,any,any,true",
        "2,allow,127.1.0.0/24,any,any,true",
        "3,deny,any,any,any,true",
    ]


def tenant_file(folder: Path, text: str) -> Path:
    file = folder / "tenant.toml"
    file.write_text('base = "healthy"\ntitle = "Changed"\n' + text, encoding="utf-8")
    return file


def test_a_mistake_in_the_settings_of_a_tenant_file_is_named_there(tmp_path: Path) -> None:
    file = tenant_file(
        tmp_path,
        '[settings.connection]\nexchange_server_url = "http://mail.contoso.test/EWS/Exchange.asmx"\n'
        'email_to_impersonate = ""\n[settings.run]\nwindow_days = 1000\n',
    )
    with pytest.raises(InvalidInput) as caught:
        check(file, clock=clock)
    told = {(problem.file, problem.line, problem.key) for problem in caught.value.problems}
    assert told == {
        (str(file), 4, "settings.connection.exchange_server_url"),
        (str(file), 5, "settings.connection.email_to_impersonate"),
        (str(file), 7, "settings.run.window_days"),
    }


WAIVER = '[[waivers]]\nrequirement = "OPS-06"\nreason = "x"\napproved_by = "y"\nrisk = "z"\n'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (f"{WAIVER}expires_in_days = 99_999_999", (8, "waivers[0].expires_in_days"), "a whole number up to 36,500"),
        (f"{WAIVER}expires_in_days = '3'", (8, "waivers[0].expires_in_days"), "a whole number up to 36,500"),
        (
            f"[settings.network]\nca_file = '{'y' * 5000}'",
            (4, "settings.network.ca_file"),
            "is no path that can be used",
        ),
    ],
    ids=["too-many-days", "days-as-text", "too-long-a-name"],
)
def test_what_no_day_and_no_file_can_be_is_told_where_it_stands(
    tmp_path: Path, text: str, place: tuple[int, str], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        check(tenant_file(tmp_path, text + "\n"), clock=clock, file_checks=overlay_checks(load_catalogue(), clock))
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == place


def test_a_good_tenant_is_described() -> None:
    assert check("healthy", clock=clock).name == "healthy"
    assert check("healthy", clock=lambda: datetime.combine(date(2030, 1, 1), datetime.min.time(), UTC)).listed


def test_an_unknown_tenant_is_a_problem() -> None:
    with pytest.raises(InvalidInput, match="healthy"):
        check("healthty", clock=clock)


def test_the_healthy_tenant_has_settings_that_load() -> None:
    assert len(check("healthy", clock=clock).listed) == 50


@pytest.mark.parametrize("name", [entry.name for entry in catalogue() if entry.name.startswith("settings-")])
def test_a_tenant_with_wrong_settings_has_the_problems_that_it_says(name: str) -> None:
    wrong = load(name).expected.problems
    assert wrong
    with pytest.raises(InvalidInput) as caught:
        check(name, clock=clock)
    assert [problem.key.removeprefix("settings.") for problem in caught.value.problems] == list(wrong)
