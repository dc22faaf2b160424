"""The repository's papers and house rules that no linter sees."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
MODULES = sorted(
    path for package in ("redress", "services", "schemas") for path in REPOSITORY.glob(f"{package}/**/*.py")
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def reads_environment(module: Path) -> bool:
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv")}
        for node in nodes
    )


def relative_links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            yield target.partition("#")[0]


def test_every_dependency_is_pinned_by_name_and_version_alone() -> None:
    pins = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", pin) for pin in pins)
    pinned = {normal(pin.partition("==")[0]) for pin in pins}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(requirement for extra in extras for requirement in extra)]
    assert {normal(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) for requirement in wanted} <= pinned  # type: ignore[index]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_no_link_of_a_page_dangles(page: Path) -> None:
    dangling = [target for target in relative_links(page) if not (page.parent / target).exists()]
    assert not dangling


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert named <= targets


def test_only_entry_points_and_settings_read_the_environment() -> None:
    readers = [module.relative_to(REPOSITORY) for module in MODULES if reads_environment(module)]
    assert readers
    for module in readers:
        assert module.name in {"__main__.py", "cli.py", "settings.py"} or module.parts[:2] == ("redress", "commands")


def test_the_licence_is_the_one_that_is_named() -> None:
    assert (REPOSITORY / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_readme_shows_the_example_and_the_alert_as_they_are() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", readme, flags=re.DOTALL | re.MULTILINE)
    (alert,) = re.findall(r"^```json\n(.*?)^```", readme, flags=re.DOTALL | re.MULTILINE)
    assert example == (REPOSITORY / "examples" / "standing_alerts.py").read_text(encoding="utf-8")
    assert json.loads(alert) == json.loads((REPOSITORY / "schemas" / "examples" / "sla_breached.json").read_bytes())


def test_no_circle_is_among_imports() -> None:
    graph = grimp.build_graph("redress", "services", "schemas", cache_dir=None)
    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()


def test_the_registry_imports_the_standard_library_alone() -> None:
    tree = ast.parse((REPOSITORY / "services" / "registry.py").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "dataclasses"}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))


def named_tests(cell: str) -> list[tuple[str, str]]:
    """The files and functions that a cell of a table names."""
    return [(file, name) for file, _, name in (one.strip().partition("::") for one in cell.split(","))]


def test_every_threat_of_the_page_about_security_names_a_test_that_exists() -> None:
    page = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    cells = [line.split("|")[-2] for line in page.splitlines() if line.startswith("| ") and "| test |" not in line]
    named = [one for cell in cells for one in named_tests(cell)]
    assert len(named) > 20
    for file, name in named:
        tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions or (not name and functions), f"{file}::{name}"
