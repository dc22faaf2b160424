"""What a deployment decided about surveys: validated configuration as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha1
from zoneinfo import ZoneInfo

from schemas.primitives import SurveyMetric
from services.feedback.domain.tumbling_windows import Width


@dataclass(frozen=True, slots=True)
class Rules:
    """feedback.yaml and channels.yaml.

    ``ask_after`` runs from the resolution, and so does each channel's reply window, at whose end the survey's
    token expires. ``sample`` is the share of resolution cycles asked, 0 to 1. A window closes ``lateness`` after
    its end.
    """

    metric: SurveyMetric
    ask_after: timedelta
    sample: float
    widths: tuple[Width, ...]
    zone: ZoneInfo
    lateness: timedelta
    reply_windows: Mapping[str, timedelta]

    def is_sampled(self, complaint_id: str, cycle: str) -> bool:
        """Whether this cycle is asked: a hash, so that every worker and every replay says the same."""
        digest = sha1(f"survey\x1f{complaint_id}\x1f{cycle}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:8]) < self.sample * 2**64
