"""Where numbers of Chinese resident identity cards stand in a reading (GB 11643-1999: 18 characters).

The province, the date of birth and the check character decide, all but the first by ``stdnum``. Its ``is_valid`` also
asks whether the county existed when the person was born. It would pass by whoever is older than the county: numbers
were first given in the 1980s, by the county of that time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from services.intake.masking.checks import Checks
from services.intake.masking.digit_blocks import begins_apart, ends_apart, label_pattern
from services.intake.masking.reading import Span

_PROVINCE = ("(?:1{s}[1-5]|2{s}[1-3]|3{s}[1-7]|4{s}[1-6]|5{s}[0-4]|6{s}[1-5]|7{s}1|8{s}[1-3]|9{s}[0-9])",)
"""GB/T 2260; 81 to 83 are residence permits of people from Hong Kong, Macao and Taiwan, 9 those of foreigners."""

_BIRTH = ("(?:1{s}9|2{s}0)", "[0-9]", "[0-9]", "(?:0{s}[1-9]|1{s}[0-2])", "(?:0{s}[1-9]|[12]{s}[0-9]|3{s}[01])")

_NUMBER = re.compile(
    "{s}".join((*_PROVINCE, *["[0-9]"] * 4, *_BIRTH, *["[0-9]"] * 3, "[0-9Xx]")).replace("{s}", "[ -]?")
)
"""With a space or dash between any two."""

_LABEL = label_pattern("id")


def find(text: str, _checks: Checks) -> Iterator[Span]:
    """Every such number, in order. A check costs a few microseconds, so all are checked."""
    place = 0
    while found := _NUMBER.search(text, place):
        start, end = found.span()
        if begins_apart(text, start, _LABEL) and ends_apart(text, end) and _is_resident_id(found[0]):
            yield start, end
            place = end
        else:
            place = start + 1


def _is_resident_id(candidate: str) -> bool:
    number = re.sub("[ -]", "", candidate).upper()
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return number.endswith(ric.calc_check_digit(number))
