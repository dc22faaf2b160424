"""From bytes to text: the declared charset, else UTF-8, else what the mail's other parts suggest, else a guess.

Charsets are those of a closed table. Python's own look-up would also take codecs that are no charsets, or that need
quadratic time, and it remembers every unknown name for ever.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases

import chardet

from services.intake.mail.message import Fault, Faults

MOST_GUESSES = 3
GUESSED_FROM = 8_192
"""Bytes that a guess looks at; it takes 2 ms."""

READ_AS = {
    # The superset that mailers mean by the name (https://encoding.spec.whatwg.org/#names-and-labels).
    "latin_1": ("cp1252", "latin_1"),
    "iso8859_9": ("cp1254",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "big5": ("big5hkscs", "cp950"),
    "cp950": ("cp950", "big5hkscs"),
    "shift_jis": ("cp932",),
    "euc_kr": ("cp949",),
    "tis_620": ("cp874",),
    "iso2022_jp": ("iso2022_jp_ext",),
}
SINGLE_BYTE = frozenset(
    {f"iso8859_{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)}
    | {f"cp{page}" for page in (437, 850, 852, 855, 866, 874, *range(1250, 1259))}
    | {"latin_1", "koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "tis_620"}
)
EIGHT_BIT = frozenset(
    {"gb2312", "gbk", "gb18030", "big5", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949"}
)
_ESCAPED = frozenset({"hz", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr", "utf_7"})
_WIDE = frozenset({"utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"})
_CODECS = SINGLE_BYTE | EIGHT_BIT | _ESCAPED | _WIDE | {"utf_8"}
_ALIASES = {
    "binary": "ascii",
    "cn_gb": "gb2312",
    "cp_936": "gbk",
    "default": "ascii",
    "gb_2312": "gb2312",
    "gb_2312_80": "gb2312",
    "ks_c_5601": "euc_kr",
    "unicode_1_1_utf_8": "utf_8",
    "unknown": "ascii",
    "unknown_8bit": "ascii",
    "utf8mb4": "utf_8",
    "x_big5": "big5",
    "x_cp1252": "cp1252",
    "x_euc_jp": "euc_jp",
    "x_gbk": "gbk",
    "x_mac_roman": "mac_roman",
    "x_sjis": "shift_jis",
    "x_unknown": "ascii",
    "x_windows_949": "cp949",
    "x_windows_950": "cp950",
}

_REMOVED = re.compile("[\x00\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def find_codec(charset: str) -> str | None:
    """Python's codec for a charset's name; ``ascii`` for names that say nothing, None for one that is not known."""
    name = re.split(r"[(;$]", charset[:60])[0].strip(" \t\"'")
    name = re.sub(r"[\s\-]+", "_", name).lower()
    name = _ALIASES.get(name, name)
    codec = aliases.get(name, name)
    return codec if codec in _CODECS or codec == "ascii" else None


class Charsets:
    """The charsets of one mail. ``hints`` are the codecs that its headers, parts or sender suggest, the best first."""

    def __init__(self, hints: tuple[str, ...] = ()) -> None:
        self.hints = hints
        self._guesses = MOST_GUESSES

    def decode(self, data: bytes, charset: str | None, faults: Faults) -> str:
        """``data`` as text; what cannot be read becomes U+FFFD, and NUL is removed."""
        codec = find_codec(charset) if charset else "ascii"
        fault: Fault = "unknown_charset" if codec is None else "undeclared_charset"
        if codec is None:
            faults.add(fault)
        elif codec != "ascii":
            fault = "wrong_charset"
        elif data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            codec = "utf_16"
        text = self._read(data, codec or "ascii", fault, faults)
        if "\x00" in text:
            faults.add("nul_removed")
        return _SURROGATES.sub("\ufffd", _REMOVED.sub("", text))

    def _read(self, data: bytes, codec: str, fault: Fault, faults: Faults) -> str:
        if data.isascii() and codec not in _ESCAPED and (codec not in _WIDE or b"\0" not in data):
            return data.decode("ascii")
        codecs = READ_AS.get(codec, (codec,))
        text = _decode_strictly(data, *codecs)
        if text is not None and not (codec in SINGLE_BYTE | EIGHT_BIT and _is_rather_utf8(data, codec)):
            return text
        utf8 = _decode_strictly(data, "utf_8")
        if utf8 is not None:
            faults.add(fault)
            return utf8
        text = data.decode("utf_8" if codec == "ascii" else codecs[0], "replace")
        if _is_mostly_read(text):
            faults.update({"text_lost"} if codec != "ascii" else {"text_lost", fault})
            return text
        faults.add(fault)
        text = _decode_strictly(data, *self.hints) or data.decode(self._guess(data), "replace")
        if "\ufffd" in text:
            faults.add("text_lost")
        return text

    def _guess(self, data: bytes) -> str:
        if self._guesses == 0:
            return "cp1252"
        self._guesses -= 1
        found = chardet.detect(data[:GUESSED_FROM], encoding_era=chardet.EncodingEra.MODERN_WEB)["encoding"]
        codec = find_codec(found or "") or "ascii"
        return READ_AS.get(codec, (codec,))[0] if codec != "ascii" else "cp1252"


def _decode_strictly(data: bytes, *codecs: str) -> str | None:
    for codec in codecs:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def _is_rather_utf8(data: bytes, codec: str) -> bool:
    """Whether the bytes are UTF-8 in spite of what was declared.

    Hardly any text of another charset is well-formed UTF-8 by chance; two characters of GB 2312 may be, so that for
    charsets of two bytes three long sequences are asked for.
    """
    text = _decode_strictly(data, "utf_8")
    if text is None:
        return False
    return codec in SINGLE_BYTE or sum(character >= "\u0800" for character in text[:2_000]) >= 3


def _is_mostly_read(text: str) -> bool:
    """Whether few characters were lost; one at the end is where the text was cut."""
    foreign = sum(character > "\x7f" for character in text) - text.count("\ufffd")
    return foreign > 0 and text[:-2].count("\ufffd") * 4 <= foreign
