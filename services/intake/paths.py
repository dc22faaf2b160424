"""From a request's path to its refusal where it is no text, before anything is looked up by it.

The server reads a path's escapes as well as it can: U+FFFD stands for what is not UTF-8, so that the path would name
somebody else's complaint.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor

from schemas.messages import Message
from services.intake.domain.refusals import RequestRefused

_FIND_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})").search


class Reference(Convertor[str]):
    """Any text in a path, slashes and line breaks included: ``{name:reference}`` in a route.

    Starlette's own ``path`` stops at a line break, so that what is wrong with it could not be said.
    """

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """The text as it is."""
        return value

    def to_string(self, value: str) -> str:
        """The text as it is."""
        return value


register_url_convertor("reference", Reference())


def check_path(raw: bytes) -> None:
    """Raises RequestRefused unless ``raw``, a path as it was sent, is UTF-8 escaped as in RFC 3986, section 2.1."""
    if broken := _FIND_BROKEN_ESCAPE(raw):
        at = broken.start() + 1
        raise RequestRefused(
            "malformed_path", Message("At byte {at}, % is not followed by two hexadecimal digits: write %25", at=at)
        )
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise RequestRefused("malformed_path", "Its escapes are not UTF-8: encode the text as UTF-8 first") from None
    if text.endswith("\n"):  # Where a route ends, Starlette's pattern would take that for the end.
        raise RequestRefused("not_found", "There is nothing at this path; see /openapi.json")
