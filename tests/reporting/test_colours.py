from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "calconnect" / "reporting" / "templates"
TEXT = ("ink", "soft", "link", "passed", "failed", "unknown", "error", "none")
GROUNDS = ("paper", "faint")
TINTS = ("passed-tint", "failed-tint", "unknown-tint", "error-tint", "none-tint")


def colours(scheme: str) -> dict[str, str]:
    text = (TEMPLATES / f"{scheme}.css.jinja").read_text(encoding="utf-8")
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_told_from_its_ground(scheme: str) -> None:
    """WCAG 2.2 AA asks for 4.5 to 1 (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""
    known = colours(scheme)
    pairs = [
        *product(TEXT, GROUNDS),
        *product(("ink",), TINTS),
        *((tint.removesuffix("-tint"), tint) for tint in TINTS),
    ]
    weak = {
        f"{text} on {ground}": round(contrast(known[text], known[ground]), 2)
        for text, ground in pairs
        if contrast(known[text], known[ground]) < 4.5
    }
    assert weak == {}
