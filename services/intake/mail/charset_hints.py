"""From the bytes of a mail to the charsets in which it may be written where it does not say so.

Bytes of GB 18030 pass for many other charsets, and no statistics tell eight of them apart. A mail that names a Chinese
charset anywhere, or comes from a Chinese provider, is read as that before anything is guessed.
"""

from __future__ import annotations

import re

from services.intake.mail.charsets import EIGHT_BIT, READ_AS, SINGLE_BYTE, find_codec

LOOKED_AT = 65_536
"""Bytes from the beginning of the mail in which charsets are looked for."""

_NAMED = re.compile(rb"=\?([\w.-]{2,30})\?[bq]\?|charset\s*=\s*[\"']?([\w.-]{2,30})", re.IGNORECASE)
_SIMPLIFIED = re.compile(
    rb"[@.](?:qq|foxmail|163|126|yeah|sina|sohu|aliyun|139|189|tom|21cn)\.(?:com|net)\b|@[\w.-]{1,100}\.cn\b"
    rb"|^x-mailer:[^\n]{0,40}(?:foxmail|coremail)|^content-language:[ \t]*zh(?:-cn|-hans|-sg|\s)",
    re.IGNORECASE | re.MULTILINE,
)
_TRADITIONAL = re.compile(
    rb"@[\w.-]{1,100}\.(?:tw|hk|mo)\b|^content-language:[ \t]*zh-(?:tw|hk|mo|hant)", re.IGNORECASE | re.MULTILINE
)


def find_hints(data: bytes) -> tuple[str, ...]:
    """Codecs to try, the most likely first: those that are named, charsets of two bytes first, then by the sender."""
    start = data[:LOOKED_AT]
    named = [find_codec((found[1] or found[2]).decode("ascii", "replace")) for found in _NAMED.finditer(start)]
    codecs = [codec for codec in named if codec in EIGHT_BIT]
    if _TRADITIONAL.search(start):
        codecs.append("big5")
    if _SIMPLIFIED.search(start):
        codecs.append("gb18030")
    codecs += [codec for codec in named if codec in SINGLE_BYTE]
    return tuple(dict.fromkeys(codec for named in codecs for codec in READ_AS.get(named, (named,))))
