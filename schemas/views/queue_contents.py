"""From the records of one queue topic to the complaints that are in the queue now."""

from __future__ import annotations

from schemas.derived import QueueItem
from schemas.views.latest_by_key import LatestByKey


class QueueContents(LatestByKey[QueueItem]):
    """One skill queue. ``by_key`` holds its items by complaint_id; how to add records: LatestByKey.

    >>> contents = QueueContents()
    >>> contents.add(item.complaint_id, item)
    >>> contents.waiting
    {'0b5c...': QueueItem(...)}
    >>> contents.add(item.complaint_id, None)
    >>> contents.waiting
    {}
    """

    @property
    def waiting(self) -> dict[str, QueueItem]:
        """The items that no agent has taken yet, by complaint_id."""
        return {key: item for key, item in self._latest.items() if item.state == "waiting"}
