"""From the subtags that are taken to a regular expression of the tags, in whatever case, for JSON Schema; pure.

A pattern of well-formed tags would take ``xx``, which the door refuses. So the registry itself is in the pattern: with
letters that go on in the same ways in one class it has some 20 KB.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import groupby

from services.languages.subtags import extended_languages, read_subtags

_BETWEEN = "[-_]"
_EXTENSION = f"({_BETWEEN}[0-9A-WYZa-wyz]({_BETWEEN}[0-9A-Za-z]{{2,8}})+)?"
_PRIVATE = f"[Xx]({_BETWEEN}[0-9A-Za-z]{{1,8}})+"


@cache
def language_pattern() -> str:
    """Takes what ``canonical_language`` takes, but for tags with several variants or several extensions.

    That none stands twice in a tag is more than a regular expression of this size can say.
    """
    subtags = read_subtags()
    extended = defaultdict(set)
    for extlang, language in extended_languages().items():
        extended[language].add(extlang)
    languages = [
        *(_match([language]) + _BETWEEN + _match(extlangs) for language, extlangs in sorted(extended.items())),
        _match(subtags.languages),
    ]
    parts = "".join(f"({_BETWEEN}{_match(some)})?" for some in (subtags.scripts, subtags.regions, subtags.variants))
    tag = f"({'|'.join(languages)}){parts}{_EXTENSION}({_BETWEEN}{_PRIVATE})?"
    return f"^({_match(subtags.whole_tags)}|{_PRIVATE}|{tag})$"


def _match(words: Iterable[str]) -> str:
    """A pattern of exactly these words, in lower, upper or mixed case; a hyphen may be an underscore."""
    rests: defaultdict[str, set[str]] = defaultdict(set)
    for word in words:
        if word:
            rests[word[0]].add(word[1:])
    letters: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for letter, rest in sorted(rests.items()):
        letters[frozenset(rest)].append(letter)
    ways = [_match_one(some) + _match(rest) for rest, some in letters.items()]
    if len(ways) == 1 and "" not in words:
        return ways[0]
    return f"({'|'.join(ways)}){'?' if '' in words else ''}" if ways else ""


def _match_one(characters: Iterable[str]) -> str:
    """A class of these characters; letters in both cases."""
    both = sorted({form for one in characters for form in (one.lower(), one.upper(), *("_" if one == "-" else ""))})
    if len(both) == 1:
        return str(both[0])
    runs = groupby(enumerate(both), key=lambda place: ord(place[1]) - place[0])
    return f"[{''.join(_span([one for _, one in run]) for _, run in runs)}]"


def _span(run: list[str]) -> str:
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else "".join(run)
