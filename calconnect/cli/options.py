"""Options that are the same at every command."""

from __future__ import annotations

from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout, for a program to read.")
quiet = click.option(
    "--quiet", "-q", is_flag=True, help="Say nothing but what is wrong; the exit code tells the answer."
)


def _refuse_empty(
    kind: click.ParamType[Any], value: Any, param: click.Parameter | None, ctx: click.Context | None
) -> None:
    """Refuse an option that was given nothing, such as a variable of a script that is not set.

    Taken for an option that was left out, it would let a mock tenant answer for the real one.
    """
    if value == "":
        kind.fail("it is empty.", param, ctx)


class GivenText(click.types.StringParamType):
    """A text that is not empty."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text."""
        _refuse_empty(self, value, param, ctx)
        return super().convert(value, param, ctx)


class GivenPath(click.Path):
    """A path that is not empty."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        _refuse_empty(self, value, param, ctx)
        return super().convert(value, param, ctx)
