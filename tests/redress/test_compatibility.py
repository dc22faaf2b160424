"""Breaking changes: each is named with the field and the reason, and what breaks nobody is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from redress.publishing.compatibility import Change, changes
from redress.publishing.documents import TOPICS
from redress.publishing.json_schema import topic_schema
from schemas import topics
from schemas.instants import Instant, ReportedInstant
from schemas.primitives import Frozen, Integer, Name, Number, Payload, Text

Short = Annotated[str, Field(max_length=10)]
Long = Annotated[str, Field(max_length=20)]
Small = Annotated[int, Field(ge=0, le=10)]
Two = Literal["low", "high"]
Three = Literal["low", "high", "critical"]


class Inner(Frozen):
    """A model within."""

    id: Name


class InnerWithOptional(Frozen):
    """The same with one more optional field."""

    id: Name
    tier: Name | None = None


def schema(*events: type[BaseModel]) -> dict[str, Any]:
    kind: Any = events[0] if len(events) == 1 else Annotated[events[0] | events[1], Field(discriminator="type")]
    return topic_schema(topics.Topic("some-topic", kind, ("complaint_id",), "Some topic."))


def event(name: str = "happened", **fields: Any) -> type[BaseModel]:
    return create_model(name.title(), type=(Literal[name], name), **fields)


def between(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(change.field, change.breaking) for change in changes(schema(event(**before)), schema(event(**after)))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(Long, Short, id="a shorter text"),
        pytest.param(str, Short, id="a bound where there was none"),
        pytest.param(str, Name, id="a text that may not be empty"),
        pytest.param(int, Small, id="a smaller number"),
        pytest.param(Number, Integer, id="whole numbers only"),
        pytest.param(int | None, int, id="null no longer"),
        pytest.param(int | str, int, id="text no longer"),
        pytest.param(str, int, id="another type"),
        pytest.param(Any, str, id="a type where there was none"),
        pytest.param(Three, Two, id="a value of a closed set less"),
        pytest.param(str, Three, id="a closed set"),
        pytest.param(Literal["a"], Literal["b"], id="another constant"),
        pytest.param(str, Instant, id="a format"),
        pytest.param(Instant, ReportedInstant, id="fewer instants"),
        pytest.param(Payload, Text, id="bytes no longer"),
        pytest.param(Annotated[str, Field(pattern="^a")], Annotated[str, Field(pattern="^b")], id="another pattern"),
        pytest.param(InnerWithOptional, Inner, id="a field within is removed"),
        pytest.param(Inner, dict[str, str], id="a model becomes a map"),
        pytest.param(list[int | str], list[int], id="members of a list"),
        pytest.param(list[Any], list[int], id="members of a list, typed"),
        pytest.param(list[str], Annotated[list[str], Field(max_length=3)], id="a shorter list"),
        pytest.param(dict[str, Any], dict[str, str], id="members of a map, typed"),
        pytest.param(dict[str, str], dict[Short, str], id="shorter keys of a map"),
        pytest.param(dict[str, Long], dict[str, Short], id="shorter members of a map"),
    ],
)
def test_what_takes_less_is_breaking(before: Any, after: Any) -> None:
    narrowed = between({"field": (before, ...)}, {"field": (after, ...)})
    assert any(breaking for _, breaking in narrowed)
    assert all(field.startswith("/happened/field") for field, _ in narrowed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(Short, Long, id="a longer text"),
        pytest.param(Short, str, id="no bound any more"),
        pytest.param(Small, int, id="a larger number"),
        pytest.param(Small, Annotated[int, Field(ge=-5, le=20)], id="wider bounds"),
        pytest.param(int, float, id="fractions as well"),
        pytest.param(int, int | None, id="null as well"),
        pytest.param(int, int | str, id="text as well"),
        pytest.param(str, Any, id="anything"),
        pytest.param(Two, Three, id="one more value in a closed set"),
        pytest.param(Two, str, id="no closed set any more"),
        pytest.param(ReportedInstant, Instant, id="more instants"),
        pytest.param(Annotated[str, Field(pattern="^a")], str, id="no pattern any more"),
        pytest.param(Inner, InnerWithOptional, id="one more optional field within"),
        pytest.param(list[int], list[int | str], id="members of a list"),
        pytest.param(dict[str, str], dict[str, Any], id="members of a map"),
        pytest.param(dict[Short, str], dict[str, str], id="longer keys of a map"),
    ],
)
def test_what_takes_more_is_a_change_but_breaks_nobody(before: Any, after: Any) -> None:
    widened = between({"field": (before, ...)}, {"field": (after, ...)})
    assert widened
    assert not any(breaking for _, breaking in widened)


@pytest.mark.parametrize(
    ("before", "after", "field", "breaking", "reason"),
    [
        ({}, {"mood": (str, ...)}, "mood", True, "is new and required"),
        ({}, {"mood": (str, "")}, "mood", False, "is new and optional"),
        ({"mood": (str, ...)}, {}, "mood", True, "is removed"),
        ({"mood": (str, "")}, {}, "mood", True, "is removed"),
        ({"mood": (str, "")}, {"mood": (str, ...)}, "mood", True, "is now required"),
        ({"mood": (str, ...)}, {"mood": (str, "")}, "mood", True, "is no longer required, and readers rely on it"),
        (
            {"mood": (str, "good")},
            {"mood": (str, "bad")},
            "mood",
            True,
            "has another default, so that records without it read differently",
        ),
        ({"mood": (Long, ...)}, {"mood": (Short, ...)}, "mood", True, "maxLength was 20, is 10"),
        ({"mood": (Three, ...)}, {"mood": (Two, ...)}, "mood", True, "no longer takes critical"),
        ({"mood": (list[Inner], ...)}, {"mood": (list[Frozen], ...)}, "mood/*/id", True, "is removed"),
    ],
)
def test_a_change_is_named_with_field_and_reason(
    before: dict[str, Any], after: dict[str, Any], field: str, breaking: bool, reason: str
) -> None:
    assert changes(schema(event(**before)), schema(event(**after))) == [Change(f"/happened/{field}", breaking, reason)]


@pytest.mark.parametrize(
    ("bound", "wide", "narrow"),
    [
        ("maxLength", 20, 10),
        ("maximum", 20, 10),
        ("maxItems", 20, 10),
        ("maxProperties", 20, 10),
        ("formatExclusiveMaximum", "2200-01-01T00:00:00+00:00", "2100-01-01T00:00:00+00:00"),
        ("minLength", 1, 2),
        ("minimum", 1, 2),
        ("minItems", 1, 2),
        ("minProperties", 1, 2),
        ("formatMinimum", "1970-01-01T00:00:00+00:00", "2000-01-01T00:00:00+00:00"),
    ],
)
def test_a_bound_breaks_where_it_closes_in(bound: str, wide: object, narrow: object) -> None:
    free, loose, tight = (
        {"properties": {"type": {"const": "happened"}, "field": bounds}}
        for bounds in ({}, {bound: wide}, {bound: narrow})
    )
    for before, after in ((free, loose), (loose, tight), (free, tight)):
        assert [change.breaking for change in changes(before, after)] == [True]
        assert [change.breaking for change in changes(after, before)] == [False]


def test_an_event_that_is_removed_breaks_and_one_that_is_new_does_not() -> None:
    one, other = event("opened"), event("shut")
    assert changes(schema(one, other), schema(one)) == [Change("/shut", breaking=True, reason="is removed")]
    assert changes(schema(one), schema(one, other)) == [Change("/shut", breaking=False, reason="is new")]


def test_one_more_optional_field_in_a_default_changes_no_default() -> None:
    before, after = Inner(id="a"), InnerWithOptional(id="a")
    found = between({"field": (Inner, before)}, {"field": (InnerWithOptional, after)})
    assert found == [("/happened/field/tier", False)]


def test_another_key_is_breaking() -> None:
    topic = topics.SLA_CLOCKS
    (change,) = changes(topic_schema(topic), topic_schema(replace(topic, key="event_id")))
    assert change.breaking
    assert "partition" in change.reason


def test_a_description_is_no_change() -> None:
    topic = topics.SLA_CLOCKS
    assert changes(topic_schema(topic), topic_schema(replace(topic, description="Other words."))) == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_can_be_compared_with_itself(topic: topics.Topic[Any]) -> None:
    assert changes(topic_schema(topic), topic_schema(topic)) == []
