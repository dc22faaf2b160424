"""Collected by test_wheel.py beside the tests of compiled code, in their process: so it is the wheel that they test."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", PROJECT["tool"]["redress"]["compiled"])
def test_a_module_that_is_to_be_compiled_comes_compiled_from_the_wheel(module: str) -> None:
    source = str(import_module(module).__file__)
    assert source.endswith(EXTENSION_SUFFIXES[0])
    assert source.startswith(os.environ["PYTHONPATH"].partition(os.pathsep)[0])


def test_the_processes_that_tests_start_find_the_wheel_first() -> None:
    module = PROJECT["tool"]["redress"]["compiled"][0]
    asked = [sys.executable, "-c", f"import {module}; print({module}.__file__)"]
    said = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    assert said == import_module(module).__file__
