"""Renders results as HTML: one file that loads nothing, or fragments for a notebook. All markup is in the templates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from calconnect.evidence.observation import Observation
from calconnect.reporting.model import Results
from calconnect.reporting.timeline_words import days_of, groups, left_of, whom_of
from calconnect.reporting.view import report_view
from calconnect.reporting.words import day, milliseconds, number, plural, short, span, visible, when, word


def render_report(results: Results, observations: Iterable[Observation]) -> str:
    """Return ``report.html``: one file, no external loads, no script.

    ``observations`` are those of the run, of which only the ones that the report shows are kept.
    """
    return templates().get_template("report.html.jinja").render(view=report_view(results, observations))


def render_fragment(name: str, view: object) -> str:
    """Return one part for a notebook: ``answer``, ``next_steps``, ``charts``, ``trace``, ``mailboxes``,
    ``overlay``, ``timeline`` of a :class:`ReportView`, or one of the small ones that ``notebook.html.jinja`` names, of
    what its template asks for.
    """
    return templates().get_template("notebook.html.jinja").render(view=view, part=name)


@cache
def templates() -> Environment:
    """Return the environment of the templates: everything is escaped, nothing may be missing, nothing is loaded."""
    environment = Environment(
        loader=PackageLoader("calconnect.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        milliseconds=milliseconds, when=when, day=day, number=number, css_string=css_string, word=word, plural=plural
    )
    environment.filters.update(short=short, span=span)
    environment.filters.update(
        timeline_groups=lambda timeline: groups(timeline).items(),
        timeline_days=days_of,
        timeline_left=left_of,
        timeline_whom=whom_of,
    )
    return environment


def css_string(text: str) -> str:
    """Return the inside of a CSS string: every character that is not a letter or digit is written by its number."""
    return "".join(
        character if character.isascii() and character.isalnum() else f"\\{ord(character):06x}"
        for character in visible(text)
    )


def _finalize(value: Any) -> Any:
    """Make what hides in a value visible; called by the templates for everything that they write."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
