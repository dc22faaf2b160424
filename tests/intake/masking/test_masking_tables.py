"""What is masked and what stays: sentences as customers and agents write them."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from schemas.free_text import PLACEHOLDERS, PersonalDataKind
from services.intake.masking.masker import Masker

ALL = Masker(get_args(PersonalDataKind))

# Between « and » stands what is personal.
FOUND: dict[PersonalDataKind, tuple[str, ...]] = {
    "e_mail": (
        "write to «zhang.wei+shop@example.co.uk», please",
        "我的邮箱是«zhangwei@163.com»谢谢",
        "请发到：«张三@example.com»。",
        "mail «josé.müller@münchen.de»!",
        "«O'Brien@example.ie»",
        "<a href='mailto:«a@b.cn»'>",
        "*«bold@example.org»* and '«quoted@example.org»'",
        "‘«a_b-c@mail.example.museum»’",
        "«zhang@163。com»，快点; «zhang@163。com»谢谢",
        "«ｚｈａｎｇ＠１６３．ｃｏｍ»",
        "«zh\u200bang@\u200b163.com»",
        "«a@xn--fiqs8s.xn--fiqs8s»",
        "«6a1f7f9e-7d35-4cf5-a56e-3d0a7e3c9b11@reply.example.com»",
        "«one@example.com»,«two@example.com»;«three@example.com»",
        "«me@example.com»13800",
        "git clone «git@github.com»:owner/name",
    ),
    "phone": (
        "电话«13800138000»",
        "请打«138-0013-8000»或«138 0013 8000»",
        "«1380 013 8000», «1380-0138-000», «138.0013.8000»",
        "手机:«+86 138 0013 8000»。",
        "+«++8613800138000», ((«13800138000»)), ((«(0571)88888888»))",
        "«(+86)13800138000» «0086-13800138000» «86 13800138000»",
        "座机«010-62345678»、«0571 8888 8888»、«(0571)88888888»、«（０５７１）８８８８８８８８»",
        "客服«400-123-4567»",
        "«13800138000»/«13900139000» «13700137000»",
        "订单2的电话 2 «138 0013 8000»",
        "2024-01-15 10:30 «13800138000»",
        "2024-01-15 «13800138000»",
        "tel«13800138000», WeChat«13800138000»",
        "_«13800138000».jpg",
        "«１３８００１３８０００»",
        "«138\u00a00013\u00a08000»",
        "«138\u20130013\u20148000»",
        "«138\u2212 0013\u30fc8000»",
        "«138\u200b0013\u200d8000» «138\ufeff0013\u00ad8000»",
        "«138\u31640013\u31648000»",
        "«①③⑧00138000»",
        "«1\ufe0f\u20e33\ufe0f\u20e3800138000\ufe0f\u20e3»",
        "\u202a«+86 138 0013 8000»\u202c",
        "«١٣٨٠٠١٣٨٠٠٠»",
        "«1 3 8 0 0 1 3 8 0 0 0»",
        "«13800138000»x12",
        "call «+1 (650) 253-0000» or «+44 20 8366 1177» or «+49 (0)30 1234567»",
        "«+33 1 23 45 67 89»",
        "我的电话«13800138000».5月1日打",
    ),
    "resident_id": (
        "身份证号«11010519491231002X»。",
        "身份证«11010519491231002x»和«110101199003077272»",
        "«110101 19900307 7272», «110101-1990-0307-7272»",
        "ID«110101199003077272»",
        "«１１０１０１１９９００３０７７２７２»，«11010519491231002Ｘ»，«11010519491231002Ⅹ»",
        "«110101\u200b19900307\u200b7272»",
        "older than the county: «11011119500101001X»",
        "港澳台居民居住证«810000199408230021»、«830000199201300022»",
        "姓名_«110101199003077272».jpg",
    ),
    "bank_card": (
        "卡号«4111111111111111»",
        "«4111 1111 1111 1111», «5555-5555-5555-4444»",
        "Amex «3782 822463 10005», Diners «30569309025904»",
        "old Visa «4222222222222»",
        "银联«6222021001116245702»，«6222 0210 0111 6245 702»",
        "工行«9558800200135073266»",
        "order 12 card «4111 1111 1111 1111» and 13 other things",
        "card«4111111111111111»",
        "«4111 - 1111 - 1111 - 1111»",
        "«４１１１　１１１１　１１１１　１１１１»",
        "«4111\u20101111\u20111111\ufe631111»",
        "«4111\u00a01111\u202f1111\u20091111»",
        "«4111\u200b1111\u200b1111\u200b1111»",
    ),
    "iban": (
        "IBAN: «DE89 3704 0044 0532 0130 00» bitte",
        "«GB29NWBK60161331926819»",
        "«fr14 2004 1010 0505 0001 3M02 606», danke",
        "IBAN«NL91ABNA0417164300»",
        "«MT84-MALT-0110-0001-2345-MTLC-AST0-01S»",
        "«ＤＥ８９３７０４００４４０５３２０１３０００»",
        "«DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000»。",
    ),
    "passport": (
        "my passport number is «X1234567»",
        "Passport No.: «123456789»",
        "护照«E12345678»丢了, 旧护照«G12345678»",
        "护照号码：«ab1234567»",
        "«EA1234567» without a word",
        "«AA1234567» (passport)",
        "«C01X00T47»是我的护照",
        "往来港澳通行证«C12345678»",
        "passport«K12345678»",
        "«Ｅ１２３４５６７８»",
    ),
}

STAYS = (
    # orders, parcels, invoices
    "订单号 20231125138001380",
    "订单号：2023112500012345678",
    "Order 12345678, order #A-1234567, order 112-1234567-1234567",
    "ORD13912345678X, D13912345678",
    "运单号SF1234567890123，YT1234567890123，JD0012345678901",
    "EMS EA123456789CN, LX123456789CN, 1Z999AA10123456784",
    "USPS 9400 1000 0000 0000 0000 00",
    "发票号码 No.01234567",
    "4111111111111112 fails Luhn, and so does 6222 0210 0111 6245 703",
    "EAN 6901234567892, 4006381333931, ISBN 978-7-111-21382-6, ISBN 9787111213826",
    "SKU P1234567, part E1234567 and DE1234567",
    "IMEI is fifteen digits: 490154203237518",
    # amounts
    "¥1,234,567.89, $13800138000, 139000000.00元, 12 345 678.90 EUR",
    "1500.00 2300.00 1800.50",
    "RMB 199.00 -> 99.50",
    "13800138000%",
    # dates and times
    "2024-01-15, 2024/1/5, 15.01.2024, 01/15/2024, 20240115",
    "2024-01-15 10:30:00, 2024-01-15T10:30:00.123456Z, 2024-01-15T10:30:00+08:00",
    "2024年1月15日10时30分, 15-01-2024 to 20-01-2024",
    "1700000000 and 1700000000123 are epochs",
    # ids of machines
    "550e8400-e29b-41d4-a716-446655440000, 550e8400-0571-8888-8888-446655440000",
    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "139.196.11.201, 192.168.100.200, 10.0.19045.3803",
    "v2.10.1380013, Python 3.11.7, build 20240115.1",
    "0x13800138000, #13800138000f",
    # what somebody cut off
    "110101199003077273 has a wrong check digit, 110101199013077272 a wrong month",
    "110101199002307275 was born on 30 February",
    "990101199003077272 is beyond GB/T 2260 and 1101011990030772725 too long",
    "DE89370400440532013001 and DE8937040044053201300 are no IBANs, ZZ89370400440532013000 neither",
    # words and small numbers
    "我等了3天，打了5次电话，花了2小时，第12345678次",
    "电话95588、12315、110；国内400电话; 88888888",
    "@zhang @ home, 5 @ 3.50, a@b, user@localhost, x@1.2, ＠all",
    "12 45 67 89 01 23 45 67 89 01 23 45 67",
    "45 67 89 01 23 45 67 83",
    "第1章 第2节 3.1.4, (1)(2)(3), 1-2-3-4-5-6-7",
    "my passport expired on 20240115; passport office, room 1234",
    "the passport was lost! A1234567 is the order",
    "退款，订单没有到。",
    "",
    "[phone] [mail] [id] [card] [iban] [pass]",
)


def expected(marked: str, placeholder: str) -> str:
    return re.sub("«[^»]*»", placeholder, marked)


@pytest.mark.parametrize(
    ("kind", "marked"), [(kind, marked) for kind, texts in FOUND.items() for marked in texts], ids=ascii
)
def test_personal_data_is_masked_and_counted_and_the_rest_stays(kind: PersonalDataKind, marked: str) -> None:
    text = marked.replace("«", "").replace("»", "")
    for masker in (ALL, Masker([kind])):
        masked = masker.mask(text)
        assert masked.text == expected(marked, PLACEHOLDERS[kind])
        assert masked.counts == {kind: marked.count("«")}


@pytest.mark.parametrize("text", STAYS, ids=ascii)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert ALL.mask(text).text == text
    assert not ALL.mask(text).counts


@pytest.mark.parametrize("kind", get_args(PersonalDataKind))
def test_a_kind_that_is_not_chosen_stays(kind: PersonalDataKind) -> None:
    others = Masker([other for other in get_args(PersonalDataKind) if other != kind])
    text = FOUND[kind][0].replace("«", "").replace("»", "")
    assert others.mask(text).text == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800138000@qq.com", "[mail]"),
        ("a@b.com4111111111111111", "[mail][card]"),
        ("护照E12345678，身份证110101199003077272，电话13800138000", "护照[pass]，身份证[id]，电话[phone]"),
        ("4111 1111 1111 1111 13800138000", "[card] [phone]"),
        ("DE89 3704 0044 0532 0130 00 4111 1111 1111 1111", "[iban] [card]"),
        ("110101199003077272 13800138000", "[id] [phone]"),
    ],
)
def test_of_two_kinds_in_one_place_the_longer_takes_it(text: str, masked: str) -> None:
    assert ALL.mask(text).text == masked


@pytest.mark.parametrize(
    ("region", "text", "masked"),
    [
        ("HK", "call 9123 4567", "call [phone]"),
        ("CN", "call 9123 4567", "call 9123 4567"),
        ("GB", "call 020 8366 1177", "call [phone]"),
        ("US", "call (650) 253-0000", "call [phone]"),
        ("HK", "2024-01-15 20240115", "2024-01-15 20240115"),
        ("HK", "+86 13800138000", "[phone]"),
        ("US", "dial 011 44 20 8366 1177", "dial [phone]"),
        ("GB", "dial 0086 (0)10 6234 5678", "dial [phone]"),
        ("CN", "571 88888888 and 5718888888 lack a 0", "571 88888888 and 5718888888 lack a 0"),
    ],
)
def test_numbers_without_a_country_code_are_read_as_those_of_the_region(region: str, text: str, masked: str) -> None:
    assert Masker(["phone"], region).mask(text).text == masked


def test_the_order_in_which_kinds_are_chosen_means_nothing() -> None:
    kinds = get_args(PersonalDataKind)
    text = " ".join(texts[0] for texts in FOUND.values()).replace("«", "").replace("»", "")
    assert Masker(kinds[::-1]).mask(text) == Masker(kinds).mask(text)


def test_without_kinds_nothing_is_masked() -> None:
    assert Masker([]).mask("13800138000").text == "13800138000"
