"""The control plane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from calconnect.mock_tenant.description import load
from calconnect.mock_tenant.server import MockTenant
from tests.mock_tenant.ntlm_client import OneConnection
from tests.mock_tenant.raw_client import RawClient

TENANT = """
title = "Controlled"
[organization]
name = "Controlled"
domains = ["contoso.test"]
[[mailboxes]]
email = "alice@contoso.test"
name = "Alice"
events_per_week = 0
[[service_accounts]]
email = "svc@contoso.test"
password = "Correct-Horse-1"
usernames = ["CONTOSO\\\\svc", "svc@contoso.test"]
"""
GET_CALENDAR = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)


class Controlled:
    """A server, its control plane and a client of it."""

    def __init__(self, server: MockTenant) -> None:
        self.server = server
        self.soap = RawClient(server.ews_url, server.ca_pem, ("svc@contoso.test", "Correct-Horse-1"))
        self.http = self.soap.http

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, self.server.control_url + path, json=body)

    def value(self, method: str, path: str, body: Any = None) -> Any:
        response = self(method, path, body)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="module")
def tenant_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tenant") / "controlled.toml"
    file.write_text(TENANT, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def module_control(tenant_file: Path) -> Iterator[Controlled]:
    with MockTenant(tenant_file) as server:
        made = Controlled(server)
        yield made
        made.soap.close()


@pytest.fixture
def control(module_control: Controlled) -> Controlled:
    """A control plane, with the tenant as it was in the beginning."""
    module_control.value("POST", "reset")
    return module_control


def test_it_says_what_is_served(control: Controlled) -> None:
    about = control.value("GET", "")
    assert about["tenant"] == "controlled"
    assert about["domains"] == ["contoso.test"]
    assert about["requests"] == 0


def test_the_token_is_needed(control: Controlled) -> None:
    for token in ("", "wrong", "wrong/"):
        response = control.http.get(f"{control.server.base_url}/_calconnect/{token}")
        assert response.status_code == 404
        assert "tenant" not in response.json()


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nonsense", 404), ("DELETE", "clock", 405)])
def test_calls_that_are_not_there(control: Controlled, method: str, path: str, status: int) -> None:
    response = control(method, path)
    assert response.status_code == status
    assert "GET clock" in response.json()["calls"]


def test_the_clock_is_set_and_advanced(control: Controlled) -> None:
    control.value("PUT", "clock", {"now": "2030-01-02T03:04:05+01:00"})
    assert control.value("GET", "clock")["now"].startswith("2030-01-02T02:04:05")
    moved = control.value("POST", "clock", {"seconds": 86400})
    assert moved["now"].startswith("2030-01-03T02:04:0")
    assert control.server.organization.now().year == 2030


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "clock", {}),
        ("PUT", "clock", {"now": "tomorrow"}),
        ("PUT", "clock", {"now": "2030-01-02T03:04:05"}),
        ("POST", "clock", {"seconds": "many"}),
        ("POST", "clock", {"seconds": 1e30}),
        ("PUT", "clock", [1]),
        ("PUT", "firewall", {"rules": [{"action": "permit", "source": "127.0.0.1"}]}),
        ("PUT", "firewall", {"rules": [{"action": "allow"}]}),
        ("PUT", "firewall", {"rules": 1}),
        ("PUT", "firewall", {"default": "maybe"}),
        ("PATCH", "policies", {"nonsense": 1}),
        ("PATCH", "policies", {"basic": "no"}),
        ("PATCH", "policies", {"ews_max_concurrency": True}),
        ("PATCH", "accounts/nobody@contoso.test", {}),
        ("PATCH", "accounts/svc@contoso.test", {"state": "asleep"}),
        ("PATCH", "accounts/svc@contoso.test", {"authentication_policy": "None such"}),
        ("GET", "state/nobody@contoso.test", None),
        ("GET", "requests?after=x", None),
        ("POST", "seed", {"mailbox": "nobody@contoso.test", "events": []}),
        ("POST", "seed", {"mailbox": "alice@contoso.test"}),
        ("POST", "seed", {"mailbox": "alice@contoso.test", "events": [{"subject": "x"}]}),
        (
            "POST",
            "seed",
            {
                "mailbox": "alice@contoso.test",
                "events": [
                    {"subject": "x", "start": "2030-01-02T04:00:00Z", "end": "2030-01-02T03:00:00Z"},
                ],
            },
        ),
    ],
)
def test_calls_that_cannot_be_understood(control: Controlled, method: str, path: str, body: Any) -> None:
    response = control(method, path, body)
    assert response.status_code == 400
    assert response.json()["error"]


def test_a_body_that_is_no_json(control: Controlled) -> None:
    response = control.http.put(control.server.control_url + "clock", content=b"{")
    assert response.status_code == 400


def test_the_recorder_tells_what_was_asked_and_no_secret(control: Controlled) -> None:
    control.soap(GET_CALENDAR, headers={"User-Agent": "me"})
    control.soap(GET_CALENDAR, impersonate="alice@contoso.test")
    control.soap(GET_CALENDAR, auth=("svc@contoso.test", "a wrong password"))
    told = control.value("GET", "requests")
    assert told["count"] == 3
    first, second, third = told["requests"]
    assert (first["operation"], first["status"], first["codes"]) == ("GetFolder", 200, ["NoError"])
    assert (first["account"], first["user_agent"], first["source"]) == ("CONTOSO\\svc", "me", "127.0.0.1")
    assert (second["status"], second["codes"]) == (500, ["ErrorImpersonateUserDenied"])
    assert (third["status"], third["login"], third["account"]) == (401, "svc@contoso.test", "")
    assert [one["number"] for one in control.value("GET", "requests?after=2")["requests"]] == [3]
    text = str(told)
    assert "Correct-Horse-1" not in text
    assert "a wrong password" not in text
    assert "Basic " not in text
    control.value("DELETE", "requests")
    assert control.value("GET", "requests") == {"count": 0, "requests": []}


def test_events_are_seeded_and_seen(control: Controlled) -> None:
    event = {
        "subject": "Interview <b>",
        "start": "2030-01-02T09:00:00+00:00",
        "end": "2030-01-02T10:00:00+00:00",
        "location": "Room 1",
    }
    added = control.value("POST", "seed", {"mailbox": "alice@contoso.test", "events": [event, event]})
    assert len(set(added["ids"])) == 2
    state = control.value("GET", "state/alice@contoso.test")
    assert [item["id"] for item in state["items"]] == added["ids"]
    assert state["items"][0]["subject"] == "Interview <b>"
    assert state["items"][0]["start"] == "2030-01-02T09:00:00+00:00"
    calendar = next(folder for folder in state["folders"] if folder["distinguished"] == "calendar")
    assert calendar["items"] == 2
    assert control.value("GET", "state")["opened_mailboxes"] == ["alice@contoso.test"]


def test_accounts_are_changed(control: Controlled) -> None:
    shown = control.value("PATCH", "accounts/svc@contoso.test", {"state": "disabled"})
    assert shown["state"] == "disabled"
    assert "password" not in shown
    assert control.soap(GET_CALENDAR).status == 401
    control.value("PATCH", "accounts/svc@contoso.test", {"state": "enabled", "password": "Another-1"})
    assert control.soap(GET_CALENDAR).status == 401
    assert control.soap(GET_CALENDAR, auth=("CONTOSO\\svc", "Another-1")).status == 200
    assert "Another-1" not in control("GET", "state").text


def test_policies_are_changed(control: Controlled) -> None:
    assert control.value("PATCH", "policies", {"basic": False, "requests_per_second": 5})["basic"] is False
    assert control.soap(GET_CALENDAR).status == 401
    assert control.value("GET", "policies")["requests_per_second"] == 5


def test_the_firewall_is_swapped(control: Controlled) -> None:
    rules = {"default": "allow", "rules": [{"action": "reject", "source": "127.0.9.0/24"}]}
    assert control.value("PUT", "firewall", rules) == rules
    assert control.value("GET", "firewall") == rules


def test_a_reset_puts_everything_back(control: Controlled) -> None:
    connection = OneConnection(control.server)
    assert connection.sign_in("svc@contoso.test", "Correct-Horse-1")[0] == 200
    control.value("PATCH", "policies", {"ntlm": False})
    control.value("PUT", "firewall", {"default": "allow", "rules": [{"action": "drop", "source": "127.0.9.0/24"}]})
    before = control.server.organization
    control.value("POST", "reset")
    assert control.server.organization is not before
    assert control.value("GET", "policies")["ntlm"] is True
    assert control.value("GET", "firewall")["rules"] == []
    assert connection.post()[0] == 401
    connection.close()


def test_a_reset_with_a_file_that_has_become_invalid_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    file.write_text(TENANT, encoding="utf-8")
    with MockTenant(load(file)) as server:
        control = Controlled(server)
        file.write_text("nonsense = 1", encoding="utf-8")
        before = server.organization
        response = control("POST", "reset")
        assert response.status_code == 400
        assert response.json()["problems"]
        assert server.organization is before
        control.soap.close()
