"""Holds ``constraints.txt`` to what the project needs: everything pinned, nothing left over, no index named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PINS = {canonicalize_name(pin.name): pin for pin in map(Requirement, LINES)}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]]


def needed(requirements: Iterable[Requirement]) -> dict[NormalizedName, list[Requirement]]:
    """Return, by distribution, every requirement on it that the project leads to in this environment."""
    found: dict[NormalizedName, list[Requirement]] = {}
    pending = [(requirement, "") for requirement in requirements]
    seen: set[tuple[str, str]] = set()
    while pending:
        requirement, extra = pending.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found.setdefault(name, []).append(requirement)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                pending += [(Requirement(text), wanted) for text in distribution(name).requires or []]
    return found


def test_every_line_pins_one_exact_version_and_names_no_index() -> None:
    for line in LINES:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; [a-z_]+ [!=<>]+ \"[a-z0-9.]+\")?", line), line
    assert [canonicalize_name(Requirement(line).name) for line in LINES] == sorted(PINS)
    assert len(PINS) == len(LINES)


def test_everything_that_is_needed_is_pinned_to_a_version_that_everybody_accepts() -> None:
    for name, requirements in needed(declared()).items():
        assert name in PINS, f"{name} is not pinned"
        (pinned,) = PINS[name].specifier
        for requirement in requirements:
            assert requirement.specifier.contains(pinned.version, prereleases=True), f"{name}: {requirement}"


def test_nothing_is_pinned_that_is_not_needed() -> None:
    here = needed(declared())
    idle = {name for name, pin in PINS.items() if pin.marker is None or pin.marker.evaluate()} - here.keys()
    assert not idle
