"""Builds of Exchange: which product each is, and until when it is supported."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.evidence.builds import build_table, read_build


@pytest.mark.parametrize(
    ("build", "name", "until"),
    [
        ("8.3.485.1", "Exchange Server 2007", date(2017, 4, 11)),
        ("14.3.513.0", "Exchange Server 2010", date(2020, 10, 13)),
        ("15.0.1497.48", "Exchange Server 2013", date(2023, 4, 11)),
        ("15.1.2507.61", "Exchange Server 2016", date(2025, 10, 14)),
        ("15.2.1748.10", "Exchange Server 2019", date(2025, 10, 14)),
        ("15.2.2562.16", "Exchange Server 2019", date(2025, 10, 14)),
        ("15.2.2562.17", "Exchange Server Subscription Edition", None),
        ("15.2.3000.0", "Exchange Server Subscription Edition", None),
        ("15.20.9052.13", "Exchange Online", None),
    ],
)
def test_which_product_a_build_is(build: str, name: str, until: date | None) -> None:
    numbers = read_build(build)
    assert numbers is not None
    product = build_table().product(numbers)
    assert product is not None
    assert (product.name, product.supported_until) == (name, until)


@pytest.mark.parametrize("build", ["6.5.7638.1", "15.21.0.0", "16.0.1.1"])
def test_what_the_table_does_not_know(build: str) -> None:
    numbers = read_build(build)
    assert numbers is not None
    assert build_table().product(numbers) is None


def test_the_floor_is_service_pack_1_of_2007() -> None:
    table = build_table()
    assert (read_build("8.0.685.24") or table.floor) < table.floor <= (read_build("8.1.240.6") or table.end)


@pytest.mark.parametrize(
    ("text", "build"), [("15.2", (15, 2, 0, 0)), ("15.2.1", (15, 2, 1, 0)), ("15", None), ("", None)]
)
def test_builds_are_read(text: str, build: tuple[int, ...] | None) -> None:
    assert read_build(text) == build


@given(st.text())
def test_any_text_is_a_build_or_none(text: str) -> None:
    found = read_build(text)
    assert found is None or len(found) == 4


def test_each_product_has_its_source() -> None:
    assert all(one.source.startswith("https://learn.microsoft.com/") for one in build_table().products)
