"""The folder of the files that people write: REDRESS_CONFIG, or what is shipped."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).parent / "default"
PACKS = Path(__file__).parent / "packs"
"""Policies and calendars that put a regulator's rules into clocks, a folder each."""


def config_folder(configured: Path | None) -> Path:
    """``configured`` is the setting ``config``; without one, the shipped folder."""
    return configured or SHIPPED


def find_yaml_files(folder: Path) -> list[Path]:
    """Its ``*.yaml`` by name, without the hidden ones that editors and systems leave (``._x.yaml``, ``.#x.yaml``)."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))
