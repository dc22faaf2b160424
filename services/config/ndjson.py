"""Lines of JSON as files hold them in, numbered from 1; without a byte order mark and blank lines, out."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator

from services.config.yaml_files import ConfigError


def numbered_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line that says something, with its number. Raises ConfigError for UTF-16, as some shells write it."""
    for number, line in enumerate(lines, 1):
        if number == 1 and line.startswith((BOM_UTF16_BE, BOM_UTF16_LE)):
            raise ConfigError("line 1: this is UTF-16; save the events as UTF-8")
        text = line.removeprefix(BOM_UTF8) if number == 1 else line
        if text.strip():
            yield number, text
