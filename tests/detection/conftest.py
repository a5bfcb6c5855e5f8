from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calconnect.detection.workers import without_public_authorities


@pytest.fixture(autouse=True)
def quick(tmp_path: Path) -> Iterator[None]:
    """Do not read the public certification authorities, as the matrix does not."""
    folder = tmp_path / "authorities"
    folder.mkdir()
    with without_public_authorities(folder):
        yield
