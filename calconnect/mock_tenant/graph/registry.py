"""Finds the resources: every module in ``resources`` has ``ROUTES``. There is no list to keep up.

How a resource is declared, in ``graph/resources/calendar.py``::

    def get_calendar(request: GraphRequest) -> GraphResponse:
        return entity(request, "users('…')/calendar/$entity", {"id": …, "name": …})

    ROUTES = (
        Route(
            "GET",
            "users/{user}/calendar",
            get_calendar,
            ("Calendars.Read", "Calendars.ReadWrite"),   # any one of them is enough
            Workload.EXCHANGE,
        ),
    )

- A pattern is the path below the version. Placeholders stand for whole segments, or for what is in quotation marks in
  one: ``servicePrincipals(appId='{app_id}')``. Literal segments win over placeholders; case does not matter in them.
- Before the handler is called, the token is checked, the permission is checked, ``{user}`` is looked up
  (``request.user``), and of a mailbox resource (``Workload.EXCHANGE`` below ``users/{user}``) access policies and roles
  of applications are asked, faults and throttling have their say, and the mailbox is opened (``request.mailbox``). The
  organisation's lock is held.
- The handler answers with a :class:`GraphResponse` or raises a :class:`GraphError`; ids, dates, headers are added.
- :mod:`calconnect.mock_tenant.graph.odata` has ``entity`` and ``collection`` for ``$select``, ``$filter``,
  ``$orderby``, ``$top``, ``$skip``, ``$count`` and pages.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from calconnect.mock_tenant.graph import resources
from calconnect.mock_tenant.graph.request import Handler, Workload

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource."""

    method: str
    path: str
    handler: Handler = field(repr=False)
    permissions: tuple[str, ...] = ()
    """Application permissions, any one of which is enough; empty: any token will do."""
    workload: Workload = Workload.DIRECTORY

    @property
    def is_mailbox(self) -> bool:
        """Whether it is a resource of one mailbox, which policies and roles may limit."""
        return self.workload is Workload.EXCHANGE and self.path.startswith("users/{user}")


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a path leads to."""

    route: Route
    parameters: Mapping[str, str]


class RouteTable:
    """Routes by the number of segments."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Compile the routes.

        Raises:
            ValueError: two routes are for the same method and path.
        """
        self._by_length: dict[int, list[tuple[tuple[re.Pattern[str], ...], Route]]] = {}
        seen: set[tuple[str, str]] = set()
        for route in sorted(routes, key=lambda one: [part.startswith("{") for part in one.path.split("/")]):
            key = (route.method, _PLACEHOLDER.sub("{}", route.path).lower())
            if key in seen:
                raise ValueError(f"{route.method} {route.path} is declared twice")
            seen.add(key)
            segments = tuple(_pattern(part) for part in route.path.split("/"))
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def find(self, method: str, segments: Sequence[str]) -> Match | None:
        """Return what a method of a path (decoded segments) leads to; None: nothing."""
        return next((match for match in self._matches(segments) if match.route.method == method), None)

    def methods(self, segments: Sequence[str]) -> frozenset[str]:
        """Return the methods that a path has; none: there is no such path."""
        return frozenset(match.route.method for match in self._matches(segments))

    def _matches(self, segments: Sequence[str]) -> Iterator[Match]:
        for patterns, route in self._by_length.get(len(segments), ()):
            parameters: dict[str, str] = {}
            for pattern, segment in zip(patterns, segments, strict=True):
                found = pattern.fullmatch(segment)
                if found is None:
                    break
                parameters |= found.groupdict()
            else:
                yield Match(route, parameters)


@functools.cache
def route_table() -> RouteTable:
    """Import all resources and return their routes.

    Raises:
        ValueError: a module declares no routes, or two declare the same.
    """
    routes: list[Route] = []
    for module in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}."):
        declared = getattr(importlib.import_module(module.name), "ROUTES", None)
        if not declared or not all(isinstance(one, Route) for one in declared):
            raise ValueError(f"{module.name} declares no ROUTES")
        routes += declared
    return RouteTable(routes)


def _pattern(segment: str) -> re.Pattern[str]:
    text = "".join(
        f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(_PLACEHOLDER.split(segment))
    )
    return re.compile(text, re.IGNORECASE)
