"""The two requests of Kafka's protocol that aiokafka has in older versions only, as KIP-447 needs them.

TxnOffsetCommit from version 3 on says for which member, of which generation, offsets are committed: the group's
coordinator refuses those of a member that the group has gone on without. OffsetFetch from version 7 on can be told to
wait for offsets that are part of a transaction still open (``require_stable``). Brokers know both since Kafka 2.5.
Layouts: Kafka's protocol guide (https://kafka.apache.org/protocol).
"""

from __future__ import annotations

from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

TEXT = CompactString("utf-8")
TAGS = ("tags", TaggedFields)


def _topics(*fields: Any) -> Any:
    return CompactArray(("topic", TEXT), ("partitions", CompactArray(*fields)), TAGS)


class TxnOffsetCommitResponseV3(Response):  # type: ignore[misc]  # aiokafka is untyped
    """For each partition an error code, 0 for none."""

    API_KEY = 28
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32), ("topics", _topics(("partition", Int32), ("error_code", Int16), TAGS)), TAGS
    )


class TxnOffsetCommitRequestV3(RequestStruct):  # type: ignore[misc]
    """Offsets of a group, as part of a producer's transaction, for a member of a generation."""

    FLEXIBLE_VERSION = True
    API_KEY = 28
    API_VERSION = 3
    RESPONSE_TYPE = TxnOffsetCommitResponseV3
    SCHEMA = Schema(
        ("transactional_id", TEXT),
        ("group_id", TEXT),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("generation_id", Int32),
        ("member_id", TEXT),
        ("group_instance_id", TEXT),
        ("topics", _topics(("partition", Int32), ("offset", Int64), ("leader_epoch", Int32), ("metadata", TEXT), TAGS)),
        TAGS,
    )


class OffsetFetchResponseV7(Response):  # type: ignore[misc]
    """For each partition its offset (-1: none), its metadata and an error code."""

    API_KEY = 9
    API_VERSION = 7
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            _topics(
                ("partition", Int32),
                ("offset", Int64),
                ("leader_epoch", Int32),
                ("metadata", TEXT),
                ("error_code", Int16),
                TAGS,
            ),
        ),
        ("error_code", Int16),
        TAGS,
    )


class OffsetFetchRequestV7(RequestStruct):  # type: ignore[misc]
    """The offsets of a group; with ``require_stable`` an error for each that a transaction still holds."""

    FLEXIBLE_VERSION = True
    API_KEY = 9
    API_VERSION = 7
    RESPONSE_TYPE = OffsetFetchResponseV7
    SCHEMA = Schema(
        ("group_id", TEXT),
        ("topics", CompactArray(("topic", TEXT), ("partitions", CompactArray(Int32)), TAGS)),
        ("require_stable", Boolean),
        TAGS,
    )


class TxnOffsetCommit(Request[TxnOffsetCommitRequestV3]):  # type: ignore[misc]
    """Makes a TxnOffsetCommitRequestV3 of its fields.

    Of one version: a broker without it is refused, never asked in an older one that checks less.
    """

    API_KEY = 28

    def __init__(self, *fields: Any) -> None:
        self._fields = fields

    def build(self, struct: type[TxnOffsetCommitRequestV3]) -> TxnOffsetCommitRequestV3:
        """The request as bytes are made of it."""
        return struct(*self._fields)


class OffsetFetch(Request[OffsetFetchRequestV7]):  # type: ignore[misc]
    """Makes an OffsetFetchRequestV7 of its fields, as above."""

    API_KEY = 9

    def __init__(self, *fields: Any) -> None:
        self._fields = fields

    def build(self, struct: type[OffsetFetchRequestV7]) -> OffsetFetchRequestV7:
        """The request as bytes are made of it."""
        return struct(*self._fields)
