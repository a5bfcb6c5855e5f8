"""The detection matrix as data: a row for each tenant, and the two figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The requirements of one tenant whose verdict is another than in the healthy tenant, by id, sorted."""

    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    """Those that pass here, and have another verdict in the healthy tenant."""
    error: tuple[str, ...] = ()
    """calconnect's own fault; never expected."""
    problems: tuple[str, ...] = ()
    """Keys of the settings that were refused before anything was sent."""
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Expected: the code to be quoted, for some. Found: all that were quoted, for those that failed or are unknown."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one tenant."""

    tenant: str
    title: str
    """The mistake, in a few words."""
    expected: Verdicts
    found: Verdicts
    missed: tuple[str, ...] = ()
    """Requirements that had to fail or be unknown here, and did not, or did not quote the expected code; keys of the
    settings that had to be refused, and were not."""
    turned: tuple[str, ...] = ()
    """All other requirements whose verdict is not what it is in the healthy tenant, though nothing here entails it;
    keys of the settings that were refused without need."""
    others: int = 0
    """How many verdicts had to stay as they are: all but those that had to fail or be unknown."""
    why: str = ""
    """What the scenarios of ``missed`` and ``turned`` say."""
    error: str = ""
    """Why the tenant could not be run; the other fields are then empty."""
    rests_on: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """By failed requirement: for each way in which it was seen to fail, the questions whose answers show it; no
    questions: it is judged from configuration."""
    answered: tuple[str, ...] = ()
    """The questions that were asked and got, at least once, what was asked for; ``exports`` if any was read."""
    by_exports: tuple[str, ...] = ()
    """The requirements that pass, in part at least, by an export, where the server does not show it."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def has_mistake(self) -> bool:
        """Whether something has to be found."""
        return bool(self.expected.failed or self.expected.unknown or self.expected.problems)

    @property
    def caught(self) -> bool | None:
        """Whether all that had to be found was; None: there is no mistake, or the tenant could not be run."""
        if self.error or not self.has_mistake:
            return None
        return not self.missed


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows, in the order of the catalogue."""

    rows: tuple[Row, ...]

    @property
    def with_mistake(self) -> tuple[Row, ...]:
        """The rows in which something had to be found."""
        return tuple(row for row in self.rows if row.caught is not None)

    @property
    def caught(self) -> int:
        """How many tenants' mistakes were found: every verdict and every code."""
        return sum(bool(row.caught) for row in self.rows)

    @property
    def others(self) -> int:
        """How many verdicts had to stay as they are, in all tenants."""
        return sum(row.others for row in self.rows if not row.error)

    @property
    def kept(self) -> int:
        """How many of ``others`` did."""
        return self.others - sum(len(row.turned) for row in self.rows if not row.error)

    @property
    def sensitivity(self) -> float:
        """The share of tenants with a mistake in which it was caught; 1.0 is all of them."""
        return _share(self.caught, len(self.with_mistake))

    @property
    def specificity(self) -> float:
        """The share of all other verdicts that did not turn; 1.0 is all of them."""
        return _share(self.kept, self.others)

    @property
    def not_run(self) -> tuple[Row, ...]:
        """The tenants that could not be run."""
        return tuple(row for row in self.rows if row.error)

    @property
    def holds(self) -> bool:
        """Whether everything was run, caught, and nothing else turned."""
        return not self.not_run and self.caught == len(self.with_mistake) and self.kept == self.others


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def percent(part: int, whole: int) -> str:
    """Return a share in per cent, rounded down to a tenth: 100.0 % is said of all alone."""
    tenths = 1000 * part // whole if whole else 1000
    return f"{tenths // 10}.{tenths % 10} %"


def matrix_record(matrix: Matrix) -> dict[str, Any]:
    """Return the matrix as plain JSON values; the fields are described in docs/command-line.md."""
    return {
        "tenants": len(matrix.rows),
        "sensitivity": matrix.sensitivity,
        "specificity": matrix.specificity,
        "with_mistake": len(matrix.with_mistake),
        "caught": matrix.caught,
        "other_verdicts": matrix.others,
        "kept": matrix.kept,
        "rows": [row_record(row) for row in matrix.rows],
    }


def row_record(row: Row) -> dict[str, Any]:
    """Return a row as plain JSON values."""
    return {
        "tenant": row.tenant,
        "title": row.title,
        "expected": _verdicts_record(row.expected),
        "found": _verdicts_record(row.found),
        "caught": row.caught,
        "missed": list(row.missed),
        "turned": list(row.turned),
        "others": row.others,
        "why": row.why,
        "error": row.error,
        "rests_on": {requirement: [list(probes) for probes in ways] for requirement, ways in row.rests_on.items()},
        "answered": list(row.answered),
        "by_exports": list(row.by_exports),
    }


def _verdicts_record(verdicts: Verdicts) -> dict[str, Any]:
    return {
        "failed": list(verdicts.failed),
        "unknown": list(verdicts.unknown),
        "not_applicable": list(verdicts.not_applicable),
        "passed": list(verdicts.passed),
        "error": list(verdicts.error),
        "problems": list(verdicts.problems),
        "codes": {requirement: list(codes) for requirement, codes in verdicts.codes.items()},
    }


def row_from_record(record: Mapping[str, Any]) -> Row:
    """Return the row that :func:`row_record` made a record of. The time that it took is not in it."""
    return Row(
        tenant=record["tenant"],
        title=record["title"],
        expected=_verdicts_from_record(record["expected"]),
        found=_verdicts_from_record(record["found"]),
        missed=tuple(record["missed"]),
        turned=tuple(record["turned"]),
        others=record["others"],
        why=record["why"],
        error=record["error"],
        rests_on={
            requirement: tuple(tuple(probes) for probes in ways) for requirement, ways in record["rests_on"].items()
        },
        answered=tuple(record["answered"]),
        by_exports=tuple(record["by_exports"]),
    )


def _verdicts_from_record(record: Mapping[str, Any]) -> Verdicts:
    return Verdicts(
        failed=tuple(record["failed"]),
        unknown=tuple(record["unknown"]),
        not_applicable=tuple(record["not_applicable"]),
        passed=tuple(record["passed"]),
        error=tuple(record["error"]),
        problems=tuple(record["problems"]),
        codes={requirement: tuple(codes) for requirement, codes in record["codes"].items()},
    )
