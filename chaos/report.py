"""From the results of a run to a page of Markdown that says what was done and what was counted; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chaos.run import Result


def page(results: Sequence[Result], seconds: float) -> str:
    """The whole of docs/reliability.md."""
    faults = sum((result.faults for result in results), Counter())
    counts = sum((result.verdict.counts for result in results), Counter())
    return "\n".join([str(faults), str(counts)])
