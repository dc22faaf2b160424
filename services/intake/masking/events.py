"""From an accepted event to the same event with its free text masked, and a count per kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from schemas.free_text import FREE_TEXT, PersonalDataKind
from services.intake.masking.checks import Checks
from services.intake.masking.masker import Masker

E = TypeVar("E", bound=BaseModel)


def _make_tree(paths: tuple[str, ...]) -> dict[str, Any]:
    """``a.b`` and ``a.c`` as ``{"a": {"b": {}, "c": {}}}``."""
    tree: dict[str, Any] = {}
    for path in paths:
        branch = tree
        for part in path.split("."):
            branch = branch.setdefault(part, {})
    return tree


_FREE_TEXT = _make_tree(FREE_TEXT)


def mask_event(event: E, masker: Masker) -> tuple[E, Counter[PersonalDataKind]]:
    """``event`` with its fields of ``FREE_TEXT`` masked, and what was masked in all of them together.

    Everything else is as it was, ids too, which are derived from no free text. Without anything to mask it is the same
    object.
    """
    checks = Checks()
    counts: Counter[PersonalDataKind] = Counter()

    def mask(text: str) -> str:
        masked = masker.mask(text, checks)
        counts.update(masked.counts)
        return masked.text

    return _changed(event, _FREE_TEXT, mask), counts


def _changed(value: Any, tree: dict[str, Any], mask: Callable[[str], str]) -> Any:
    """``value`` with every text at a leaf of ``tree`` masked; the same object where none changed."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, BaseModel):
        fields = {name: getattr(value, name, None) for name in tree}
        changes = _changes(fields, tree, mask)
        return value.model_copy(update=changes) if changes else value
    if isinstance(value, dict):
        return {**value, **changes} if (changes := _changes(value, tree, mask)) else value
    if isinstance(value, tuple):
        items = tuple(_changed(item, tree["*"], mask) for item in value)
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _changes(values: dict[str, Any], tree: dict[str, Any], mask: Callable[[str], str]) -> dict[str, Any]:
    everything = tree.get("*")
    changed = (
        (name, value, _changed(value, tree[name] if everything is None else everything, mask))
        for name, value in values.items()
        if value
    )
    return {name: new for name, old, new in changed if new is not old}
