"""Versions: what a request asks for, what servers of a build know, and how they name themselves."""

from __future__ import annotations

import re

from calconnect.mock_tenant.ews.grammar import line_of, schema_error
from calconnect.mock_tenant.ews.xml import Element
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.server import Generation, generation_of, knows

_SINCE = (
    ("Exchange2007", Generation.EXCHANGE_2007),
    ("Exchange2007_SP1", Generation.EXCHANGE_2007_SP1),
    ("Exchange2009", Generation.EXCHANGE_2010),
    ("Exchange2010", Generation.EXCHANGE_2010),
    ("Exchange2010_SP1", Generation.EXCHANGE_2010_SP1),
    ("Exchange2010_SP2", Generation.EXCHANGE_2010_SP2),
    ("Exchange2012", Generation.EXCHANGE_2013),
    ("Exchange2013", Generation.EXCHANGE_2013),
    ("Exchange2013_SP1", Generation.EXCHANGE_2013_SP1),
    ("Exchange2015", Generation.EXCHANGE_2016),
    ("Exchange2016", Generation.EXCHANGE_2016),
    ("V2015_10_05", Generation.EXCHANGE_2016),
    ("V2016_01_06", Generation.EXCHANGE_2016),
    ("V2016_04_13", Generation.EXCHANGE_2016),
    ("V2016_07_13", Generation.EXCHANGE_2016),
    ("V2016_10_10", Generation.EXCHANGE_2016),
    ("V2017_07_11", Generation.EXCHANGE_2016),
)
VERSIONS = tuple(version for version, _ in _SINCE)
"""Oldest first; ExchangeVersionType of the published schema, and the newest that servers name themselves."""
UNVERSIONED = "Exchange2007"
"""What a request without ``RequestServerVersion`` is taken for:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/requestserverversion"""
_KNOWN_SINCE = dict(_SINCE)
_NEWER = re.compile(r"Exchange201[7-9]|Exchange20[2-9]\d|V201[89]_|V20[2-9]\d_")
"""Versions after every server's time. Exchange 2019 answers them with ErrorInvalidRequest, older and unknown ones with
ErrorInvalidServerVersion: https://github.com/ecederstrand/exchangelib/issues/927,
https://github.com/gautamsi/ews-javascript-api/issues/441, https://github.com/jamesiarmes/php-ews/issues/346"""
_OPERATIONS = {
    "ConvertId": Generation.EXCHANGE_2007_SP1,
    "AddDelegate": Generation.EXCHANGE_2007_SP1,
    "GetDelegate": Generation.EXCHANGE_2007_SP1,
    "UpdateDelegate": Generation.EXCHANGE_2007_SP1,
    "RemoveDelegate": Generation.EXCHANGE_2007_SP1,
    "GetRoomLists": Generation.EXCHANGE_2010,
    "GetRooms": Generation.EXCHANGE_2010,
    "GetServerTimeZones": Generation.EXCHANGE_2010,
    "GetUserConfiguration": Generation.EXCHANGE_2010,
    "EmptyFolder": Generation.EXCHANGE_2010_SP1,
    "GetStreamingEvents": Generation.EXCHANGE_2010_SP1,
}
"""Operations that Exchange 2007 does not have, and since when there are any:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange"""
_NEWEST_SCHEMA = "V2017_07_11"
"""What Exchange 2016, 2019 and SE name in ServerVersionInfo (exchangelib, version.py)."""
_SCHEMA_OF_2013 = "V2_23"
"""https://github.com/ecederstrand/exchangelib/issues/222"""


def requested_version(header: Element | None, server: str) -> str:
    """Return the version that a request asks for.

    Args:
        header: ``RequestServerVersion``; None: the request has none.
        server: the server's build.

    Raises:
        EwsError: ``ErrorSchemaValidation``, ``ErrorInvalidServerVersion``, ``ErrorInvalidRequest``.
    """
    if header is None:
        return UNVERSIONED
    version = header.get("Version")
    if version is None:
        raise schema_error(line_of(header), "The required attribute 'Version' is missing.")
    since = _KNOWN_SINCE.get(version)
    if since is not None and knows(server, since):
        return version
    if _NEWER.match(version) and knows(server, Generation.EXCHANGE_2016):
        raise EwsError("ErrorInvalidRequest", "The request is invalid.")
    raise EwsError("ErrorInvalidServerVersion", "The specified server version is invalid.")


def has_operation(server: str, name: str) -> bool:
    """Whether a server of this build has an operation."""
    since = _OPERATIONS.get(name)
    return since is None or knows(server, since)


def schema_version(server: str) -> str:
    """Return what a server of this build names as its schema; empty: it names none (Exchange 2007)."""
    generation = generation_of(server)
    if generation is Generation.EXCHANGE_2016:
        return _NEWEST_SCHEMA
    if knows(server, Generation.EXCHANGE_2013):
        return _SCHEMA_OF_2013
    return generation.value if knows(server, Generation.EXCHANGE_2010) else ""
