"""How fast the mock tenant answers, and what a large tenant costs.

    python benchmarks/mock_tenant.py                 # prints a table, then one line of JSON with --json
    python benchmarks/mock_tenant.py --seconds 5 --connections 8

The server runs in a process of its own, on one core where the system lets a process be bound to one; the load comes
from this process over several keep-alive connections with verified TLS. Each request is a GetFolder of a calendar,
signed in and impersonating one of the listed users in turn. ``requests_per_core_second`` is requests divided by the
server's own CPU time: what one core would do if it had nothing else to wait for.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
    ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>'
    '<t:RequestServerVersion Version="Exchange2016"/>'
    "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress>"
    "</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:GetFolder>"
    "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
    '<t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>'
)


@dataclass(frozen=True, slots=True)
class Throughput:
    """What a load came to."""

    scheme: str
    connections: int
    requests: int
    seconds: float
    requests_per_second: float
    server_cpu_seconds: float
    microseconds_of_cpu_per_request: float
    requests_per_core_second: float


@dataclass(frozen=True, slots=True)
class Served:
    """A server in another process."""

    port: int
    ca_pem: bytes
    username: str
    password: str
    addresses: tuple[str, ...]
    mailboxes: int
    ready_seconds: float
    """From the beginning of loading the tenant to listening; imports are not counted."""
    rss_mib: float
    """Peak resident memory once it listens."""


def _peak_mib() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / 1024 if sys.platform == "darwin" else peak / 1024


def _bind_to(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def _serve(pipe: Connection, tenant: str) -> None:
    """Serve a tenant in this process; answer every message with the CPU time so far, end on None."""
    from calconnect.mock_tenant.server import MockTenant

    _bind_to(0)
    began = time.perf_counter()
    with MockTenant(tenant) as server:
        ready = time.perf_counter() - began
        account = server.description.service_account
        assert account is not None
        pipe.send(
            Served(
                server.port,
                server.ca_pem,
                account.username,
                account.password,
                server.description.listed,
                len(server.organization.directory),
                ready,
                _peak_mib(),
            )
        )
        while pipe.recv() is not None:
            pipe.send(time.process_time())


class Server:
    """The server's process, seen from here."""

    def __init__(self, tenant: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, tenant), daemon=True)
        self._process.start()
        other.close()  # so that the end of the process is seen here
        self.served: Served = self._pipe.recv()

    def cpu_seconds(self) -> float:
        """Return the CPU time that the server has used so far."""
        self._pipe.send("cpu")
        return float(self._pipe.recv())

    def stop(self) -> None:
        """End it."""
        self._pipe.send(None)
        self._process.join(20)


class Client:
    """One keep-alive connection, as lean as it gets."""

    def __init__(self, served: Served, context: ssl.SSLContext) -> None:
        self._served = served
        self._context = context

    async def connect(self) -> None:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._served.port, ssl=self._context, server_hostname="localhost"
        )

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole HTTP request; return status and head."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(b"content-length:")
        await self._reader.readexactly(int(head[at + 15 : head.index(b"\r\n", at)]))
        return int(head[9:12]), head

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def _request(address: str, authorization: str) -> bytes:
    body = _ENVELOPE.format(address=address).encode()
    line = f"Authorization: {authorization}\r\n" if authorization else ""
    return (
        "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
        f"Cookie: exchangecookie=1\r\n{line}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def _sign_in_by_ntlm(client: Client, served: Served) -> None:
    import spnego

    session: Any = spnego.client(served.username, served.password, protocol="ntlm", service="http")
    token = base64.b64encode(session.step()).decode()
    status, head = await client.ask(_request(served.addresses[0], f"NTLM {token}"))
    assert status == 401, head
    at = head.index(b"WWW-Authenticate: NTLM ") + len(b"WWW-Authenticate: NTLM ")
    challenge = base64.b64decode(head[at : head.index(b"\r\n", at)])
    token = base64.b64encode(session.step(challenge)).decode()
    status, head = await client.ask(_request(served.addresses[0], f"NTLM {token}"))
    assert status == 200, head


async def _load(server: Server, scheme: str, connections: int, seconds: float) -> Throughput:
    served = server.served
    context = ssl.create_default_context(cadata=served.ca_pem.decode())
    authorization = ""
    if scheme == "basic":
        authorization = "Basic " + base64.b64encode(f"{served.username}:{served.password}".encode()).decode()
    requests = [_request(address, authorization) for address in served.addresses]
    clients = [Client(served, context) for _ in range(connections)]
    for client in clients:
        await client.connect()
        if scheme == "ntlm":
            await _sign_in_by_ntlm(client, served)
        for request in requests:  # mailboxes are filled when they are first opened; that is not measured here
            assert (await client.ask(request))[0] == 200
    counts = [0] * connections
    ends = time.perf_counter() + seconds

    async def work(number: int) -> None:
        client, count = clients[number], number
        while time.perf_counter() < ends:
            status, _ = await client.ask(requests[count % len(requests)])
            assert status == 200, status
            count += 1
        counts[number] = count - number

    cpu, began = server.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(connections)))
    took, used = time.perf_counter() - began, server.cpu_seconds() - cpu
    for client in clients:
        client.close()
    done = sum(counts)
    return Throughput(
        scheme,
        connections,
        done,
        round(took, 3),
        round(done / took),
        round(used, 3),
        round(used / done * 1e6, 1),
        round(done / used),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measures the mock tenant.")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load lasts")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON at the end")
    options = parser.parse_args()
    _bind_to(1)
    server = Server("healthy")
    loads = [asyncio.run(_load(server, scheme, options.connections, options.seconds)) for scheme in ("basic", "ntlm")]
    server.stop()
    for load in loads:
        print(
            f"{load.scheme:6} {load.requests_per_second:6.0f} requests/s over {load.connections} connections,"
            f" {load.microseconds_of_cpu_per_request:.0f} µs of server CPU each:"
            f" {load.requests_per_core_second:.0f} requests per core second"
        )
    large = Server("large")
    large.stop()
    facts = large.served
    print(f"{facts.mailboxes} recipients: ready in {facts.ready_seconds:.2f} s, {facts.rss_mib:.0f} MiB at the most")
    if options.json:
        figures = {
            "throughput": [asdict(load) for load in loads],
            "large_tenant": {
                "recipients": facts.mailboxes,
                "ready_seconds": round(facts.ready_seconds, 3),
                "peak_rss_mib": round(facts.rss_mib, 1),
            },
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
