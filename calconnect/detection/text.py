"""The matrix in words: what the command line and the page in ``docs/`` say alike."""

from __future__ import annotations

from calconnect.detection.model import Matrix, Row, percent


def figures(matrix: Matrix) -> list[str]:
    """Return the two figures, each as a sentence that says of what they are a share."""
    mistakes, caught = len(matrix.with_mistake), matrix.caught
    lines = [
        f"Sensitivity {percent(caught, mistakes)}: of {mistakes} tenants with a mistake {caught} were caught, with"
        " every requirement that must fail or be unknown, and every code.",
        f"Specificity {percent(matrix.kept, matrix.others)}: of {matrix.others:,} other verdicts {matrix.kept:,} stayed"
        " as they are in the healthy tenant.",
    ]
    if matrix.not_run:
        names = ", ".join(row.tenant for row in matrix.not_run)
        lines.append(f"Not run, and in neither figure: {names}.")
    return lines


def caught_word(row: Row) -> str:
    """Return whether the mistake was caught, in a word."""
    if row.error:
        return "not run"
    if row.caught is None:
        return "no mistake"
    return "yes" if row.caught else "no"


def expected_text(row: Row) -> str:
    """Return what must be found, in a line: the requirements that fail with their codes, and how many are unknown."""
    parts = []
    for requirement in row.expected.failed:
        codes = ", ".join(row.expected.codes.get(requirement, ()))
        parts.append(f"{requirement} ({codes})" if codes else requirement)
    parts += [f"settings refused ({key})" for key in row.expected.problems]
    text = ", ".join(parts)
    if row.expected.unknown:
        unknown = f"{len(row.expected.unknown)} unknown"
        text = f"{text}; {unknown}" if text else unknown
    return text or "nothing"


def summary_cells(row: Row) -> list[str]:
    """Return the row of the table on the command line: tenant, caught, what must be found, what else turned."""
    if row.error:
        return [row.tenant, caught_word(row), "", ""]
    return [row.tenant, caught_word(row), expected_text(row), ", ".join(row.turned) or "nothing"]
