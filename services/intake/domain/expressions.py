"""From a JMESPath expression, as an operator writes it, to what it finds in a body that a stranger sent.

Beside the functions of JMESPath there is ``instant(seconds)``: seconds since 1970, a number or text, as RFC 3339.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from schemas.instants import rfc3339
from services.intake.domain.refusals import RequestRefused

MOST_CHARACTERS = 2_000
"""Of one expression: its work grows with its length times the body's."""


class _Functions(functions.Functions):
    @functions.signature({"types": ["string", "number", "null"]})
    def _func_instant(self, seconds: str | float | None) -> str | None:
        """What is no such number stays as it is, and is refused where an instant is asked for."""
        text = str(seconds)
        if not (text.isascii() and text.isdecimal() and len(text) <= 11):
            return None if seconds is None else text
        return rfc3339(datetime.fromtimestamp(int(text), UTC))


_OPTIONS = jmespath.Options(custom_functions=_Functions())


class Expression:
    """A JMESPath expression that can be searched for. Raises ValueError where ``text`` is none, or calls what is not.

    jmespath itself finds out about a function only when it is called, with somebody's message in hand.
    """

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"an expression has at most {MOST_CHARACTERS} characters; shorten it")
        try:
            self._compiled = jmespath.compile(text)
        except JMESPathError:
            raise ValueError("this is no JMESPath expression; see https://jmespath.org/specification.html") from None
        except RecursionError:
            raise ValueError("this expression stands too deep in itself; write it flatter") from None
        _check_calls(self._compiled.parsed)

    def find(self, value: Any) -> Any:
        """What it finds in ``value``; None where there is nothing. Raises RequestRefused.

        ``value`` is whatever a stranger sent, and functions have opinions of their arguments.
        """
        try:
            return self._compiled.search(value, options=_OPTIONS)
        except Exception as error:
            detail = "The mapping of this channel cannot be applied to what was sent"
            raise RequestRefused("unmapped", detail) from error


def is_true(found: Any) -> bool:
    """Whether JMESPath calls it true: not null, false, nor an empty text, list or object."""
    return bool(found) or (isinstance(found, int | float) and not isinstance(found, bool))


def _check_calls(tree: Mapping[str, Any]) -> None:
    """Raises ValueError for a call of an unknown function, or with a wrong number of arguments."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        waiting += node["children"]
        if node["type"] != "function_expression":
            continue
        known = _Functions.FUNCTION_TABLE.get(node["value"])
        if known is None:
            raise ValueError(f"there is no function {node['value']}(); correct its name")
        wanted, given = known["signature"], len(node["children"])
        variadic = bool(wanted) and wanted[-1].get("variadic", False)
        if given != len(wanted) and not (variadic and given > len(wanted)):
            raise ValueError(f"{node['value']}() takes {len(wanted)} arguments, and here are {given}")
