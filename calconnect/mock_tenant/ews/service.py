"""EWS: from the bytes of a request to the bytes of its answer. Knows SOAP, not HTTP connections."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.envelope import (
    Envelope,
    fault,
    read_envelope,
    serialise,
    streamed_frame,
    success_frame,
)
from calconnect.mock_tenant.ews.grammar import check
from calconnect.mock_tenant.ews.impersonation import acting_recipient
from calconnect.mock_tenant.ews.items.timezone_xml import read_definition
from calconnect.mock_tenant.ews.registry import find_operation
from calconnect.mock_tenant.ews.request import Request, Stream
from calconnect.mock_tenant.ews.versions import has_operation, requested_version
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, local
from calconnect.mock_tenant.reply import Reply, Told
from calconnect.mock_tenant.state.directory import Account, Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.organization import Organization

_CODE = re.compile(rb"<m:ResponseCode>(\w+)<")
"""Response codes in an answer, by the prefix that ``ews.xml`` writes."""

Acting = Callable[[Organization, Account, Envelope], tuple[Recipient | None, bool]]
"""Says whose rights count in a request, and whether that is by impersonation; raises ``EwsError``."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a client has posted."""

    data: bytes
    charset: str | None
    """From the Content-Type; None: not given."""
    base_url: str
    """``https://localhost:8443``."""
    user_agent: str = ""


class EwsService:
    """Answers EWS requests of signed-in accounts."""

    def __init__(self) -> None:
        self._frames: dict[str, tuple[bytes, bytes]] = {}

    def answer(
        self,
        organization: Organization,
        account: Account,
        posted: Posted,
        told: Told,
        acting: Acting = acting_recipient,
    ) -> Reply:
        """Answer one request.

        Args:
            organization: the organisation that is asked.
            account: who signed in.
            posted: the request.
            told: filled in for the recorder.
            acting: says on whose behalf; by the organisation's role assignments, if nothing else is said.
        """
        try:
            envelope = read_envelope(posted.data, posted.charset)
            name = local(envelope.operation)
            told.operation = name.removesuffix("Request")
            build = organization.server.version
            told.version = requested_version(envelope.headers.get("RequestServerVersion"), build)
            operation = find_operation(name) if has_operation(build, name) else None
            if operation is None or not envelope.operation.tag.startswith(f"{{{MESSAGES}}}"):
                raise EwsError("ErrorInvalidRequest", "The request is invalid.")
            with organization.lock:
                check(envelope.operation, operation.request)
                request = _admit(organization, account, envelope, posted, told, acting_of=acting)
                answer = operation.handle(request)
        except EwsError as error:
            told.codes = (error.code,)
            return Reply(500, fault(error))
        if isinstance(answer, Stream):
            return Reply(200, stream=_envelopes(answer.parts, *streamed_frame(organization.server.version)))
        before, after = self._frame(organization)
        body = serialise(answer)
        told.codes = tuple(dict.fromkeys(code.decode() for code in _CODE.findall(body)))
        return Reply(200, before + body + after)

    def _frame(self, organization: Organization) -> tuple[bytes, bytes]:
        version = organization.server.version
        frame = self._frames.get(version)
        if frame is None:
            frame = self._frames[version] = success_frame(version)
        return frame


def _admit(
    organization: Organization,
    account: Account,
    envelope: Envelope,
    posted: Posted,
    told: Told,
    *,
    acting_of: Acting,
) -> Request:
    """Work out on whose behalf a request comes, and whether that may be."""
    zone_id, zone = _time_zone(organization, envelope.headers)
    acting, impersonated = acting_of(organization, account, envelope)
    told.target = acting.email if impersonated and acting is not None else ""
    return Request(
        organization=organization,
        body=envelope.operation,
        account=account,
        acting=acting,
        impersonated=impersonated,
        version=told.version,
        time_zone=zone,
        time_zone_id=zone_id,
        base_url=posted.base_url,
        user_agent=posted.user_agent,
    )


def _time_zone(organization: Organization, headers: dict[str, Element]) -> tuple[str, ZoneInfo | None]:
    context = headers.get("TimeZoneContext")
    definition = None if context is None else find(context, "TimeZoneDefinition")
    if definition is None:
        return "UTC", None
    found = read_definition(definition, organization.now().year)
    return found.windows_id, found.zone


async def _envelopes(parts: AsyncIterator[Element], before: bytes, after: bytes) -> AsyncGenerator[bytes, None]:
    try:
        async for part in parts:
            yield before + serialise(part) + after
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()
