"""Which product a build of Exchange is, and until when that is supported: read from ``builds.toml``."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_TABLE = Path(__file__).with_name("builds.toml")
_BUILD = re.compile(r"\d{1,9}(?:\.\d{1,9}){1,3}")

Build = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Product:
    """One product, from a build on."""

    name: str
    from_build: Build
    supported_until: date | None
    """The last day on which it is supported; None: no end is announced."""
    source: str


@dataclass(frozen=True, slots=True)
class BuildTable:
    """All products that are known, by their builds from the lowest on."""

    products: tuple[Product, ...]
    end: Build
    """From here on the table knows nothing."""
    floor: Build
    """Below it, the vendor does not connect at all."""
    floor_name: str

    def product(self, build: Build) -> Product | None:
        """Return the product of a build; None: the table does not know it."""
        if build >= self.end:
            return None
        return next((one for one in reversed(self.products) if one.from_build <= build), None)


@functools.cache
def build_table() -> BuildTable:
    """Return the table; it is read once."""
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    products = [
        Product(entry["name"], _known(entry["from_build"]), entry.get("supported_until"), entry["source"])
        for entry in data["product"]
    ]
    products.sort(key=lambda one: one.from_build)
    floor = data["floor"]
    return BuildTable(tuple(products), _known(data["end"]["build"]), _known(floor["build"]), floor["name"])


def read_build(text: str) -> Build | None:
    """Return the four numbers of ``15.2.2562.17``, missing ones as 0; None: it is no build."""
    if not _BUILD.fullmatch(text):
        return None
    parts = [int(part) for part in text.split(".")]
    major, minor, build, revision = [*parts, 0, 0, 0][:4]
    return major, minor, build, revision


def _known(text: str) -> Build:
    build = read_build(text)
    assert build is not None, f"builds.toml: {text} is no build"
    return build
