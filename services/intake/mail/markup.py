"""From HTML to the text that a reader sees: lines as they are laid out, quotes with ``>`` before each line.

libxml2 reports tags one by one, so that no tree is built: 20,000 nested tags cost no more than 20,000 others. html-text
would put a space between inline elements, which tears Chinese words apart, and gives nothing for 300 nested tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

MOST_QUOTE_MARKS = 5

_UNSEEN = frozenset({"title", "style", "script", "template"})
_HIDING_STYLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote", "table"})
_BLOCKS = _PARAGRAPHS | {
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dt", "fieldset", "figure",
    "footer", "form", "header", "hr", "legend", "li", "main", "nav", "section", "summary", "tbody", "thead", "tr",
}  # fmt: skip
_SPACES = re.compile(r"[\s\xa0]+")


def read_markup(html: str, most: int) -> str:
    """The text of ``html``, of about ``most`` characters at most."""
    parser = etree.HTMLParser(target=_Writer(most), encoding="utf-8")
    try:
        text: str = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # there is nothing in it
        return ""
    return text


class _Writer:
    """Takes libxml2's events, and makes lines of them."""

    def __init__(self, most: int) -> None:
        self._room = most
        self._lines: list[str] = []
        self._line: list[str] = []
        self._unseen = 0
        self._quotes = 0
        self._preformatted = 0
        self._gap: int | None = None  # depth of the blank line that is due

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A tag opens."""
        is_hidden = "hidden" in attributes or _HIDING_STYLE.search(attributes.get("style", ""))
        if self._unseen or tag in _UNSEEN or is_hidden:
            self._unseen += 1
            return
        if tag in _BLOCKS:
            self._end_block(paragraph=tag in _PARAGRAPHS)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "br":
            self._end_line()

    def end(self, tag: str) -> None:
        """A tag closes."""
        if self._unseen:
            self._unseen -= 1
            return
        if tag in _BLOCKS:
            self._end_block(paragraph=tag in _PARAGRAPHS)
        elif tag in {"td", "th"}:
            self._line.append(" ")
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._unseen or self._room <= 0:
            return
        self._room -= len(text)
        if not self._preformatted:
            self._line.append(_SPACES.sub(" ", text))
            return
        first, *others = text.split("\n")
        self._line.append(first)
        for line in others:
            self._end_line()
            self._line.append(line)

    def close(self) -> str:
        """The document ends: its text."""
        self._end_block(paragraph=False)
        return "\n".join(self._lines)

    def _end_block(self, *, paragraph: bool) -> None:
        if any(not piece.isspace() for piece in self._line):
            self._end_line()
        self._line.clear()
        if paragraph:
            self._gap = self._quotes if self._gap is None else min(self._gap, self._quotes)

    def _end_line(self) -> None:
        text = "".join(self._line).rstrip()
        if not self._preformatted:
            text = _SPACES.sub(" ", text).strip()
        marks = ">" * min(self._quotes, MOST_QUOTE_MARKS)
        if text:
            if self._gap is not None and self._lines and self._lines[-1].strip("> "):
                self._write(">" * min(self._gap, self._quotes, MOST_QUOTE_MARKS))
            self._gap = None
        self._write(f"{marks} {text}" if marks and text else marks or text)
        self._line.clear()

    def _write(self, line: str) -> None:
        if self._room > 0:
            self._room -= 1
            self._lines.append(line)
