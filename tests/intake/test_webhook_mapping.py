"""Mappings: which expressions an operator may write, and what they do with whatever strangers send."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.arrivals import Arrival, Sender
from services.intake.domain.expressions import MOST_CHARACTERS, Expression, is_true
from services.intake.domain.refusals import RequestRefused
from services.intake.domain.webhook_mapping import MOST_MESSAGES, WebhookMapping, accept_webhook
from services.intake.sender_description import SHIPPED, read_sender

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def mapping_of(**changed) -> WebhookMapping:
    """Of a body such as ``{"messages": [{"id": "1", "from": "c", "text": "..."}]}``."""
    complaint = {"customer": {"id": Expression("message.from")}, "body": Expression("message.text")}
    mapping = WebhookMapping(
        envelopes=None,
        messages=Expression("messages"),
        ignored={"receipt": Expression("message.receipt")},
        identity=Expression("message.id"),
        complaint=complaint,
    )
    return replace(mapping, **changed)


def take(body, mapping: WebhookMapping | None = None, owner: str = "local", channel: str = "chat"):
    sender = Sender(owner, frozenset({"chat", "web"}), lambda: "fresh")
    return accept_webhook(mapping or mapping_of(), channel, body, None, Arrival(sender, None, NOW))


def said(number, **more):
    return {"id": number, "from": "c-1", "text": "Charged twice", **more}


def test_each_message_is_a_complaint_of_its_own_and_the_same_again_is_the_same() -> None:
    body = {"messages": [said("1"), said(2), said("3", receipt=True)]}
    first, again = take(body), take(body)
    assert [one.event.external_ref for one in first.accepted] == ["1", "2"]
    assert first.ignored == ["receipt"]
    assert first == again
    assert all(one.duplicate_safe for one in first.accepted)
    assert len({one.subject for one in first.accepted}) == 2


def test_a_customer_is_another_for_another_owner_or_channel_and_shows_nothing_of_the_sender_s_name() -> None:
    body = {"messages": [said("1", **{"from": "+4915112345678"})]}
    ids = {
        take(body, owner=owner, channel=channel).accepted[0].event.customer.id
        for owner in ("local", "shop")
        for channel in ("chat", "web")
    }
    assert len(ids) == 4
    assert not any("4915112345678" in one for one in ids)


def test_one_message_that_is_refused_does_not_hold_up_the_others() -> None:
    outcome = take({"messages": [said("1"), said(None), said("3", text=None), said("4", text=["x"]), said("5")]})
    assert [one.event.external_ref for one in outcome.accepted] == ["1", "5"]
    assert [refused.faults[0].where for refused in outcome.refused] == ["/external_ref", "/body", "/body"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        [],
        {"messages": []},
        {"messages": [None]},
        {"other": 1},
        {"messages": [said("1")] * (MOST_MESSAGES + 1)},
    ],
)
def test_a_body_in_which_nothing_is_found_or_too_much_is_refused(body) -> None:
    try:
        outcome = take(body)
    except RequestRefused as refused:
        assert refused.reason == "unmapped"  # noqa: PT017
    else:
        assert outcome.accepted == []
        assert [refused.reason for refused in outcome.refused] == ["unmapped"]


def test_a_name_that_is_none_and_a_number_without_end_are_refused() -> None:
    for wrong in ("", "a\nb", "x" * 201, 10**31, 1.5, True, {}):
        assert take({"messages": [said(wrong)]}).refused[0].faults[0].where == "/external_ref"


def test_a_function_that_does_not_like_its_argument_refuses_the_message() -> None:
    for mapping in (
        mapping_of(complaint={**mapping_of().complaint, "body": Expression("join('', [message.text])")}),
        mapping_of(ignored={"receipt": Expression("starts_with(message.text, 'receipt')")}),
    ):
        outcome = take({"messages": [said("1"), said("2", text=7), said("3")]}, mapping)
        assert [one.event.external_ref for one in outcome.accepted] == ["1", "3"]
        assert [refused.reason for refused in outcome.refused] == ["unmapped"]


def test_what_is_no_text_is_no_value() -> None:
    deep = []
    for _ in range(190):
        deep = [deep]
    for wrong in (deep, {"a": 1}, 1.5, float("inf"), True, 10**31):
        (refused,) = take({"messages": [said("1", text=wrong)]}).refused
        assert [fault.where for fault in refused.faults] == ["/body"]
    reference = mapping_of(complaint={**mapping_of().complaint, "body": Expression("not_null(&message)")})
    assert [refused.reason for refused in take({"messages": [said("1")]}, reference).refused] == ["invalid"]


def test_a_whole_number_is_a_text_and_false_is_nothing() -> None:
    complaint = {**mapping_of().complaint, "product": Expression("message.product"), "body": Expression("message.n")}
    (kept,) = take({"messages": [said("1", product=False, n=-7)]}, mapping_of(complaint=complaint)).accepted
    assert (kept.event.personal.body, kept.event.product) == ("-7", None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("message.", "no JMESPath"),
        ("a b", "no JMESPath"),
        ("'open", "no JMESPath"),
        ("", "no JMESPath"),
        ("\x00", "no JMESPath"),
        ("(" * 1_900, "deep|no JMESPath"),
        ("!" * 1_990 + "a", "deep"),
        ("a" * (MOST_CHARACTERS + 1), "at most 2000"),
        ("nope(a)", r"no function nope\(\)"),
        ("a && b[?nope(@)]", r"no function nope\(\)"),
        ("{a: [nope(b)]}", r"no function nope\(\)"),
        ("length(a, b)", "takes 1 arguments, and here are 2"),
        ("join('')", "takes 2 arguments, and here are 1"),
        ("instant()", "takes 1 arguments, and here are 0"),
        ("map(&nope(@), a)", r"no function nope\(\)"),
    ],
)
def test_an_expression_that_cannot_be_searched_for_is_refused_before_anything_arrives(text, says) -> None:
    with pytest.raises(ValueError, match=says):
        Expression(text)


@pytest.mark.parametrize(
    ("seconds", "instant"),
    [
        (1749416383, "2025-06-08T20:59:43Z"),
        ("1749416383", "2025-06-08T20:59:43Z"),
        ("0", "1970-01-01T00:00:00Z"),
        (None, None),
        ("2026-11-25", "2026-11-25"),
        ("-1", "-1"),
        ("9" * 400, "9" * 400),
        ("٣", "٣"),
        (1.5, "1.5"),
    ],
)
def test_instants_are_made_of_seconds(seconds, instant) -> None:
    assert Expression("instant(@)").find(seconds) == instant


@pytest.mark.parametrize("value", [True, 0, 1, "x", [0], {"a": None}])
def test_what_jmespath_calls_true(value) -> None:
    assert is_true(value)
    assert Expression("@ && `true` || `false`").find(value)


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_what_jmespath_calls_false(value) -> None:
    assert not is_true(value)
    assert not Expression("@ && `true` || `false`").find(value)


FUNCTIONS = ["to_string", "join", "length", "instant", "not_null", "sort_by", "max_by", "map", "to_number"]
PARTS = ["a", "message", *".[]()*?@&|!,:{} ", "==", "'x'", "`1`", *FUNCTIONS]
NAMES = ["message", "messages", "entry", "changes", "value", "id", "from", "text", "type", "data", "body"]
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), ANY_JSON)
def test_any_expression_finds_something_or_is_refused(text, value) -> None:
    with suppress(ValueError, RequestRefused):
        expression = Expression(text)
        complaint = {"customer": {"id": expression}, "body": expression, "occurred_at": expression}
        take(value, mapping_of(messages=expression, identity=expression, complaint=complaint))


@given(st.sampled_from(SHIPPED), ANY_JSON)
def test_any_value_is_mapped_or_refused_by_each_sender_that_is_shipped(sender, value) -> None:
    with suppress(RequestRefused):
        sender_of_it = Sender("local", frozenset({"chat"}), lambda: "fresh")
        accept_webhook(read_sender(sender).mapping(), "chat", value, "msg_1", Arrival(sender_of_it, None, NOW))
