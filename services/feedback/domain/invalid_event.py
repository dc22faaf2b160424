"""What the domain raises for an event that breaks a rule."""

from __future__ import annotations


class InvalidEvent(ValueError):
    """An event that breaks a rule.

    ``reason`` is other_metric, score_out_of_range or count_out_of_range.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
