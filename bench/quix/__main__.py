"""Becomes the Quix process: ``python -m bench.quix at-least-once|exactly-once``; its packages are installed first."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def main() -> None:
    python = environment(Path(sys.prefix) / "bench-quix")
    os.execv(python, [str(python), "-m", "bench.quix.app", *sys.argv[1:]])  # noqa: S606 - as this process


def environment(folder: Path) -> Path:
    """The Python of a virtual environment that has the requirements, made unless it is there already."""
    python, installed = folder / "bin" / "python", folder / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True, clear=True)
        install: list[str | Path] = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            REQUIREMENTS,
        ]
        subprocess.run([python, *install], check=True)
        installed.write_text(wanted, encoding="utf-8")
    return python


if __name__ == "__main__":
    main()
