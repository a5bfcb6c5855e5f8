"""Holds the shape of the code: which part may import which, how long files may be, what is imported at all."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "calconnect"
FOLDERS = ("calconnect", "steps", "tests", "benchmarks")
LONGEST_FILE = 400

MAY_IMPORT: dict[str, set[str]] = {
    "foundation": set(),
    "mock_tenant": {"foundation"},
    "evidence": {"foundation"},
    "settings": {"foundation"},
    "requirements": {"foundation", "settings"},
    "tenants": {"evidence", "settings", "foundation"},
    "overlay": {"requirements", "settings", "foundation"},
    "timeline": {"evidence", "settings", "foundation"},
    "sweep": {"tenants", "evidence", "settings", "foundation"},
    "acceptance": {"sweep", "overlay", "requirements", "tenants", "evidence", "settings", "foundation"},
    "embedded": {"mock_tenant", "evidence", "settings", "foundation"},
    "reporting": {
        *("acceptance", "overlay", "requirements", "sweep", "tenants", "timeline"),
        *("evidence", "settings", "embedded", "foundation"),
    },
    "detection": {
        "acceptance",
        "sweep",
        "overlay",
        "requirements",
        "tenants",
        "embedded",
        "mock_tenant",
        "evidence",
        "settings",
        "foundation",
    },
    "fleet": {
        *("acceptance", "reporting", "sweep", "tenants", "embedded"),
        *("requirements", "evidence", "settings", "foundation"),
    },
    "cli": {
        *("detection", "fleet", "reporting", "acceptance", "overlay", "embedded", "mock_tenant", "timeline"),
        *("sweep", "tenants", "requirements", "evidence", "settings", "foundation"),
    },
    "steps": {"acceptance", "requirements", "evidence", "settings"},
}

ONLY_THERE: dict[str, tuple[str, ...]] = {
    "exchangelib": ("calconnect/tenants/exchange_server/",),
    "aiohttp": ("calconnect/mock_tenant/", "calconnect/tenants/thin/"),
    "trustme": ("calconnect/mock_tenant/", "calconnect/embedded/"),
    "papermill": ("calconnect/reporting/",),
    "openpyxl": ("calconnect/settings/",),
    "distributed": ("calconnect/fleet/",),
    "click": ("calconnect/cli/",),
    "rich": ("calconnect/cli/", "calconnect/reporting/"),
    "pytest_bdd": ("calconnect/acceptance/", "steps/"),
    "keyring": ("calconnect/settings/",),
    "jwt": ("calconnect/mock_tenant/entra/",),
    "msal": ("calconnect/tenants/exchange_online/",),
}
"""A library that is used in one place can be replaced in one place."""

NOWHERE = {"pickle", "shelve", "marshal", "telnetlib", "distutils"}
"""Ways to run what was meant to be data, and modules that newer Pythons do not have."""


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py") if "_suite" not in file.parts)


@cache
def imports(file: Path) -> tuple[tuple[str, int], ...]:
    """Return every module that a file imports, wherever in the file, and the line."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            yield node.module or "", node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


@cache
def packages() -> Mapping[str, list[str]]:
    return packages_distributions()


def part_of(file: Path) -> str:
    relative = file.relative_to(ROOT)
    if relative.parts[0] == "steps":
        return "steps"
    return relative.parts[1] if len(relative.parts) > 2 else ""


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("part", sorted(MAY_IMPORT))
def test_each_part_imports_only_what_stands_below_it(part: str) -> None:
    folder = ROOT / part if part == "steps" else PACKAGE / part
    wrong = []
    for file in sorted(folder.rglob("*.py")):
        for module, line in imports(file):
            parts = module.split(".")
            if parts[0] != "calconnect" or len(parts) < 2 or not (PACKAGE / parts[1]).is_dir():
                continue
            if parts[1] != part and parts[1] not in MAY_IMPORT[part]:
                wrong.append(f"{name(file)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_every_part_has_its_place_in_the_order() -> None:
    parts = {file.name for file in PACKAGE.iterdir() if (file / "__init__.py").is_file()}
    assert parts == set(MAY_IMPORT) - {"steps"}


def test_the_order_has_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        free = {part for part, below in MAY_IMPORT.items() if part not in done and below <= done}
        assert free, f"a circle among {sorted(set(MAY_IMPORT) - done)}"
        done |= free


def test_the_state_of_the_mock_tenant_never_sees_http_or_xml() -> None:
    wrong = []
    for file in sorted((PACKAGE / "mock_tenant" / "state").glob("*.py")):
        for module, line in imports(file):
            top = module.split(".")[0]
            if top in {"aiohttp", "http", "lxml", "xml", "ssl", "asyncio", "socket"} or module.startswith(
                ("calconnect.mock_tenant.ews", "calconnect.mock_tenant.autodiscover", "calconnect.mock_tenant.auth")
            ):
                wrong.append(f"{name(file)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_only_what_runs_mock_tenants_knows_them() -> None:
    knowing = {
        part_of(file)
        for file in python_files("calconnect", "steps")
        for module, _ in imports(file)
        if module.startswith("calconnect.mock_tenant")
    }
    assert knowing <= {"mock_tenant", "embedded", "detection", "cli"}


@pytest.mark.parametrize("library", sorted(ONLY_THERE))
def test_a_library_is_imported_in_its_place_alone(library: str) -> None:
    users = {
        name(file)
        for file in python_files("calconnect", "steps")
        for module, _ in imports(file)
        if module.split(".")[0] == library
    }
    assert users, f"nothing imports {library}"
    assert all(user.startswith(ONLY_THERE[library]) for user in users), users


def test_nothing_dangerous_or_gone_is_imported() -> None:
    wrong = [
        f"{name(file)}:{line} imports {module}"
        for file in python_files(*FOLDERS)
        for module, line in imports(file)
        if module.split(".")[0] in NOWHERE
    ]
    assert not wrong, "\n".join(wrong)


def test_every_library_that_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    extras = {
        extra: {canonicalize_name(Requirement(text).name) for text in texts}
        for extra, texts in project["optional-dependencies"].items()
    }
    test = runtime | extras["test"]
    known = packages()
    own = {"calconnect", "steps", "tests", "benchmarks"}
    wrong = set()
    for folder, declared in (("calconnect", runtime), ("steps", runtime), ("tests", test), ("benchmarks", test)):
        local = own | {file.stem for file in (ROOT / folder).rglob("*.py")}
        for file in python_files(folder):
            # A part that has an extra of its own name may use what that installs.
            allowed = declared | (extras.get(file.parent.name, set()) if folder == "calconnect" else set())
            for module, line in imports(file):
                top = module.split(".")[0]
                if top in sys.stdlib_module_names or top in local or not top:
                    continue
                if not {canonicalize_name(one) for one in known.get(top, [])} & allowed:
                    wrong.add(f"{name(file)}:{line} imports {top}, which is not declared")
    assert not wrong, "\n".join(sorted(wrong))


def test_no_dependency_is_declared_and_not_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tops = {module.split(".")[0] for file in python_files("calconnect", "steps") for module, _ in imports(file)}
    used: set[str] = {canonicalize_name(one) for top in tops for one in packages().get(top, [])}
    # tzdata is data, read by zoneinfo; ipykernel is the kernel that the notebook is executed in; allure-pytest is for
    # the steps of users, who know Allure by that name.
    used |= {"tzdata", "ipykernel", "allure-pytest"}
    texts = [*project["dependencies"], *project["optional-dependencies"]["fleet"]]
    declared = {canonicalize_name(Requirement(text).name) for text in texts}
    assert declared <= used, sorted(declared - used)


def test_files_are_short_enough_to_be_read() -> None:
    wrong = []
    for file in python_files(*FOLDERS):
        length = len(file.read_text(encoding="utf-8").splitlines())
        if length > LONGEST_FILE:
            wrong.append(f"{name(file)} has {length} lines")
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_is_for() -> None:
    wrong = [name(file) for file in python_files("calconnect", "steps") if not ast.get_docstring(tree(file))]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_to_do_in_the_code() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "raise NotImplemented" + "Error")
    wrong = [
        f"{name(file)}:{number} {mark}"
        for file in python_files(*FOLDERS)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        for mark in marks
        if mark in line
    ]
    assert not wrong, "\n".join(wrong)
