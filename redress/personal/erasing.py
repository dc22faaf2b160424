"""Which keys an erasure destroys, and what is written of it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from redress.operating.groups import OperationRefused
from redress.personal.publishing import Change
from redress.personal.register import Register
from schemas.events import CustomerErased
from schemas.ids import derived_id
from schemas.personal_keys import ComplaintErased
from schemas.topics import COMPLAINT_EVENTS, ERASURES, PERSONAL_KEYS


def erase(register: Register, complaint_ids: Sequence[str], now: datetime) -> list[Change]:
    """What erases these complaints now. Raises OperationRefused while a hold stands, with its reason."""
    if holds := register.holds_on(complaint_ids):
        reasons = "; ".join(f"{hold.held}: {hold.reason} (placed by {hold.placed_by})" for hold in holds)
        raise OperationRefused(f"a hold stands, so nothing was erased. {reasons}. `redress hold release` ends one")
    erasures = [
        ComplaintErased(
            event_id=derived_id(complaint_id, now.isoformat(), "complaint_erased"),
            occurred_at=now,
            recorded_at=now,
            complaint_id=complaint_id,
            customer=register.customer_of(complaint_id),
        )
        for complaint_id in complaint_ids
    ]
    return _carry_out(register, erasures)


def erase_again(register: Register, erasures: Iterable[ComplaintErased]) -> list[Change]:
    """What carries out ``erasures`` once more, after a restore; the same events under the same ids."""
    return _carry_out(register, erasures)


def _carry_out(register: Register, erasures: Iterable[ComplaintErased]) -> list[Change]:
    changes: list[Change] = []
    for erasure in erasures:
        complaint_id, at = erasure.complaint_id, erasure.occurred_at
        changes.append(Change(ERASURES, complaint_id, erasure))
        changes += [
            Change(PERSONAL_KEYS, f"{complaint_id}/{kept.key_id}", None)
            for kept in register.keys.get(complaint_id, {}).values()
            if kept.recorded_at <= at
        ]
        erased = CustomerErased(
            event_id=derived_id(erasure.event_id, "customer_erased"),
            complaint_id=complaint_id,
            occurred_at=at,
            recorded_at=at,
        )
        changes.append(Change(COMPLAINT_EVENTS, complaint_id, erased))
    return changes
