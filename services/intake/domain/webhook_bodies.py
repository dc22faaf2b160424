"""From a webhook's body to the plain value that a mapping reads: text, numbers, lists and objects with names.

Each reader's time grows with the length of the body, and none follows a reference that the body makes.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import parse_qsl
from xml.parsers import expat  # a document type, and with it every entity, is refused below

from schemas.messages import Message
from services.intake.domain.refusals import RequestRefused
from services.intake.domain.request_models import ANYTHING, parse_body

BodyKind = Literal["json", "form", "xml"]

MOST_FIELDS = 1_000
"""Of a form."""

DEEPEST = 20
"""Elements of XML in each other. The JSON parser has a bound of its own, at 200."""


def read_body(kind: BodyKind, body: bytes) -> Any:
    """A form is an object, and so is XML: of what its root element holds. Raises RequestRefused.

    Of a name that stands several times in a form or an element, the values are a list.
    """
    if kind == "json":
        return parse_body(ANYTHING, body)
    if kind == "form":
        fields: dict[str, Any] = {}
        for name, value in read_pairs(body):
            _add(fields, name, value)
        return fields
    return _XmlReader().read(body)


def read_pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, application/x-www-form-urlencoded in UTF-8, as they stand. Raises RequestRefused."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one.
        detail = Message("This is no form of at most {most} fields in UTF-8", most=MOST_FIELDS)
        raise RequestRefused("malformed_form", detail) from None


class _XmlReader:
    """An element without elements in it is its text; attributes and namespaces are let pass."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._root: Any = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._add_text

    def read(self, body: bytes) -> Any:
        try:
            self._parser.Parse(body, True)  # noqa: FBT003
        except (expat.ExpatError, LookupError, ValueError):  # The latter two where Python lacks its encoding.
            raise RequestRefused("malformed_xml", "This is no well-formed XML") from None
        return self._root

    def _refuse_document_type(self, *_: object) -> None:
        raise RequestRefused("malformed_xml", "A document type stands in it, and it may declare entities: send none")

    def _start(self, name: str, _: object) -> None:
        if len(self._open) == DEEPEST:
            raise RequestRefused(
                "malformed_xml", Message("More than {most} elements stand in each other", most=DEEPEST)
            )
        self._open.append((name, {}, []))

    def _add_text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _end(self, _: str) -> None:
        name, inner, texts = self._open.pop()
        value = inner or "".join(texts)
        if self._open:
            _add(self._open[-1][1], name, value)
        else:
            self._root = value


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    """Another value of a name. No value is a list itself, so a list says that there were several."""
    known = fields.get(name)
    if known is None:
        fields[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        fields[name] = [known, value]
