"""What operators say to workers, and what is noted of dead letters that were published again."""

from __future__ import annotations

from typing import Literal

from schemas.primitives import Event, Integer, Name


class DeadLettersAllowed(Event):
    """A group's dead letters of one source partition do not count against its limit before ``until``.

    Where the group has paused at ``until`` or before, it goes on.
    """

    type: Literal["dead_letters_allowed"] = "dead_letters_allowed"
    group: Name
    topic: Name
    partition: Integer
    until: Integer


class DeadLetterRetried(Event):
    """The record that lay at this origin was published again, at ``retry_partition`` and ``retry_offset``."""

    type: Literal["dead_letter_retried"] = "dead_letter_retried"
    topic: Name
    partition: Integer
    offset: Integer
    retry_partition: Integer
    retry_offset: Integer
