"""When a row makes an event: conditions of a mapping file, a row and the one before it in, yes or no out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from redress.replay.cells import Cells, Column, Strict, Words, make_list


class Condition(Strict):
    """What must be true of a row: it is the complaint's ``first``, or a column becomes, leaves, changes or is so.

    Before a complaint's first row every column counts as missing. ``becomes``, ``leaves`` and ``is`` take one value
    or several; among several, going from one to another is neither becoming nor leaving. ``changes`` is from a value
    to another. ``is`` and ``present`` look at the row alone.
    """

    first: bool = False
    column: Column | None = None
    becomes: Words = frozenset()
    leaves: Words = frozenset()
    changes: bool = False
    holds: Words = Field(frozenset(), alias="is")
    present: bool = False

    @model_validator(mode="after")
    def _check_one_of(self) -> Condition:
        said = (self.first, self.becomes, self.leaves, self.changes, self.holds, self.present)
        if sum(map(bool, said)) != 1 or self.first == (self.column is not None):
            raise ValueError(
                "write `when: first`, or {column: ...} with one of `becomes: value`, `leaves: value`, "
                "`changes: true`, `is: value` and `present: true`"
            )
        return self

    def applies(self, before: Cells | None, row: Cells, missing: frozenset[str]) -> bool:
        """Whether the condition is true of ``row``, compared with the row ``before`` (None: ``row`` is the first)."""
        if self.column is None:
            return before is None
        old = before[self.column] if before else None
        new = row[self.column]
        if self.present:
            return new is not None
        if self.changes:
            return old is not None and new is not None and old != new
        watched = {None if word in missing else word for word in self.becomes or self.leaves or self.holds}
        if self.holds:
            return new in watched
        entered, left = new in watched and old not in watched, old in watched and new not in watched
        return entered if self.becomes else left


def _expand_first(said: object) -> object:
    return {"first": said == "first"} if isinstance(said, str) else said


def _list_conditions(said: object) -> object:
    return [_expand_first(one) for one in make_list(said)]


OneCondition = Literal["first"] | Condition
When = Annotated[
    tuple[Condition, ...],
    Field(min_length=1),
    BeforeValidator(_list_conditions, json_schema_input_type=OneCondition | list[OneCondition]),
]
"""One condition, or a list of which all must be true; ``first`` may stand alone."""

FIRST = (Condition(first=True),)
