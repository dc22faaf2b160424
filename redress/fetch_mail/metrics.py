"""What fetch-mail counts: the mails of the mailbox by what became of them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

MAILS = Counter(
    "redress_fetch_mail_mails_total",
    "Mails given to intake, by what became of them: taken, refused for good, or left for later",
    ["fate"],
)
WAITS = Counter(
    "redress_fetch_mail_waits_total",
    "Times that fetching stood still, by what it waited for: mailbox or intake",
    ["reason"],
)
SEEN = Gauge("redress_fetch_mail_waiting_mails", "Mails that waited when the mailbox was last looked at")

for fate in ("taken", "refused", "left"):
    MAILS.labels(fate)
for reason in ("mailbox", "intake"):
    WAITS.labels(reason)
