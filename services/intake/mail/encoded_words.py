"""From the bytes of a header to its text: encoded words (RFC 2047), raw 8-bit text, and both mixed."""

from __future__ import annotations

import binascii
import re

from services.intake.mail.charsets import Charsets, find_codec
from services.intake.mail.message import Faults

# RFC 2047 allows 75 characters, no space and no question mark in a word. Mailers put whole subjects into one, and a
# header that was cut ends within one.
# No possessive quantifiers around groups: before 3.11.5 Python matches some of them wrongly (its issue 106052).
_WORD = re.compile(
    r"=\?([A-Za-z0-9][\w.:()+-]{0,39})(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?([^?]*(?:\?(?!=)[^?]*)*)(\?=|$)", re.ASCII
)
_LONGEST_WORD = 4_000
"""Characters between the second and the last question mark; a longer one stays as it stands."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TWO_BITS_CLEAR = "AEIMQUYcgkosw048"
_NO_LETTERS = re.compile(r"[^A-Za-z0-9+/]")
_SPACES = re.compile(r"\s+")


def read_header(value: bytes, charsets: Charsets, faults: Faults) -> str:
    """The text of an unstructured header on one line, with single spaces."""
    return tidy(decode_words(decode_raw(value, charsets, faults), charsets, faults))


def decode_raw(value: bytes, charsets: Charsets, faults: Faults) -> str:
    """Bytes of a header as text, encoded words as they stand. UTF-8 is allowed there (RFC 6532)."""
    noted: Faults = set()
    text = charsets.decode(value, None, noted)
    try:
        value.decode()
    except UnicodeDecodeError:
        faults.update(noted)
    else:
        faults.update(noted - {"undeclared_charset"})
    return text


def decode_words(text: str, charsets: Charsets, faults: Faults) -> str:
    """``text`` with its encoded words decoded; white space between two of them is dropped.

    Words of one charset that follow each other are decoded as one, because mailers cut within a character.
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    run: list[tuple[str, str]] = []
    run_charset = ""
    position = 0
    for word in _WORD.finditer(text):
        if len(word[3]) > _LONGEST_WORD:
            continue
        between = text[position : word.start()]
        charset = word[1].lower()
        adjacent = bool(run) and not between.strip()
        if not adjacent or (find_codec(charset) or charset) != (find_codec(run_charset) or run_charset):
            pieces.append(_decode_run(run, run_charset, charsets, faults))
            pieces.append("" if adjacent else between)
            run, run_charset = [], charset
        run.append((word[2].upper(), word[3]))
        if not word[4]:
            faults.add("malformed_encoded_word")
        position = word.end()
    pieces.append(_decode_run(run, run_charset, charsets, faults))
    return "".join(pieces) + text[position:]


def is_one_word(text: str) -> bool:
    """Whether ``text`` is an encoded word as a whole."""
    return _WORD.fullmatch(text.strip()) is not None


def tidy(text: str) -> str:
    """``text`` on one line: control characters and runs of white space become one space."""
    return _SPACES.sub(" ", _CONTROLS.sub(" ", text)).strip()


def _decode_run(run: list[tuple[str, str]], charset: str, charsets: Charsets, faults: Faults) -> str:
    data: list[bytes] = []
    letters = ""
    for encoding, text in run:
        if encoding == "Q":
            data.append(_decode_base64(letters, faults))
            letters = ""
            data.append(binascii.a2b_qp(text.encode("utf-8", "replace"), header=True))
            continue
        letters += _NO_LETTERS.sub("", text)
        if not _is_cut(letters) or text.rstrip().endswith("="):
            data.append(_decode_base64(letters, faults))
            letters = ""
    data.append(_decode_base64(letters, faults))
    return charsets.decode(b"".join(data), charset, faults) if run else ""


def _is_cut(letters: str) -> bool:
    """Whether base64 ends within four letters: an end without padding leaves no bits over."""
    over = len(letters) % 4
    return over == 1 or (over > 1 and letters[-1] not in ("AQgw" if over == 2 else _TWO_BITS_CLEAR))


def _decode_base64(letters: str, faults: Faults) -> bytes:
    if len(letters) % 4 == 1:
        faults.add("malformed_encoded_word")
        letters = letters[:-1]
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
