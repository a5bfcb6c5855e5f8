from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

from calconnect.reporting.html import render_report
from tests.browser import dump_dom, find_browser, print_pdf, screenshot
from tests.reporting.pages import hostile_run, parsed
from tests.reporting.synthetic import SyntheticRun, addresses, make_run


def saved(run: SyntheticRun, folder: Path) -> Path:
    page = folder / "report.html"
    page.write_text(render_report(run.results(), run.observations), encoding="utf-8")
    return page


def corner(picture: Path) -> tuple[int, ...]:
    """Return the colour of the upper left pixel of a PNG: of the first line, no filter changes the first pixel."""
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    packed, position = b"", 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        if data[position + 4 : position + 8] == b"IDAT":
            packed += data[position + 8 : position + 8 + length]
        position += length + 12
    return tuple(zlib.decompress(packed)[1:4])


def pages(pdf: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))


def test_a_browser_is_there_for_these_tests() -> None:
    assert find_browser().exists()


def test_what_is_read_stands_in_the_file_and_is_not_built_by_scripts(tmp_path: Path) -> None:
    page = saved(make_run(5, denied=addresses(1)), tmp_path)
    written = parsed(page.read_text(encoding="utf-8"))
    shown = parsed(dump_dom(page))
    assert [element.tag for element in shown.iter()] == [element.tag for element in written.iter()]
    assert shown.text_content().split() == written.text_content().split()


def test_hostile_text_runs_nothing(tmp_path: Path) -> None:
    payload = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    page = parsed(dump_dom(saved(hostile_run(payload), tmp_path)))
    assert page.findtext(".//title", "").startswith("Not ready")
    assert payload in page.get_element_by_id("mailboxes").text_content()


def test_it_follows_the_colour_scheme_of_the_reader(tmp_path: Path) -> None:
    page = saved(make_run(5), tmp_path)
    for scheme in ("light", "dark"):
        screenshot(page, tmp_path / f"{scheme}.png", scheme=scheme, width=800, height=600)
    assert min(corner(tmp_path / "light.png")) > 200
    assert max(corner(tmp_path / "dark.png")) < 60


def test_folded_parts_are_printed(tmp_path: Path) -> None:
    folded = saved(make_run(5), tmp_path)
    print_pdf(folded, tmp_path / "folded.pdf")
    opened = tmp_path / "opened.html"
    opened.write_text(folded.read_text(encoding="utf-8").replace("<details ", "<details open "), encoding="utf-8")
    print_pdf(opened, tmp_path / "opened.pdf")
    assert pages(tmp_path / "folded.pdf") == pages(tmp_path / "opened.pdf") > 5
