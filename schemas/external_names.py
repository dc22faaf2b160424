"""From what a sender calls something to the one text that it is known by; pure.

A name from outside is compared by its value, never by how it was typed or encoded: by intake in a body, a path, a
header and a line of a bulk body alike, and by everybody who derives an id from one. Two texts that look the same and
differ would be two complaints.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from schemas.messages import Message

MOST_CHARACTERS = 200

_REFUSED = (
    r"\u0000-\u001F\u007F-\u009F\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B-\u200F"
    r"\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB\uFFFD"
)
_REFUSED_BEYOND_BMP = (
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
"""Unicode's control (Cc), format (Cf) and line-breaking (Zl, Zp) characters, as regular expressions list them.

Listed, not asked of ``unicodedata``: what one release of Python takes, another must not refuse. U+FFFD is among them:
it stands where somebody could not decode a character, and may stand for any.
"""

_FIND_REFUSED = re.compile(f"[{_REFUSED}{_REFUSED_BEYOND_BMP}]").search
_CONTROLS = {0: "NULL", 9: "TAB", 10: "LINE FEED", 13: "CARRIAGE RETURN", 127: "DELETE", 133: "NEXT LINE"}
"""Control characters that people meet; ``unicodedata`` has a name for none."""


def canonical_name(text: str) -> str:
    """``text`` in Unicode's Normalization Form C (UAX #15), of 1 to 200 characters.

    Raises ValueError where it is empty or longer, begins or ends with white space, or holds a control, format or
    line-breaking character; the message names that character and where it stands, and quotes nothing else.
    """
    plain = text.isascii() and text.isprintable()
    name = text if plain else unicodedata.normalize("NFC", text)
    if not 0 < len(name) <= MOST_CHARACTERS:
        raise ValueError(
            Message("a name has 1 to {most} characters, and here are {found}", most=MOST_CHARACTERS, found=len(name))
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

Its JSON Schema leaves out the characters beyond U+FFFF, which not every reader of patterns takes in a class.
"""


def _describe(text: str, position: int) -> dict[str, object]:
    code = ord(text[position])
    name = unicodedata.name(text[position], _CONTROLS.get(code, "a control character"))
    return {"code": f"U+{code:04X}", "character": name, "place": position + 1}
