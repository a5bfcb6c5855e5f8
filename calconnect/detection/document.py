"""The matrix as a page to read: ``python -m calconnect.detection.document`` runs it and writes
``docs/detection-matrix.md``, and beside it the same as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from calconnect.detection.matrix import run_matrix
from calconnect.detection.model import Matrix, Row, matrix_record, row_from_record
from calconnect.detection.text import caught_word, figures
from calconnect.foundation.files import write_atomic

PAGE = Path("docs") / "detection-matrix.md"
RECORD = Path("docs") / "detection-matrix.json"

_OPENING = """\
# The detection matrix

How many of the real mistakes does calconnect catch, and how often does it blame what is not to blame? Each row is a
mock tenant that comes with calconnect and carries exactly one mistake (`calconnect tenant show NAME` describes it,
`calconnect tenant serve NAME` serves it, `calconnect audit --tenant NAME` audits it). Its file says, before anything is
run, what must come of it: which requirements fail, which are unknown because the mistake keeps them from being seen,
and which code must be quoted. Whatever a file does not name must be as in the healthy tenant of the same topology:
`healthy`, `online-healthy`, `online-ews-healthy` or `hybrid-healthy`.

`calconnect tenant matrix` runs all of it, over HTTPS as with any other server, and knows of each tenant nothing but the
settings that an administrator of it would have written. This page is written from such a run by
`python -m calconnect.detection.document`; the tests run every tenant again and hold page and run equal.
"""

_DEFINITIONS = """\
## The two figures

- **Sensitivity** is the share of tenants with a mistake in which the mistake was *caught*: every requirement that must
  fail failed, every requirement that must be unknown was unknown, and each quoted the code that the tenant's file
  names. Half a catch is none.
- **Specificity** is the share of all other verdicts, over all tenants, that did *not turn*: each requirement that a
  tenant's file does not name as failed or unknown has the verdict that it has in the healthy tenant, or the one that
  the file says (a requirement may come to apply, or cease to, by what the settings of a tenant say). calconnect's own
  errors count as turned.

A tenant without a mistake counts for specificity alone. 100.0 % is written only where it is all of them.

## How far to trust the figures

A catalogue that was written together with its checker proves little by itself. So the tests go further:

- **Other words.** The same mistakes are made in another organisation, with other names, groups, addresses and rules,
  and must be caught by the same requirements: what is judged is what was observed.
- **Several mistakes at once.** Twenty pairs and ten triples, drawn at random from a fixed seed, must give the union of
  their verdicts: a requirement that fails in one tenant fails in the union, unless another of the mistakes keeps the
  question from being answered by which the failure shows; then it is unknown. Unknown outweighs passed.
- **Mutations.** `python -m tests.mutation_check` changes each assertion of our own judgement in turn: what passed
  fails, what fell short passes, nothing is recorded. Each time some tenant of this page must notice.
"""


def matrix_page(matrix: Matrix) -> str:
    """Return the page, as Markdown."""
    return "\n".join([_OPENING, *_results(matrix), _DEFINITIONS, *_table(matrix), *_troubles(matrix)])


def _results(matrix: Matrix) -> Iterator[str]:
    for line in figures(matrix):
        yield f"- {line}"
    yield ""


def _table(matrix: Matrix) -> Iterator[str]:
    yield "## The rows\n"
    yield "| tenant | the mistake | must fail, and quote | must be unknown | caught | turned |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in matrix.rows:
        yield f"| {' | '.join(_cells(row))} |"
    yield ""


def _cells(row: Row) -> list[str]:
    failed = [_quoting(row, requirement) for requirement in row.expected.failed]
    unknown = [_quoting(row, requirement) for requirement in row.expected.unknown]
    return [
        f"`{row.tenant}`",
        row.title.replace("|", "\\|"),
        ", ".join(failed) or "–",
        ", ".join(unknown) or "–",
        caught_word(row),
        ", ".join(row.turned) or "–",
    ]


def _quoting(row: Row, requirement: str) -> str:
    codes = row.expected.codes.get(requirement, ())
    return f"{requirement} `{codes[0]}`" if codes else requirement


def _troubles(matrix: Matrix) -> Iterator[str]:
    rows = [row for row in matrix.rows if row.missed or row.turned or row.error]
    if not rows:
        return
    yield "## What fell short\n"
    for row in rows:
        yield f"- `{row.tenant}`: {row.error or row.why}"
    yield ""


def record_text(matrix: Matrix) -> str:
    """Return the matrix as JSON with a line for each row, so that a change shows as the line of its tenant."""
    record = matrix_record(matrix)
    rows = [json.dumps(row, ensure_ascii=False, separators=(", ", ": ")) for row in record.pop("rows")]
    head = json.dumps(record, indent=2, ensure_ascii=False).removesuffix("\n}")
    return f'{head},\n  "rows": [\n    ' + ",\n    ".join(rows) + "\n  ]\n}\n"


def read_record(path: Path) -> Matrix:
    """Return the matrix from its JSON file.

    Raises:
        OSError: the file cannot be read.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    return Matrix(tuple(row_from_record(row) for row in record["rows"]))


def _tell(row: Row) -> None:
    sys.stderr.write(f"{row.tenant}: {caught_word(row)} ({row.seconds:.1f} s)\n")


def main() -> int:
    """Run the matrix and write page and record below the current folder. Return 0 if all was run, else 3."""
    matrix = run_matrix(_tell)
    for line in figures(matrix):
        sys.stderr.write(f"{line}\n")
    if matrix.not_run:
        for row in matrix.not_run:
            sys.stderr.write(f"{row.tenant}: {row.error}\n")
        return 3
    write_atomic(PAGE, matrix_page(matrix))
    write_atomic(RECORD, record_text(matrix))
    sys.stderr.write(f"{PAGE} is written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
