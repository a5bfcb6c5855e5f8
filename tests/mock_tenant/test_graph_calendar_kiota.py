"""Microsoft's own Python library, msgraph-core on Kiota, asks the mock's Graph: its middleware, pages and batches."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from kiota_abstractions.api_client_builder import register_default_deserializer, register_default_serializer
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider as BearerTokens
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware import retry_handler
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from msgraph_core import BaseGraphRequestAdapter, GraphClientFactory
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.policies import GraphFaults
from tests.mock_tenant.graph_calendars import ROOM, WEEK, body, calendar_tenant, mailbox_of, weekly
from tests.mock_tenant.graph_client import DOMAIN, GRAPH_SCOPE, OWN, SECRET, half_of

Ask = Callable[..., Awaitable[Any]]
Work = Callable[[BaseGraphRequestAdapter, Ask], Awaitable[None]]


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with calendar_tenant() as served:
        yield served


class Tokens(AccessTokenProvider):
    """Gets tokens by the application's secret."""

    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self._http, self._base_url = http, base_url

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        form = {"grant_type": "client_credentials", "client_id": OWN, "client_secret": SECRET, "scope": GRAPH_SCOPE}
        answer = await self._http.post(f"{self._base_url}/{DOMAIN}/oauth2/v2.0/token", data=form)
        token: str = answer.json()["access_token"]
        return token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator(["localhost"])


def perform(tenant: MockTenant, work: Work) -> None:
    """Run some work with the library's adapter, and with a function that asks by it and returns the JSON."""
    register_default_serializer(JsonSerializationWriterFactory)
    register_default_deserializer(JsonParseNodeFactory)

    async def run() -> None:
        context = ssl.create_default_context(cadata=tenant.ca_pem.decode())
        async with (
            httpx.AsyncClient(verify=context, trust_env=False) as plain,
            httpx.AsyncHTTPTransport(verify=context) as transport,  # the library wraps it, and does not close it
        ):
            bare = httpx.AsyncClient(transport=transport, base_url=f"{tenant.base_url}/v1.0")
            http = GraphClientFactory.create_with_default_middleware(client=bare)
            tokens = Tokens(plain, tenant.base_url)
            adapter = BaseGraphRequestAdapter(BearerTokens(tokens), http_client=http)
            adapter.base_url = f"{tenant.base_url}/v1.0"

            async def ask(path: str, method: Method = Method.GET, body: Any = None) -> Any:
                content = await adapter.send_primitive_async(asking(tenant, path, method, body), "bytes", {})
                return json.loads(content) if content else None

            await work(adapter, ask)

    asyncio.run(run())


def asking(tenant: MockTenant, path: str, method: Method = Method.GET, body: Any = None) -> RequestInformation:
    information = RequestInformation()
    information.http_method = method
    information.url = path if path.startswith("https:") else f"{tenant.base_url}/v1.0/{path}"
    information.headers.try_add("Accept", "application/json")
    if body is not None:
        information.set_stream_content(json.dumps(body).encode(), "application/json")
    return information


def test_calendars_are_read_and_written_through_its_middleware(tenant: MockTenant) -> None:
    weekly(mailbox_of(tenant, "ann"))

    async def work(adapter: BaseGraphRequestAdapter, ask: Ask) -> None:
        made = await ask("users/ann@contoso.test/events", Method.POST, body("By Kiota"))
        path, subjects = f"users/ann@contoso.test/calendarView?{WEEK}&$top=2", []
        while path:
            page = await ask(path)
            subjects += [one["subject"] for one in page["value"]]
            path = page.get("@odata.nextLink", "")
        assert subjects == ["By Kiota", "Weekly", "Weekly"]
        assert await ask(f"users/ann@contoso.test/events/{made['id']}", Method.DELETE) is None
        assert "@odata.nextLink" in await ask("users?$select=mail&$top=1")

    perform(tenant, work)


def test_paths_may_be_written_as_generated_clients_write_them(tenant: MockTenant) -> None:
    async def work(adapter: BaseGraphRequestAdapter, ask: Ask) -> None:
        assert [one["emailAddress"] for one in (await ask("places/graph.room"))["value"]] == [ROOM]
        assert "@odata.deltaLink" in await ask(f"users/ben@contoso.test/calendarView/delta()?{WEEK}")

    perform(tenant, work)


def test_a_batch_is_built_sent_and_taken_apart(tenant: MockTenant) -> None:
    async def work(adapter: BaseGraphRequestAdapter, ask: Ask) -> None:
        names = ("ann@contoso.test", "dan@contoso.test", "nobody@contoso.test")
        items = {name: BatchRequestItem(asking(tenant, f"users/{name}/calendar"), id=name) for name in names}
        content = BatchRequestContent(items)
        answer = await BatchRequestBuilder(adapter).post(content)
        found = {one.id: one for one in answer.responses.values()}
        assert [found[name].status for name in names] == [200, 404, 404]

    perform(tenant, work)


def test_its_middleware_waits_as_long_as_it_is_told(tenant: MockTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    half, waited = half_of(tenant), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def work(adapter: BaseGraphRequestAdapter, ask: Ask) -> None:
        half.faults = GraphFaults(throttle_every=2, retry_after_seconds=7)
        answers = [await ask("users/ben@contoso.test/calendar") for _ in range(3)]
        assert [one["name"] for one in answers] == ["Calendar"] * 3
        assert set(waited) == {7}

    monkeypatch.setattr(retry_handler, "asyncio", SimpleNamespace(sleep=sleep))
    try:
        perform(tenant, work)
    finally:
        half.faults = GraphFaults()


def test_what_is_refused_is_an_error_of_the_library(tenant: MockTenant) -> None:
    async def work(adapter: BaseGraphRequestAdapter, ask: Ask) -> None:
        with pytest.raises(APIError) as raised:
            await ask("users/dan@contoso.test/events")
        assert raised.value.response_status_code == 404

    perform(tenant, work)
