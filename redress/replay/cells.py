"""What the parts of a mapping file share: how they name columns, and what cells are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from unicodedata import normalize

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.each_once import each_once

Cells = Mapping[str, str | None]
"""The columns of one row that the mapping reads, by name; None is a missing value."""


def read_cell(written: str) -> str:
    """A cell by its value, not by its spelling: without the spaces around it, in Unicode's composed form (NFC)."""
    return normalize("NFC", written.strip())


CellText = Annotated[str, AfterValidator(read_cell)]
"""What a cell is compared with is read as a cell is."""
Column = Annotated[CellText, Field(min_length=1)]


class Strict(BaseModel):
    """A part of the file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def make_list(value: Any) -> Any:
    """One value, where several may stand, as a list of one."""
    return value if isinstance(value, list) else [value]


Words = Annotated[
    frozenset[CellText], each_once("text"), BeforeValidator(make_list, json_schema_input_type=str | list[str])
]
