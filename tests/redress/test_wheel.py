"""``make wheel``: all that the packages hold, some of it compiled, and the same tests pass as for the source tree."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("redress", "services", "schemas")
PAPERS = ("Makefile", "setup.py", "pyproject.toml", "README.md", "LICENSE")
COMPILER = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC"))[0]
MODULES, DEMO = "tests/redress/compiled_modules.py", "tests/broker/test_demo_broker.py"
LEFT_BEHIND = f"build/lib.{sysconfig.get_platform()}-{sys.implementation.cache_tag}/services/left_behind.py"


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def make_wheel(tree: Path, **environment: str) -> tuple[int, str]:
    """`make wheel` with the environment that runs the tests, which it takes for made."""
    return run(["make", "--old-file=.venv/ready", f"BIN={Path(sys.executable).parent}", "wheel"], tree, **environment)


def files(tree: Path) -> set[str]:
    paths = (path for package in PACKAGES for path in (tree / package).rglob("*"))
    return {str(path.relative_to(tree)) for path in paths if path.is_file() and path.parent.name != "__pycache__"}


def copied(copy: Path) -> Path:
    """A copy of all that a wheel is made of, so that nothing is built over what the work tree has built."""
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for paper in PAPERS:
        shutil.copy2(REPOSITORY / paper, copy)
    return copy


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied(tmp_path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a tree in which another one was built before."""
    if not shutil.which(COMPILER) and "CI" not in os.environ:
        pytest.skip("there is no C compiler here")
    tree = copied(tmp_path_factory.mktemp("tree"))
    left_behind = tree / LEFT_BEHIND
    left_behind.parent.mkdir(parents=True)
    left_behind.touch()
    code, output = make_wheel(tree)
    assert code == 0, output
    [wheel] = (tree / "build" / "wheel").iterdir()
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's packages and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel]
    code, output = run(pip, target)
    assert code == 0, output
    return target


def test_the_wheel_holds_every_file_of_the_packages_and_compiled_modules(wheel: Path) -> None:
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in held if not name.endswith(".so")} == files(REPOSITORY)


def tested(installed: Path, *tests: str) -> tuple[int, str]:
    """What pytest says of the tests where they, and the processes that they start, find the wheel's packages first."""
    return run(
        [sys.executable, "-m", "pytest", "--import-mode=append", "-p", "no:cacheprovider", MODULES, *tests],
        REPOSITORY,
        PYTHONPATH=f"{installed}{os.pathsep}{REPOSITORY}",
        PYTHONSAFEPATH="1",
    )


def test_what_the_source_tree_is_tested_for_holds_of_the_compiled_wheel(installed: Path) -> None:
    code, output = tested(installed, "-m", "not broker and not prove and not prove_long", "tests")
    assert code == 0, output


@pytest.mark.broker
def test_every_number_of_the_demo_agrees_where_its_services_run_from_the_wheel(installed: Path) -> None:
    code, output = tested(installed, f"{DEMO}::test_every_number_of_the_demo_agrees_with_what_was_sent")
    assert code == 0, output


def test_the_installed_command_answers_from_any_folder(installed: Path, tmp_path: Path) -> None:
    calendar = installed / "services" / "config" / "default" / "calendars" / "shanghai.yaml"
    question = {"start": "2026-10-01T10:00:00+08:00", "target": "1h"}
    answered = subprocess.run(
        [installed / "bin" / "redress", "sla", "due", "--calendar", calendar],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        input=json.dumps(question),
        capture_output=True,
        text=True,
    )
    assert answered.returncode == 0, answered.stderr
    assert json.loads(answered.stdout) == {"due_at": "2026-10-08T02:00:00Z"}


def test_without_a_compiler_no_wheel_is_made_and_what_to_install_is_said(tree: Path) -> None:
    code, output = make_wheel(tree, CC="/nowhere/gcc")
    assert code != 0
    assert "compiling needs /nowhere/gcc" in output
    assert "on Debian, install gcc" in output
    assert not list(tree.glob("build/wheel/*"))


def test_an_editable_install_stays_python_whatever_the_environment_says(tree: Path) -> None:
    editable = "from setuptools.build_meta import build_editable; build_editable('editable')"
    code, output = run([sys.executable, "-c", editable], tree, REDRESS_COMPILE="1")
    assert code == 0, output
    assert list(tree.glob("editable/*.whl"))
    assert files(tree) == files(REPOSITORY)
