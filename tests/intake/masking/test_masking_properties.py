"""What holds of masking whatever the text: nothing raises, masked twice is once, and the rest of the text stays."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.free_text import PLACEHOLDERS, PersonalDataKind
from services.intake.masking.masker import Masker
from tests.intake.masking.test_masking_tables import FOUND, STAYS

ALL = Masker(get_args(PersonalDataKind))
PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))

NUMBERS: tuple[tuple[PersonalDataKind, str], ...] = (
    ("phone", "13800138000"),
    ("phone", "+8613800138000"),
    ("phone", "0571-88888888"),
    ("resident_id", "11010519491231002X"),
    ("bank_card", "4111 1111 1111 1111"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("passport", "E12345678"),
    ("e_mail", "zhang@163.com"),
)
WRITTEN = tuple(re.sub("[«»]", "", text) for texts in FOUND.values() for text in texts)
UNSEEN = st.text("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e", max_size=2)
SPACES = st.sampled_from(" \u00a0\u2002\u2009\u202f\u3000")
DASHES = st.sampled_from("-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\ufe63")
AROUND = st.text("我的订单退款。，！？、；\n\t“”…", max_size=8)

fragments = st.one_of(
    st.text(max_size=8),
    st.text("0123456789", max_size=20),
    st.text("0123456789 +()./~-@xX\u200b\u0301０９", max_size=20),
    st.text("abcdefXYZ-", max_size=6),
    st.sampled_from([number for _, number in NUMBERS]),
    st.sampled_from(WRITTEN),
    st.sampled_from(STAYS),
    st.sampled_from(
        ["tel", "card", "id", "passport", "护照", "IBAN", "ext. 1", "[", "]", "e-", *PLACEHOLDERS.values()]
    ),
)
texts = st.lists(fragments, max_size=8).map("".join)


@st.composite
def rewritten(draw: st.DrawFn, plain: str) -> str:
    """``plain`` in other characters that people see as the same."""

    def rewrite(character: str) -> str:
        if character == " ":
            return draw(SPACES)
        if character == "-":
            return draw(DASHES)
        return chr(ord(character) + 0xFEE0) if draw(st.booleans()) else character

    return "".join(
        rewrite(one) if at == len(plain) - 1 else rewrite(one) + draw(UNSEEN) for at, one in enumerate(plain)
    )


@given(texts)
@example("\ud800 13800138000 \udfff")
@example("\0" + "13800138000")
@example("passport 12345678-1234-4123-8123-123456789012 护照")
@example("021 20240115 13800138000")
@example("护照和电话13800138000和X1234567")
@example("2024-01-15 13800138000.50 4111111111111111,110101199003077272E12345678")
def test_masked_twice_is_masked_once(text: str) -> None:
    once = ALL.mask(text)
    twice = ALL.mask(once.text)
    assert twice.text == once.text
    assert not twice.counts


@given(texts)
def test_placeholders_are_counted_and_the_rest_of_the_text_stays_in_its_place(text: str) -> None:
    masked = ALL.mask(text)
    assert len(PLACEHOLDER.findall(masked.text)) - len(PLACEHOLDER.findall(text)) == masked.counts.total()
    first, *others = PLACEHOLDER.split(masked.text)
    assert text.startswith(first)
    place = len(first)
    for piece in others:
        place = text.index(piece, place + 1) + len(piece)
    assert text.endswith(others[-1] if others else first)


@given(texts)
def test_a_masked_text_is_never_longer(text: str) -> None:
    assert len(ALL.mask(text).text) <= len(text)


@pytest.mark.parametrize(("kind", "plain"), NUMBERS)
@given(data=st.data(), before=AROUND, after=AROUND)
def test_a_number_in_other_characters_is_the_same_number(
    kind: PersonalDataKind, plain: str, data: st.DataObject, before: str, after: str
) -> None:
    written = data.draw(rewritten(plain))
    masked = ALL.mask(before + written + after)
    assert masked.text == before + PLACEHOLDERS[kind] + after
    assert masked.counts == {kind: 1}


@given(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6))
def test_each_of_several_is_counted(numbers: list[tuple[PersonalDataKind, str]]) -> None:
    masked = ALL.mask("，".join(number for _, number in numbers))
    assert masked.text == "，".join(PLACEHOLDERS[kind] for kind, _ in numbers)
    assert sorted(masked.counts.elements()) == sorted(kind for kind, _ in numbers)


@given(st.text().filter(lambda text: not re.search(r"[\d@＠﹫]", text)))
def test_without_a_digit_or_an_at_sign_nothing_is_personal(text: str) -> None:
    assert ALL.mask(text).text == text
