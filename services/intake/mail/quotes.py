"""From the text of a mail to what its sender wrote newly: quoted text is cut, line by line.

Each line is looked at a bounded number of times, and only its beginning. Not mail-parser-reply: its expressions hang on
long lines, and it knows neither Gmail's nor Apple's nor NetEase's Chinese.
"""

from __future__ import annotations

import re

from services.intake.mail.quote_words import (
    ATTRIBUTION_STARTS,
    FORWARDS,
    LABELS,
    NAME_STANDS_ABOVE,
    ORIGINALS,
    VERBS,
    VERBS_BEFORE_NAME,
)

LONGEST_LINE = 500
"""Characters of a line that are looked at."""

LINES_OF_ATTRIBUTION = 4
LINES_OF_HEADER = 10

_RULE = "-_=*~—–─ "
_MARKS = re.compile(r"[>\s]+")
_TIME = re.compile(r"\d{1,2}[:：.]\d{2}")
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")
_ENDS_BY_ADDRESS = re.compile(r"@[^<>@\s]{1,200}>\s{0,5}[:：]$")


def cut_quotes(text: str, *, answers: bool) -> str:
    """``text`` without what it quotes; empty where nothing else is in it.

    ``answers``: the mail is an answer, so that lines that begin with ``>`` are quotes even if nothing introduces them.
    What is forwarded is kept.
    """
    lines = text.split("\n")
    heads = [line[:LONGEST_LINE].strip() for line in lines]
    kept: list[str] = []
    position = 0
    while position < len(lines):
        if _label_between_rules(heads[position]) in FORWARDS:
            kept += lines[position:]
            break
        if _label_between_rules(heads[position]) in ORIGINALS or _begins_header_block(heads, position):
            break
        after = _after_attribution(heads, position)
        if after and _next_is_quoted(heads, after):
            answers, position = True, after
            continue
        if after and not heads[position].startswith(">"):
            break
        if not answers or not (_is_quoted(heads, position) or _introduces_quote(heads, position)):
            kept.append(_without_escape(lines, heads, position))
        position += 1
    if position < len(lines):
        while kept and not kept[-1].strip(_RULE):
            kept.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def _label_between_rules(head: str) -> str:
    """The text between two rules, as in ``-----Original Message-----``; also that of Apple's "forwarded" line."""
    inner = head.strip(_RULE)
    left, right = len(head) - len(head.lstrip(_RULE)), len(head) - len(head.rstrip(_RULE))
    label = inner.strip(" :：").casefold() if len(inner) < 60 else ""
    return label if min(left, right) >= 2 or (head.endswith((":", "：")) and label in FORWARDS) else ""


def _begins_header_block(heads: list[str], position: int) -> bool:
    """Whether a quoted header begins: its sender, then its subject and a date or a recipient soon after."""
    if _label(heads[position]) != "from":
        return False
    found = {_label(head) for head in heads[position + 1 : position + LINES_OF_HEADER]}
    return "subject" in found and not found.isdisjoint({"date", "to"})


def _label(head: str) -> str | None:
    before, colon, _ = head[:40].replace("：", ":").partition(":")
    return LABELS.get("".join(before.strip(" *|_\t").split()).casefold()) if colon else None


def _after_attribution(heads: list[str], start: int) -> int | None:
    """The line behind an "On Monday X wrote:" that begins at ``start``, which programs break into several lines."""
    for end in range(start, min(start + LINES_OF_ATTRIBUTION, len(heads))):
        if not heads[end]:
            return None
        if heads[end].endswith((":", "：")):
            if not _ends_like_attribution(heads[end]):
                return None
            starts = range(end, max(-1, end - LINES_OF_ATTRIBUTION), -1)
            latest = next((line for line in starts if _is_attribution(heads, line, end)), None)
            return end + 1 if latest == start else None
    return None


def _is_attribution(heads: list[str], start: int, end: int) -> bool:
    lines = heads[start : end + 1]
    text = " ".join(_MARKS.sub("", line, count=1) if line[:1] == ">" else line for line in lines)
    if not _ends_like_attribution(text):
        return False
    if not _TIME.search(text) and not ("@" in text and _ends_with_verb(text)):
        return False
    above = heads[start - 1] if start else ""
    if above and (text.startswith(NAME_STANDS_ABOVE) or above.endswith(NAME_STANDS_ABOVE)):
        return False
    return text.casefold().startswith(ATTRIBUTION_STARTS) or _YEAR.search(text) is not None


def _ends_like_attribution(head: str) -> bool:
    """Whether a line that ends with a colon ends as an attribution does: by the verb, the name or the address."""
    words = head.rstrip(" :：").casefold()
    return (
        words.endswith(VERBS)
        or _ENDS_BY_ADDRESS.search(head) is not None
        or any(f" {verb} " in words for verb in VERBS_BEFORE_NAME)
    )


def _ends_with_verb(head: str) -> bool:
    return head.endswith((":", "：")) and head.rstrip(" :：").casefold().endswith(VERBS)


def _next_is_quoted(heads: list[str], position: int) -> bool:
    following = next((head for head in heads[position : position + LINES_OF_ATTRIBUTION] if head), "")
    return following.startswith(">")


def _is_quoted(heads: list[str], position: int) -> bool:
    return heads[position].startswith(">") and not _is_escaped(heads, position)


def _introduces_quote(heads: list[str], position: int) -> bool:
    """Whether it is a plain "X wrote:" above quoted lines."""
    return _ends_with_verb(heads[position]) and _next_is_quoted(heads, position + 1)


def _is_escaped(heads: list[str], position: int) -> bool:
    """Whether it is no quote, but a line that begins with "From " and was escaped on its way (mbox)."""
    around = heads[max(0, position - 1) : position] + heads[position + 1 : position + 2]
    return heads[position].startswith(">From ") and not any(head.startswith(">") for head in around)


def _without_escape(lines: list[str], heads: list[str], position: int) -> str:
    return lines[position].replace(">", "", 1) if _is_escaped(heads, position) else lines[position]
