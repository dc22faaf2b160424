"""Which keys an erasure destroys, whom it spares, and when it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from redress.operating.groups import OperationRefused
from redress.personal.erasing import erase, erase_again
from redress.personal.exporting import Others
from redress.personal.register import Register
from schemas.ids import derived_id
from schemas.personal_keys import LegalHoldPlaced, PersonalKeyKept
from schemas.topics import COMPLAINT_EVENTS, ERASURES, PERSONAL_KEYS

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
ANNA, BO = "a" * 64, "b" * 64
FIRST, SECOND, OTHER = (derived_id("erasing", name) for name in ("first", "second", "other"))
JWE = "a.b.c.d.e"


def key(complaint_id: str, key_id: str, customer: str | None = None, owner: str | None = None, at: datetime = NOW):
    return PersonalKeyKept(
        event_id=derived_id(complaint_id, key_id),
        occurred_at=at,
        recorded_at=at,
        complaint_id=complaint_id,
        key_id=key_id,
        encrypted_key=JWE,
        owner=owner,
        customer=customer,
    )


def register(*keys: PersonalKeyKept) -> Register:
    known = Register()
    for one in keys:
        known.keys.setdefault(one.complaint_id, {})[one.key_id] = one
    return known


def hold(held: str) -> LegalHoldPlaced:
    return LegalHoldPlaced(
        event_id=derived_id(held), occurred_at=NOW, recorded_at=NOW, held=held, reason="case 114", placed_by="li.wei"
    )


def test_all_keys_of_the_complaint_are_destroyed_and_no_other_s():
    known = register(key(FIRST, "1", ANNA), key(FIRST, "2"), key(OTHER, "3", BO))
    changes = erase(known, [FIRST], NOW)
    assert {(one.topic, one.key) for one in changes if one.event is None} == {
        (PERSONAL_KEYS, f"{FIRST}/1"),
        (PERSONAL_KEYS, f"{FIRST}/2"),
    }
    assert [(one.topic, one.event.type) for one in changes if one.event is not None] == [
        (ERASURES, "complaint_erased"),
        (COMPLAINT_EVENTS, "customer_erased"),
    ]


def test_a_customer_s_complaints_are_those_of_the_pseudonym_also_when_they_were_erased_before():
    known = register(key(FIRST, "1", ANNA), key(SECOND, "2", ANNA), key(OTHER, "3", BO))
    known.erasures[OTHER] = erase(known, [OTHER], NOW)[0].event
    assert known.complaints_of(ANNA, None) == sorted([FIRST, SECOND])
    assert known.complaints_of(BO, None) == [OTHER]


def test_two_owners_customers_of_one_id_are_not_taken_for_one_person():
    known = register(key(FIRST, "1", ANNA, "shop"), key(SECOND, "2", ANNA, "bank"))
    with pytest.raises(OperationRefused, match="bank, shop each have a customer of this id"):
        known.complaints_of(ANNA, None)
    assert known.complaints_of(ANNA, "shop") == [FIRST]


@pytest.mark.parametrize("held", [FIRST, ANNA])
def test_a_hold_on_the_complaint_or_its_customer_refuses_all_with_its_reason(held):
    known = register(key(FIRST, "1", ANNA), key(SECOND, "2", ANNA))
    known.holds[held] = hold(held)
    with pytest.raises(OperationRefused, match=r"nothing was erased.*case 114 \(placed by li.wei\)"):
        erase(known, [FIRST, SECOND], NOW)


def test_a_hold_on_somebody_else_refuses_nothing():
    known = register(key(FIRST, "1", ANNA), key(OTHER, "2", BO))
    known.holds[BO] = hold(BO)
    assert erase(known, [FIRST], NOW)


def test_after_a_restore_the_same_is_destroyed_under_the_same_ids_and_what_came_later_is_spared():
    first = erase(register(key(FIRST, "1", ANNA)), [FIRST], NOW)
    restored = register(key(FIRST, "1", ANNA), key(FIRST, "2", at=NOW + timedelta(seconds=1)))
    restored.erasures[FIRST] = first[0].event
    assert erase_again(restored, restored.erasures.values()) == first


def test_an_export_names_nobody_but_the_customer():
    others = Others()
    event = {"type": "agent_replied", "agent_id": "li.wei", "about": {"kind": "agent", "id": "bob"}, "survey_id": "t"}
    told = others.mask({**event, "personal": {"body": "x", "representative": {"name": "Zhang", "contact": "1"}}})
    assert told == {
        "type": "agent_replied",
        "agent_id": "person 1",
        "about": {"kind": "agent", "id": "person 2"},
        "personal": {"body": "x", "representative": {"name": "masked", "contact": "masked"}},
    }
    assert others.mask({"agent_id": "bob"}) == {"agent_id": "person 2"}
