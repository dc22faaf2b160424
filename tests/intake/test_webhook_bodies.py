"""From a webhook's body to a plain value: JSON, forms and XML, and what is refused of each."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.refusals import RequestRefused
from services.intake.domain.webhook_bodies import DEEPEST, MOST_FIELDS, read_body

LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"""


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        ("json", b'{"a": [1, "\\u00fc", null]}', {"a": [1, "ü", None]}),
        ("json", b"[]", []),
        ("form", b"a=1&b=%C3%BC+x&c=", {"a": "1", "b": "ü x", "c": ""}),
        ("form", b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("form", b"", {}),
        ("xml", b"<xml><A>1</A><B><![CDATA[<b> & \xc3\xbc]]></B><C/></xml>", {"A": "1", "B": "<b> & ü", "C": ""}),
        ("xml", b"<xml> <A><B>1</B></A> <A>2</A> <A>3</A></xml>", {"A": [{"B": "1"}, "2", "3"]}),
        ("xml", '<?xml version="1.0" encoding="gb2312"?><xml><A>退款</A></xml>'.encode("gb2312"), None),
        ("xml", '<?xml version="1.0" encoding="iso-8859-1"?><xml><A>ü</A></xml>'.encode("latin-1"), {"A": "ü"}),
        ("xml", b"<xml>only text</xml>", "only text"),
        ("xml", b"<xml>&lt;&#65;&amp;</xml>", "<A&"),
    ],
)
def test_a_body_is_read(kind, body, value) -> None:
    if value is None:  # Python's XML parser knows no encodings of several bytes but Unicode's.
        with pytest.raises(RequestRefused, match="malformed_xml"):
            read_body(kind, body)
    else:
        assert read_body(kind, body) == value


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("json", b"", "malformed_json"),
        ("json", b"a=1&b=2", "malformed_json"),
        ("json", b"[" * 200_000, "malformed_json"),
        ("json", b'{"a":' * 100_000, "malformed_json"),
        ("json", b"9" * 500_000, "malformed_json"),
        ("json", b'{"a": 1, "a": 2}', "invalid"),
        ("json", b'"\\ud800"', "malformed_json"),
        ("form", b"a=%FF", "malformed_form"),
        ("form", b"\xff=1", "malformed_form"),
        ("form", b"&".join([b"a=1"] * (MOST_FIELDS + 1)), "malformed_form"),
        ("form", b"a&" * 250_000, "malformed_form"),
        ("xml", b"", "malformed_xml"),
        ("xml", b"{}", "malformed_xml"),
        ("xml", b"<xml><A>", "malformed_xml"),
        ("xml", b"<xml>&unknown;</xml>", "malformed_xml"),
        ("xml", LAUGHS, "malformed_xml"),
        ("xml", OUTSIDE, "malformed_xml"),
        ("xml", b"<!DOCTYPE x SYSTEM 'http://127.0.0.1/x.dtd'><x/>", "malformed_xml"),
        ("xml", b"<a>" * (DEEPEST + 1), "malformed_xml"),
        ("xml", b"<a>" * 170_000, "malformed_xml"),
        ("xml", b'<?xml version="1.0" encoding="no-such"?><x/>', "malformed_xml"),
        ("xml", b"<x>\x00</x>", "malformed_xml"),
    ],
)
def test_a_body_that_is_none_or_is_an_attack_is_refused_by_name(kind, body, reason) -> None:
    with pytest.raises(RequestRefused) as caught:
        read_body(kind, body)
    assert caught.value.reason == reason


def test_as_many_elements_as_a_body_holds_are_read() -> None:
    assert len(read_body("xml", b"<x>" + b"<a/>" * 130_000 + b"</x>")["a"]) == 130_000
    nested = b"<a>" * DEEPEST + b"</a>" * DEEPEST
    assert isinstance(read_body("xml", nested), dict)


@given(st.sampled_from(["json", "form", "xml"]), st.binary() | st.text(st.characters(codec="utf-8")).map(str.encode))
def test_any_bytes_are_read_or_refused(kind, body) -> None:
    with suppress(RequestRefused):
        read_body(kind, body)


@given(st.lists(st.sampled_from(["<a>", "</a>", "<b c='1'>", "</b>", "x", "&amp;", "<![CDATA[", "]]>", "<!--", "-->"])))
def test_any_xml_is_read_or_refused(parts) -> None:
    with suppress(RequestRefused):
        read_body("xml", "".join(parts).encode())
