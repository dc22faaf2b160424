"""The wheel for production, for processes of the bench that are to run from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.plan import console

ROOT = Path(__file__).parent.parent


def installed_wheel(folder: Path) -> Path:
    """``folder``, with the packages of the wheel that ``make wheel`` builds with the environment that runs this."""
    console.print("building the wheel")
    make = ["make", "--old-file=.venv/ready", f"BIN={Path(sys.executable).parent}", "wheel"]
    subprocess.run(make, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    [wheel] = (ROOT / "build" / "wheel").iterdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*pip, str(folder), str(wheel)], check=True)
    return folder


def module_path(*folders: Path) -> dict[str, str]:
    """The environment of a Python process that finds its modules in ``folders``, in this order, and then here."""
    return {"PYTHONPATH": os.pathsep.join(map(str, (*folders, ROOT))), "PYTHONSAFEPATH": "1"}
