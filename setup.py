"""With REDRESS_COMPILE=1 a wheel carries the modules of ``tool.redress.compiled`` as C, too: see ``make wheel``."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path

from setuptools import Extension, setup


def compiled() -> list[Extension]:
    """What mypyc makes of the modules. Ends the build where there is nothing to compile with."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC"))[0]
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not (shutil.which(compiler) and header.is_file()):
        sys.exit(f"compiling needs {compiler} and {header}: on Debian, install gcc and python3-dev")
    from mypyc.build import mypycify

    modules = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["redress"]["compiled"]
    paths = [f"{module.replace('.', '/')}.py" for module in modules]
    return mypycify(["--config-file=pyproject.toml", *paths], opt_level="3", group_name="redress")


# For no other command: an editable install would leave libraries in the source tree, where they outlive an edit.
compiling = os.environ.get("REDRESS_COMPILE") == "1" and "bdist_wheel" in sys.argv
setup(ext_modules=compiled() if compiling else [])
