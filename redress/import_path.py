"""From an import path as the registry holds it, ``module:attribute``, to what it names."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def imported(path: str) -> Any:
    """What ``module:attribute`` names. Raises ImportError or AttributeError where there is no such thing."""
    module, attribute = path.split(":")
    return getattr(import_module(module), attribute)
