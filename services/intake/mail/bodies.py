"""From the parts of a mail to its text, as its sender meant it to be read."""

from __future__ import annotations

import re

from services.intake.mail.charsets import Charsets
from services.intake.mail.flowed import join_flowed
from services.intake.mail.markup import read_markup
from services.intake.mail.message import Faults
from services.intake.mail.parts import Part
from services.intake.mail.transfer import decode_body

LONGEST_TEXT = 100_000
"""Characters of a text in an event (schemas.primitives.Text)."""

MOST_BYTES = 1_048_576
"""Bytes of text parts that are read, as they were sent, over the whole mail."""

MOST_HTML = 262_144
"""Characters of HTML that are read over the whole mail. libxml2 looks through all open tags for each closing one, so
that half of them opened and the other half closed at random take one second."""

_IS_HTML = re.compile(r"\s{0,100}<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_-]{2,30})", re.IGNORECASE)
_ENCRYPTED = frozenset({"application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})


def is_body(part: Part) -> bool:
    """Whether a part holds text to be read: such a one is no attachment."""
    return _is_text(part) and not part.name


def _is_text(part: Part) -> bool:
    return part.media_type in {"text/plain", "text/html"} and part.disposition != "attachment"


class BodyReader:
    """Reads the text of one mail, within its bounds."""

    def __init__(self, data: bytes, charsets: Charsets, faults: Faults) -> None:
        self._data = data
        self._charsets = charsets
        self._faults = faults
        self._left = MOST_BYTES
        self._html_left = MOST_HTML

    def read(self, root: Part) -> str:
        """The text of the mail with that root part."""
        text = self._read_part(root)
        if not text:  # a text that is named as a file, but is not said to be attached
            named = next((part for part in root.walk() if _is_text(part)), None)
            text = self._read_leaf(named) if named else ""
        if not text:
            encrypted = any(part.media_type in _ENCRYPTED for part in root.walk())
            self._faults.add("encrypted" if encrypted else "no_text")
        if len(text) > LONGEST_TEXT:
            self._faults.add("text_cut")
        return text[:LONGEST_TEXT].rstrip()

    def _read_part(self, part: Part) -> str:
        if is_body(part):
            return self._read_leaf(part)
        if part.media_type == "multipart/alternative":
            # The plain form first: it is what the sender typed, where the last and richest is how it was laid out.
            by_preference = sorted(part.children, key=lambda child: child.media_type != "text/plain")
            return next((text for child in by_preference if (text := self._read_part(child))), "")
        return "\n\n".join(text for child in part.children if (text := self._read_part(child)))

    def _read_leaf(self, part: Part) -> str:
        size = part.end - part.start
        if size > self._left:
            self._faults.add("text_cut")
        sent = self._data[part.start : part.start + min(size, self._left)]
        self._left -= len(sent)
        decoded = decode_body(sent, part.head.token("content-transfer-encoding"), self._faults)
        charset = part.parameters.get("charset")
        if not charset and part.media_type == "text/html" and (meta := _META_CHARSET.search(decoded, 0, 2_048)):
            charset = meta[1].decode("ascii")
        text = self._charsets.decode(decoded, charset, self._faults)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if part.media_type == "text/html" or _IS_HTML.match(text):
            if len(text) > self._html_left:
                self._faults.add("text_cut")
            html = text[: self._html_left]
            self._html_left -= len(html)
            text = read_markup(html, LONGEST_TEXT + 1)
        elif part.parameters.get("format", "").lower() == "flowed":
            text = join_flowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
