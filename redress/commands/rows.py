"""Rows for people as a table, or for programs as NDJSON, on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 1_000
"""A table takes what it needs of this: a row too long for the terminal goes on in its next line, uncut."""

PARTITION = click.IntRange(min=0, max=999)
OFFSET = click.IntRange(min=0, max=2**53 - 1)
"""What events can hold; no log is so long."""

as_json = click.option("--json", "as_json", is_flag=True, help="NDJSON for programs instead of a table.")


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print rows that have the same fields; without any, a table is not even begun."""
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    elif rows:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in rows[0]:
            are_numbers = all(type(row[name]) in (int, type(None)) for row in rows)
            table.add_column(name.replace("_", " "), justify="right" if are_numbers else "left")
        for row in rows:
            table.add_row(*(Text(_cell(value)) for value in row.values()))
        Console(width=WIDTH).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
