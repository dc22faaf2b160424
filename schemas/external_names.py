"""From what a sender calls something to the one text that it is known by; pure.

A name from outside is compared by its value, never by how it was typed or encoded: by intake in a body, a path, a
header and a line of a bulk body alike, and by everybody who derives an id from one. Two texts that look the same and
differ would be two complaints.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from schemas.messages import Message

MOST_CHARACTERS = 200

_REFUSED = (
    r"\u0000-\u001F\u007F-\u009F\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B-\u200F"
    r"\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB\uFFFD"
)
_REFUSED_CODES_BEYOND_BMP = (
    *(0x110BD, 0x110CD),
    *range(0x13430, 0x13440),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *(0xE0001, *range(0xE0020, 0xE0080)),
)
_REFUSED_BEYOND_BMP = "".join(map(chr, _REFUSED_CODES_BEYOND_BMP))
"""Unicode's control (Cc), format (Cf) and line-breaking (Zl, Zp) characters, as regular expressions list them.

Listed, not asked of ``unicodedata``: what one release of Python takes, another must not refuse. U+FFFD is among them:
it stands where somebody could not decode a character, and may stand for any.
"""

_SPACES = r" \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000"
"""White space that is not refused everywhere: listed too, because ``\\s`` is another set in each language."""

_FIND_REFUSED = re.compile(f"[{_REFUSED}{_REFUSED_BEYOND_BMP}]").search
_CONTROLS = {0: "NULL", 9: "TAB", 10: "LINE FEED", 13: "CARRIAGE RETURN", 127: "DELETE", 133: "NEXT LINE"}
"""Control characters that people meet; ``unicodedata`` has a name for none."""


def canonical_name(text: str) -> str:
    """``text`` in Unicode's Normalization Form C (UAX #15), of 1 to 200 characters, as it was written as well.

    Raises ValueError where it is empty or longer, begins or ends with white space, or holds a control, format or
    line-breaking character; the message names that character and where it stands, and quotes nothing else.
    """
    plain = text.isascii() and text.isprintable()
    name = text if plain else unicodedata.normalize("NFC", text)
    characters = max(len(text), len(name))
    if not 0 < characters <= MOST_CHARACTERS:
        raise ValueError(
            Message("a name has 1 to {most} characters, and here are {found}", most=MOST_CHARACTERS, found=characters)
        )
    if not plain and (found := _FIND_REFUSED(text)):
        raise ValueError(
            Message(
                "{code} ({character}) at character {place} is not allowed in a name: remove it",
                **_describe(text, found.start()),
            )
        )
    for position in (0, -1):
        if text[position].isspace():
            at = position % len(text)
            raise ValueError(
                Message(
                    "{code} ({character}) at character {place} is not allowed around a name: remove it",
                    **_describe(text, at),
                )
            )
    return name


ExternalName = Annotated[
    str,
    AfterValidator(canonical_name),
    Field(
        json_schema_extra={
            "minLength": 1,
            "maxLength": MOST_CHARACTERS,
            "pattern": rf"^[^{_REFUSED}]*$",
            "allOf": [{"pattern": r"^\S(.*\S)?$"}],
        }
    ),
]
"""A name that comes from outside, such as a reference, a key, an agent's or a customer's id, a tag.

Its JSON Schema is for the editors of people who write files. NAME_SCHEMA is the exact one.
"""

NAME_SCHEMA: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MOST_CHARACTERS,
    "pattern": rf"^[^{_REFUSED}{_SPACES}]([^{_REFUSED}]*[^{_REFUSED}{_SPACES}])?$",
    "not": {"pattern": "|".join(_REFUSED_BEYOND_BMP)},
}
"""What ``canonical_name`` takes, but for names that only Normalization Form C makes longer than 200 characters.

Characters beyond U+FFFF stand in no class of its patterns: where text is UTF-16 and the pattern's reader has not been
told so, as in .NET, each would be two characters there.
"""


def _describe(text: str, position: int) -> dict[str, object]:
    code = ord(text[position])
    name = unicodedata.name(text[position], _CONTROLS.get(code, "a control character"))
    return {"code": f"U+{code:04X}", "character": name, "place": position + 1}
