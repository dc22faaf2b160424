"""What intake counts: what it keeps, what it refuses and why, and what it masks."""

from __future__ import annotations

from functools import cache
from typing import get_args

from prometheus_client import Counter

from schemas.free_text import PersonalDataKind
from services.intake.domain.arrivals import Accepted
from services.intake.domain.refusals import Reason
from services.intake.mail.message import Kind

ACCEPTED = Counter(
    "redress_intake_accepted_total",
    "Events kept: the broker has acknowledged them; channel is none where none was named",
    ["channel", "type"],
)
labelled_accepted = cache(ACCEPTED.labels)
"""``ACCEPTED.labels``, which makes text of its arguments and takes a lock, once for each pair of a small set."""


def count_accepted(accepted: Accepted) -> None:
    """Count what is kept, unless it is a test."""
    if not accepted.is_test:
        labelled_accepted(accepted.channel, accepted.event.type).inc()


REFUSED = Counter("redress_intake_refused_total", "Requests and bulk lines refused, by reason", ["reason"])

MAILS = Counter("redress_intake_mails_total", "E-mails read, by what kind of mail they are (docs/mail.md)", ["kind"])

KEY_FILES = Counter(
    "redress_intake_key_files_total",
    "Keys files that changed, by what became of them: taken, or refused, so that the keys of before stay in force",
    ["outcome"],
)

IGNORED = Counter(
    "redress_intake_ignored_total",
    "Messages of webhooks that are no complaint, such as receipts of deliveries; reasons are those in webhooks.yaml",
    ["channel", "reason"],
)

for outcome in ("taken", "refused"):
    KEY_FILES.labels(outcome)
for mail_kind in get_args(Kind):
    MAILS.labels(mail_kind)
for reason in get_args(Reason):
    REFUSED.labels(reason)

MASKED = Counter(
    "redress_intake_masked_total",
    "Pieces of personal data masked in free text before it was published, by kind; what is sent again counts again",
    ["kind"],
)

for kind in get_args(PersonalDataKind):
    MASKED.labels(kind)
