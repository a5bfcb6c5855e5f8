"""The file of observations: one line of JSON each, written as they are made.

While a run goes on the file is called ``observations.jsonl.partial``; only a run that finished leaves
``observations.jsonl``, so a file of that name is always whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from itertools import product
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.problems import InvalidInput, Problem

PARTIAL = ".partial"

_FIELDS = tuple(field.name for field in fields(Observation))
_NULLABLE = {"http_status": (int, type(None)), "code": (str, type(None)), "duration_ms": (float, int)}
_TYPES = {"fault": (bool,), "attempts": (int,), "headers": (dict,), "details": (dict,), **_NULLABLE}
_PLAIN = frozenset(product(*(_TYPES.get(name, (str,)) for name in _FIELDS)))
"""The types of the values of a record just as :func:`to_record` writes it."""
_FACTS = frozenset({str, int, float, bool, type(None)})
"""The types of details that are no lists."""
_MODES = {mode.value: mode for mode in Mode}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_REQUIRED = ("id", "at", "probe", "operation", "mode", "target", "outcome")


class ObservationWriter:
    """Appends observations to ``<path>.partial`` and flushes each; :meth:`finish` gives the file its name.

    As a context manager it finishes when the block ends well, and leaves the partial file when it does not.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file that will be ``path``; a partial one of an earlier attempt is begun anew.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.path = path
        self.partial = path.with_name(path.name + PARTIAL)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half a character (a lone surrogate, which a server can send in JSON) is written as its JSON escape.
        self._file = self.partial.open("w", encoding="utf-8", newline="\n", errors="backslashreplace")

    def write(self, observation: Observation) -> None:
        """Append one observation; it is on its way to the disk when this returns."""
        self._file.write(dump_observation(observation) + "\n")
        self._file.flush()

    def finish(self) -> Path:
        """Close the file, give it its name, and return that. Finishing twice changes nothing."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self.partial.replace(self.path)
        return self.path

    def close(self) -> None:
        """Close the file under its partial name: the run did not finish."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.finish()
        else:
            self.close()


def to_record(observation: Observation) -> dict[str, Any]:
    """Return the observation as plain JSON values, its keys always in the same order."""
    return {
        "id": observation.id,
        "at": observation.at.isoformat(),
        "probe": observation.probe,
        "operation": observation.operation,
        "mode": observation.mode.value,
        "target": observation.target,
        "outcome": observation.outcome.value,
        "http_status": observation.http_status,
        "code": observation.code,
        "fault": observation.fault,
        "reason": observation.reason,
        "url": observation.url,
        "request_id": observation.request_id,
        "server_version": observation.server_version,
        "duration_ms": round(observation.duration_ms, 3),
        "attempts": observation.attempts,
        "headers": {name: observation.headers[name] for name in sorted(observation.headers)},
        "details": {name: observation.details[name] for name in sorted(observation.details)},
    }


def from_record(record: Mapping[str, Any]) -> Observation:
    """Return the observation that :func:`to_record` wrote.

    Raises:
        ValueError: a key is missing, unknown or of the wrong kind; the message names it.
    """
    if tuple(record) == _FIELDS and tuple(map(type, record.values())) in _PLAIN:
        return _from_plain(record)
    unknown = sorted(set(record) - set(_FIELDS))
    if unknown:
        raise ValueError(f"has the unknown key {unknown[0]}")
    missing = [name for name in _REQUIRED if name not in record]
    if missing:
        raise ValueError(f"lacks the key {missing[0]}")
    return Observation(
        id=_text(record, "id"),
        at=_moment(record),
        probe=_text(record, "probe"),
        operation=_text(record, "operation"),
        mode=Mode(_text(record, "mode")),
        target=_text(record, "target"),
        outcome=Outcome(_text(record, "outcome")),
        http_status=_typed(record, "http_status", int | None, None),
        code=_typed(record, "code", str | None, None),
        fault=_typed(record, "fault", bool, False),
        reason=_text(record, "reason"),
        url=_text(record, "url"),
        request_id=_text(record, "request_id"),
        server_version=_text(record, "server_version"),
        duration_ms=_number(record, "duration_ms"),
        attempts=_typed(record, "attempts", int, 1),
        headers={str(name): str(value) for name, value in _typed(record, "headers", dict, {}).items()},
        details={str(name): _fact(name, value) for name, value in _typed(record, "details", dict, {}).items()},
    )


def _from_plain(record: Mapping[str, Any]) -> Observation:
    """Return the observation of a record just as it is written here: nearly all are, and need no closer look."""
    values = list(record.values())
    values[1] = _moment(record)
    values[4] = _MODES.get(values[4]) or Mode(values[4])
    values[6] = _OUTCOMES.get(values[6]) or Outcome(values[6])
    values[14] = _number(record, "duration_ms")
    if values[16]:
        values[16] = {name: str(value) for name, value in values[16].items()}
    if not _FACTS.issuperset(map(type, values[17].values())):
        values[17] = {name: _fact(name, value) for name, value in values[17].items()}
    return Observation(*values)


def dump_observation(observation: Observation) -> str:
    """Return the observation as one line of JSON, without the line end."""
    return _ENCODER.encode(to_record(observation))


def load_observation(line: str | bytes) -> Observation:
    """Return the observation of one line.

    Raises:
        ValueError: the line is no observation.
    """
    try:
        record = json.loads(line if isinstance(line, str) else line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")
    return from_record(record)


def read_observations(path: Path) -> tuple[Observation, ...]:
    """Read a file of observations, whole or partial. Empty lines are passed over.

    Raises:
        InvalidInput: the file cannot be read, or lines of it are no observations; every such line is named.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput([Problem(str(path), None, "", f"cannot be read: {reason}.")]) from None
    observations: list[Observation] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            observations.append(load_observation(line))
        except json.JSONDecodeError as error:
            problems.append(Problem(str(path), number, "", f"is not JSON: {error.msg}."))
        except ValueError as error:
            problems.append(Problem(str(path), number, "", f"is no observation: {error}."))
    if problems:
        raise InvalidInput(problems)
    return tuple(observations)


def _typed(record: Mapping[str, Any], name: str, kind: Any, default: Any) -> Any:
    value = record.get(name, default)
    if isinstance(value, bool) and kind is not bool:
        raise ValueError(f"{name} is of the wrong kind")
    if not isinstance(value, kind):
        raise ValueError(f"{name} is of the wrong kind")
    return value


def _text(record: Mapping[str, Any], name: str) -> str:
    return str(_typed(record, name, str, ""))


def _number(record: Mapping[str, Any], name: str) -> float:
    try:
        return float(_typed(record, name, int | float, 0.0))
    except OverflowError:
        raise ValueError(f"{name} is too large") from None


def _moment(record: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(_text(record, "at"))
    if at.tzinfo is None:
        raise ValueError("at has no time zone")
    return at


def _fact(name: object, value: Any) -> Fact:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return value
    raise ValueError(f"details.{name} is of the wrong kind")
