"""Older servers: what they name themselves, which versions and operations they know, where Autodiscover is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.server import SERVER_SE, Generation, ServerFacts, generation_of
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import SERVICE_AUTH, describe, organization

CONVERT = (
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
    '<t:AlternateId Format="EwsId" Id="x" Mailbox="a@contoso.test"/></m:SourceIds></m:ConvertId>'
)
FOLDER = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder>'
)


@contextmanager
def serving(version: str) -> Iterator[tuple[MockTenant, RawClient]]:
    made = organization()
    made.server = ServerFacts(version=version)
    with MockTenant(describe(made)) as server:
        client = RawClient(server.ews_url, server.ca_pem, SERVICE_AUTH)
        yield server, client
        client.close()


@pytest.mark.parametrize(
    ("version", "generation"),
    [
        ("8.0.685.25", Generation.EXCHANGE_2007),
        ("8.3.83.6", Generation.EXCHANGE_2007_SP1),
        ("14.0.639.21", Generation.EXCHANGE_2010),
        ("14.3.513.0", Generation.EXCHANGE_2010_SP2),
        ("15.0.516.32", Generation.EXCHANGE_2013),
        ("15.0.1497.48", Generation.EXCHANGE_2013_SP1),
        ("15.1.2507.61", Generation.EXCHANGE_2016),
        ("15.2.1748.10", Generation.EXCHANGE_2016),
        (SERVER_SE, Generation.EXCHANGE_2016),
    ],
)
def test_generations(version: str, generation: Generation) -> None:
    assert generation_of(version) is generation


def test_left_out_the_server_is_a_supported_one() -> None:
    build = tuple(int(part) for part in organization().server.version.split("."))
    assert build >= (15, 2, 2562, 17), "Exchange Server SE"


@pytest.mark.parametrize(
    ("version", "schema", "answers"),
    [
        ("8.3.83.6", None, {"Exchange2007_SP1": 200, "Exchange2010_SP2": 500, "Exchange2016": 500}),
        ("14.3.513.0", "Exchange2010_SP2", {"Exchange2010_SP2": 200, "Exchange2013_SP1": 500, "Exchange2016": 500}),
        ("15.0.1497.48", "V2_23", {"Exchange2013_SP1": 200, "Exchange2016": 500, "Exchange2019": 500}),
        ("15.1.2507.61", "V2017_07_11", {"Exchange2016": 200}),
    ],
)
def test_a_later_version_than_the_servers_is_not_known(
    version: str, schema: str | None, answers: dict[str, int]
) -> None:
    with serving(version) as (_, client):
        for asked, status in answers.items():
            answer = client(CONVERT, version=asked)
            assert answer.status == status, asked
            if status == 500:
                assert answer.codes == ["ErrorInvalidServerVersion"]
                continue
            (info,) = answer.all("//t:ServerVersionInfo")
            named = ".".join(
                str(info.get(name)) for name in ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
            )
            assert named == version
            assert info.get("Version") == schema


def test_operations_that_came_later_are_not_there() -> None:
    with serving("8.3.83.6") as (_, client):
        assert client("<m:GetRoomLists/>", version="Exchange2007_SP1").codes == ["ErrorInvalidRequest"]
        assert client(FOLDER, version="Exchange2007_SP1").codes == ["NoError"]
    with serving("14.3.513.0") as (_, client):
        assert client("<m:GetRoomLists/>", version="Exchange2010_SP2").codes == ["NoError"]


@pytest.mark.parametrize(
    ("version", "there"),
    [("8.3.83.6", {"xml"}), ("14.3.513.0", {"xml", "svc"}), ("15.1.2507.61", {"xml", "svc", "json"})],
)
def test_services_of_autodiscover(version: str, there: set[str]) -> None:
    with serving(version) as (server, client):
        found = {
            kind
            for kind in ("xml", "svc", "json")
            if client.http.get(f"{server.base_url}/autodiscover/autodiscover.{kind}").status_code != 404
        }
    assert found == there
