"""Where an event's field comes from: a source of a mapping file and a row in, the field's text out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from redress.replay.cells import Cells, CellText, Column, Strict
from schemas.each_once import each_once


class FieldSource(Strict):
    """Where a field's text comes from: a column of the row, or of the row ``before``, or ``{value: constant}``.

    ``values`` translates what a column holds; ``default`` is for what is missing or not listed.
    """

    column: Column | None = Field(None, alias="from")
    before: Column | None = None
    value: str | None = None
    values: Annotated[dict[CellText, str], each_once("value")] = Field(default_factory=dict)
    default: str | None = None

    @model_validator(mode="after")
    def _check_source(self) -> FieldSource:
        if sum(one is not None for one in (self.column, self.before, self.value)) != 1:
            raise ValueError("write a column's name, {before: column}, {value: ...}, or {from: column, values: {...}}")
        if self.value is not None and (self.values or self.default is not None):
            raise ValueError("values and default belong to a column; remove them beside value")
        return self

    @property
    def constants(self) -> Iterator[str]:
        """The texts that the mapping file itself holds."""
        yield from (text for text in (self.value, self.default, *self.values.values()) if text is not None)

    @property
    def columns(self) -> Iterator[str]:
        """The column that it reads, if it reads one."""
        yield from (column for column in (self.column, self.before) if column is not None)

    def read(self, row: Cells, before: Cells | None) -> str | None:
        """The field's text, None where it is missing. Raises ValueError for a value not listed.

        ``before`` is the complaint's row before ``row``, None for its first.
        """
        if self.column is not None:
            return self._translate(self.column, row[self.column])
        if self.before is not None:
            return self._translate(self.before, before[self.before] if before else None)
        return self.value

    def _translate(self, column: str, found: str | None) -> str | None:
        if found is None:
            return self.default
        if not self.values:
            return found
        known = self.values.get(found, self.default)
        if known is None:
            raise ValueError(f"column {column} has a value that `values` does not list")
        return known


def _expand_column(said: object) -> object:
    return {"from": said} if isinstance(said, str) else said


Source = Annotated[FieldSource, BeforeValidator(_expand_column, json_schema_input_type=str | FieldSource)]
"""A column's name may stand alone."""
