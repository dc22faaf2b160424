"""Texts for people that can be said in another language: a template and its values, English as they stand."""

from __future__ import annotations

from typing import Self


class Message(str):
    """``template`` with ``values`` filled in. As a text it is English; who translates looks the template up."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """Raises KeyError where the template names a value that is not there."""
        message = super().__new__(cls, template.format(**values))
        message.template = template
        message.values = values
        return message
